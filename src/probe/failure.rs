//! Why a server was not reached: the errors of the system and of the HTTP client, in the few kinds that matter.

use std::io;

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{Failure, FailureKind};

/// Tells an error of the system.
pub(super) fn of_io(error: &io::Error) -> Failure {
    use io::ErrorKind as Kind;
    let kind = match error.kind() {
        // A firewall of the pod's own says that it is not permitted.
        Kind::ConnectionRefused | Kind::PermissionDenied => FailureKind::Refused,
        Kind::TimedOut | Kind::WouldBlock => FailureKind::TimedOut,
        Kind::HostUnreachable | Kind::NetworkUnreachable | Kind::AddrNotAvailable => FailureKind::NoRoute,
        Kind::ConnectionReset | Kind::ConnectionAborted | Kind::BrokenPipe | Kind::UnexpectedEof => FailureKind::Cut,
        _ if is_certificate(&error.to_string()) => FailureKind::Certificate,
        // The system's resolver has no kind of its own for a name that is not there.
        _ if error.to_string().contains("lookup address") => FailureKind::NoHost,
        _ => FailureKind::Other,
    };
    Failure { kind, text: ForeignText::new(&error.to_string()) }
}

/// Tells an error of the HTTP client.
pub(super) fn of_http(error: &ureq::Error) -> Failure {
    let kind = match error {
        ureq::Error::Io(error) => return of_io(error),
        ureq::Error::Timeout(_) => FailureKind::TimedOut,
        ureq::Error::HostNotFound => FailureKind::NoHost,
        _ if is_certificate(&error.to_string()) => FailureKind::Certificate,
        _ => FailureKind::Other,
    };
    Failure { kind, text: ForeignText::new(&error.to_string()) }
}

fn is_certificate(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.contains("certificate") || text.contains("unknownissuer")
}
