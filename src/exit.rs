//! The exit codes and what they mean. They are the same in every output format.

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
