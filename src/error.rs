//! The few real errors: those that end a run before there is anything to report.

use crate::exit::ExitCode;

/// An error that ends the run.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// Who must act.
    pub kind: ErrorKind,
    /// What happened, in one phrase.
    pub message: String,
    /// The next step.
    pub hint: Option<String>,
}

/// Who must act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The words of the call, a file, or the kubeconfig: the user.
    Usage,
    /// Nothing could be judged, and there is no report to say so in.
    Inconclusive,
    /// The user pressed Ctrl-C.
    Interrupted,
    /// This tool has a bug.
    Bug,
}

impl Error {
    /// Says that the call or the configuration cannot be used.
    pub fn usage(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Usage, message: message.into(), hint: None }
    }

    /// Says that nothing could be judged.
    pub fn inconclusive(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Inconclusive, message: message.into(), hint: None }
    }

    /// Says that this tool has a bug.
    pub fn bug(message: impl Into<String>) -> Self {
        Self { kind: ErrorKind::Bug, message: message.into(), hint: None }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The exit code of this error.
    pub fn exit_code(&self) -> ExitCode {
        match self.kind {
            ErrorKind::Usage => ExitCode::USAGE,
            ErrorKind::Inconclusive => ExitCode::INCONCLUSIVE,
            ErrorKind::Interrupted => ExitCode::INTERRUPTED,
            ErrorKind::Bug => ExitCode::BUG,
        }
    }
}
