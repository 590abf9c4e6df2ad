//! What a call to an AWS service can come to instead of an answer.

use aws_credential_types::provider::error::CredentialsError;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_runtime_api::http::Response;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use http_body_util::LengthLimitError;

use super::aws::LONGEST;
use super::aws_credentials::LoginEnded;
use super::connect_failure::{ConnectFailure, chain};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::reading::EndedLogin;

/// Why a call to an AWS service gave no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct AwsError {
    /// What kind of failure it is.
    pub kind: AwsErrorKind,
    /// The service's error code: `ResourceNotFoundException`, `AccessDenied`, `ExpiredToken` …
    pub code: Option<String>,
    /// The HTTP status code, if anything answered.
    pub http_status: Option<u16>,
    /// The service's sentence, or the innermost error's words, as they came: to look names up in, never to show.
    text: String,
    /// The login of the AWS CLI that has ended, where it was that.
    pub login: Option<EndedLogin>,
}

/// What kind of failure an [`AwsError`] is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AwsErrorKind {
    /// The service answered with an error code of its own.
    Service,
    /// Something answered with an HTTP error that carries no AWS error code: a proxy, a login page.
    Foreign,
    /// No source of credentials has any.
    NoCredentials,
    /// A source of credentials was found and failed: an expired SSO session, a refused role, a broken profile.
    CredentialsFailed,
    /// No answer came in time.
    TimedOut,
    /// No connection came about, or it was cut.
    Unreachable(ConnectFailure),
    /// The answer is not what the service sends.
    Malformed,
    /// The request could not be made: no region, an invalid name.
    NotSent,
}

impl AwsError {
    /// A question whose answer would have taken more than was asked.
    pub(in crate::collect) fn insufficient(text: String) -> Self {
        Self { kind: AwsErrorKind::NotSent, code: None, http_status: None, text, login: None }
    }

    /// Whether something else than the service answered: without its error codes, or with a page.
    pub fn is_of_another_server(&self) -> bool {
        match self.kind {
            AwsErrorKind::Foreign => true,
            AwsErrorKind::Malformed => self.text.is_empty(),
            _ => false,
        }
    }

    fn words(&self) -> String {
        match (self.kind, &self.code) {
            (AwsErrorKind::Service, Some(code)) => format!("{code} — {}", self.told()),
            (AwsErrorKind::NoCredentials, _) => "no AWS credentials were found".to_owned(),
            (AwsErrorKind::TimedOut, _) => "no answer in time".to_owned(),
            (AwsErrorKind::Unreachable(failure), _) => format!("{}: {}", failure.words(), self.told()),
            (AwsErrorKind::Foreign, _) => {
                format!("HTTP {} without an AWS error code", self.http_status.unwrap_or_default())
            }
            (AwsErrorKind::Malformed, _) if self.is_of_another_server() => {
                format!("HTTP {} with a page that is none of the service's", self.http_status.unwrap_or_default())
            }
            _ => self.told(),
        }
    }

    /// The message, without what may be secret in it: of a bad signature AWS quotes the whole request.
    pub fn told(&self) -> String {
        let is_about_signature = self.code.as_ref().is_some_and(|code| code.contains("Signature"));
        let told = if is_about_signature { ForeignText::about_signature } else { ForeignText::new };
        told(&self.text).into()
    }

    /// Whether the service's own words hold a name or a phrase: where its codes do not tell two failures apart.
    pub fn mentions(&self, words: &str) -> bool {
        self.text.contains(words)
    }

    /// Whether the service refuses this identity the action.
    pub fn is_denied(&self) -> bool {
        // EKS and IAM spell it differently: AccessDeniedException, AccessDenied.
        matches!(
            self.code.as_deref(),
            Some("AccessDenied" | "AccessDeniedException" | "UnauthorizedOperation" | "NotAuthorized")
        )
    }

