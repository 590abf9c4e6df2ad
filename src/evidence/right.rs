//! A right in the cluster, and whether a user has it.

/// One right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Right {
    /// The verb.
    pub verb: String,
    /// The API group, empty for the core group.
    pub group: String,
    /// The plural resource name, with its subresource: `pods/log`.
    pub resource: String,
    /// The namespace; `None` for the whole cluster.
    pub namespace: Option<String>,
}

/// Whether the user has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// Yes.
    Held,
    /// No.
    Missing,
    /// The API server could not tell, with the reason.
    Unknown(String),
}

impl Right {
    /// `get pods/log in kube-system`.
    pub fn words(&self) -> String {
        let group = if self.group.is_empty() { String::new() } else { format!(".{}", self.group) };
        let place = self.namespace.as_ref().map(|namespace| format!(" in {namespace}")).unwrap_or_default();
        format!("{} {}{group}{place}", self.verb, self.resource)
    }
}
