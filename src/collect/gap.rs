//! The only translation of errors into absence or a gap: denied is not absent, and unknown is not passed.

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::reading::GapKind;
use crate::evidence::{Gap, GapReason, Reading, Source};

use crate::collect::access::clients::{AwsError, AwsErrorKind, ConnectFailure, KubernetesError};

/// What a proxy answers where nothing stands behind it: bad gateway, unavailable, time-out.
const GATEWAY: [u16; 3] = [502, 503, 504];

/// Classifies a failed call to the Kubernetes API.
pub fn of_kubernetes(source: Source, error: &KubernetesError) -> Gap {
    let reason = match error {
        _ if error.is_unauthorized() => GapReason::NoCredentials,
        _ if error.is_forbidden() => GapReason::Denied,
        _ if error.is_throttled() => GapReason::Throttled,
        KubernetesError::Status(status) if status.code == 504 || status.reason == "Timeout" => GapReason::TimedOut,
        KubernetesError::Status(status) if status.code >= 500 => GapReason::Unreachable,
        KubernetesError::TimedOut { .. } | KubernetesError::Unreachable { failure: ConnectFailure::TimedOut, .. } => {
            GapReason::TimedOut
        }
        KubernetesError::Foreign { code, .. } if GATEWAY.contains(code) => GapReason::Unreachable,
        KubernetesError::Unreachable { .. } => GapReason::Unreachable,
        // The request was not made because a token file, a certificate or an exec plugin gave nothing.
        KubernetesError::NotSent { .. } => GapReason::NoCredentials,
        KubernetesError::Status(_)
        | KubernetesError::Foreign { .. }
        | KubernetesError::Malformed { .. }
        | KubernetesError::TooLarge { .. } => GapReason::Malformed,
    };
    let gap = Gap::new(source, reason, ForeignText::new(&error.to_string()));
    let by_another = matches!(error, KubernetesError::Foreign { .. } | KubernetesError::Malformed { .. });
    if by_another { gap.because(GapKind::AnotherServer) } else { gap }
}

/// Reads the answer about one named Kubernetes object: a typed not-found that names it is knowledge.
pub fn object<T>(source: Source, name: &str, answer: Result<T, KubernetesError>) -> Reading<Option<T>> {
    match answer {
        Ok(value) => Reading::Known(Some(value)),
        Err(error) if error.is_absence_of(name) => Reading::Known(None),
        Err(error) => Reading::Unavailable(of_kubernetes(source, &error)),
    }
}

/// Reads the answer to a question that has no absence, such as a list.
pub fn answer<T>(source: Source, answer: Result<T, KubernetesError>) -> Reading<T> {
    match answer {
        Ok(value) => Reading::Known(value),
        Err(error) => Reading::Unavailable(of_kubernetes(source, &error)),
    }
}

/// Classifies a failed call to an AWS service.
pub fn of_aws(source: Source, error: &AwsError) -> Gap {
    let server_fault = error.http_status.is_some_and(|status| status >= 500);
    let reason = match error.kind {
        _ if error.is_denied() => GapReason::Denied,
        _ if error.is_throttled() => GapReason::Throttled,
        _ if error.is_bad_login() => GapReason::NoCredentials,
        AwsErrorKind::NoCredentials | AwsErrorKind::CredentialsFailed => GapReason::NoCredentials,
        AwsErrorKind::TimedOut | AwsErrorKind::Unreachable(ConnectFailure::TimedOut) => GapReason::TimedOut,
        AwsErrorKind::Unreachable(_) => GapReason::Unreachable,
        AwsErrorKind::Service | AwsErrorKind::Foreign if server_fault => GapReason::Unreachable,
        AwsErrorKind::NotSent => GapReason::Insufficient,
        // The question was about something in a cluster that EKS does not know: no absence, but well understood.
        AwsErrorKind::Service if error.code.as_deref() == Some("ResourceNotFoundException") => GapReason::Insufficient,
        AwsErrorKind::Service | AwsErrorKind::Foreign | AwsErrorKind::Malformed => GapReason::Malformed,
    };
    let gap = Gap::new(source, reason, error.to_string());
    if let Some(login) = &error.login {
        return gap.because(GapKind::LoginEnded(login.clone()));
    }
    if error.is_of_another_server() { gap.because(GapKind::AnotherServer) } else { gap }
}

/// An answer that holds not what it should.
pub fn malformed<T>(source: Source, detail: &str) -> Reading<T> {
    Reading::Unavailable(Gap::new(source, GapReason::Malformed, detail))
}

/// The longest name, ARN or page token that is sent on, in bytes. Those of AWS end at 2048 but for tokens, and no address is
/// longer than 65534.
const LONGEST: usize = 16 * 1024;

/// What an answer named, where it can be asked for: it becomes a part of an address.
pub fn sendable(source: Source, text: &str) -> Result<&str, Gap> {
    if text.len() <= LONGEST && !text.is_empty() && !text.contains(char::is_control) {
        return Ok(text);
    }
    let detail = format!("what should be asked for is no name: it has {} characters", text.chars().count());
    Err(Gap::new(source, GapReason::Malformed, detail))
}