    /// Whether the service asks to come back later.
    pub fn is_throttled(&self) -> bool {
        self.http_status == Some(429)
            || matches!(
                self.code.as_deref(),
                Some(
                    "Throttling"
                        | "ThrottlingException"
                        | "ThrottledException"
                        | "RequestThrottled"
                        | "RequestThrottledException"
                        | "RequestLimitExceeded"
                        | "TooManyRequestsException"
                        | "SlowDown"
                )
            )
    }

    /// Whether the credentials are there but no good: expired, revoked, of no known account, or not to be had.
    pub fn is_bad_login(&self) -> bool {
        self.kind == AwsErrorKind::CredentialsFailed
            || matches!(
                self.code.as_deref(),
                Some(
                    "ExpiredToken"
                        | "ExpiredTokenException"
                        | "InvalidClientTokenId"
                        | "UnrecognizedClientException"
                        | "SignatureDoesNotMatch"
                        | "InvalidSignatureException"
                        | "IncompleteSignature"
                        | "MissingAuthenticationToken"
                        | "MissingAuthenticationTokenException"
                        | "InvalidToken"
                )
            )
    }
}

/// Reads any SDK error into data: who failed, with which code, in which words.
pub fn classify_aws_error<E>(error: &SdkError<E, Response>) -> AwsError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    let http_status = error.raw_response().map(|response| response.status().as_u16());
    if let SdkError::ServiceError(service) = error {
        let meta = service.err().meta();
        let code = meta.code().map(str::to_owned);
        let kind = match (&code, http_status) {
            (Some(_), _) => AwsErrorKind::Service,
            // A page that came with success.
            (None, Some(status)) if status / 100 == 2 => AwsErrorKind::Malformed,
            (None, _) => AwsErrorKind::Foreign,
        };
        return AwsError { kind, code, http_status, text: meta.message().unwrap_or_default().to_owned(), login: None };
    }
    let (failure, innermost) = ConnectFailure::read(error);
    let (kind, text) = match (error, credentials_failure(error)) {
        (_, Some((kind, words))) => (kind, words),
        (SdkError::TimeoutError(_), _) => (AwsErrorKind::TimedOut, innermost),
        (SdkError::DispatchFailure(dispatch), _) if dispatch.is_timeout() => (AwsErrorKind::TimedOut, innermost),
        (SdkError::DispatchFailure(dispatch), _) if dispatch.is_user() => (AwsErrorKind::NotSent, innermost),
        (SdkError::DispatchFailure(_), _) => (AwsErrorKind::Unreachable(failure), innermost),
        (SdkError::ResponseError(_), _) if chain(error).any(<dyn std::error::Error>::is::<LengthLimitError>) => {
            (AwsErrorKind::Malformed, format!("the answer is longer than {} MiB", LONGEST >> 20))
        }
        (SdkError::ResponseError(_), _) if failure == ConnectFailure::Cut => {
            (AwsErrorKind::Unreachable(failure), innermost)
        }
        (SdkError::ResponseError(_), _) => {
            (AwsErrorKind::Malformed, "the answer could not be read as the service's".to_owned())
        }
        _ => (AwsErrorKind::NotSent, innermost),
    };
    let login = chain(error).find_map(|link| link.downcast_ref::<LoginEnded>()).map(|ended| ended.login.clone());
    AwsError { kind, code: None, http_status, text, login }
}

/// The failure of a credentials provider somewhere below an error, with the words of its cause.
fn credentials_failure(error: &(dyn std::error::Error + 'static)) -> Option<(AwsErrorKind, String)> {
    let found = chain(error).find_map(|link| link.downcast_ref::<CredentialsError>())?;
    let innermost = chain(found).last().map(ToString::to_string).unwrap_or_default();
    Some(match found {
        CredentialsError::CredentialsNotLoaded(_) => (AwsErrorKind::NoCredentials, innermost),
        CredentialsError::ProviderTimedOut(_) => (AwsErrorKind::TimedOut, innermost),
        _ => (AwsErrorKind::CredentialsFailed, innermost),
    })
}
