//! How much is replaced.

/// How much is replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// Names, labels and identities of objects, hosts, public addresses, people.
    Names,
    /// Numbers of AWS accounts, and identities that they can be computed from.
    Accounts,
    /// Both.
    All,
}

impl Level {
    /// Whether names are replaced.
    pub fn hides_names(self) -> bool {
        matches!(self, Self::Names | Self::All)
    }

    /// Whether accounts are replaced.
    pub fn hides_accounts(self) -> bool {
        matches!(self, Self::Accounts | Self::All)
    }
}
