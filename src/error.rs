//! How a run ends: the exit codes, and the few real errors that end it before there is anything to report.

/// What the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// Nothing is wrong, or nothing that counts.
    pub const HEALTHY: Self = Self(0);
    /// A confirmed cause is an error.
    pub const BROKEN: Self = Self(1);
    /// The command line or the configuration cannot be used.
    pub const USAGE: Self = Self(2);
    /// Something decisive could not be read.
    pub const INCONCLUSIVE: Self = Self(3);
    /// A cause is a warning, and warnings were asked to count.
    pub const DEGRADED: Self = Self(4);
    /// A bug in this tool.
    pub const BUG: Self = Self(70);
    /// Ended by Ctrl-C.
    pub const INTERRUPTED: Self = Self(130);

    /// The worse of two, in the order 1 > 3 > 4 > 0.
    #[must_use]
    pub fn worst(self, other: Self) -> Self {
        let rank = |code: Self| match code {
            Self::HEALTHY => 0,
            Self::DEGRADED => 1,
            Self::INCONCLUSIVE => 2,
            Self::BROKEN => 3,
            _ => 4,
        };
        if rank(other) > rank(self) { other } else { self }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        Self::from(code.0)
    }
}

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
