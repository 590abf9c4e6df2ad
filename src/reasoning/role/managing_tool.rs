//! Which tool manages a role or an association, by the tags that it leaves: what is changed beside it is undone by it.

use std::collections::BTreeMap;
use std::fmt;

use crate::evidence::{Association, Role};

/// A tool that keeps things as it was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Manager<'e> {
    /// eksctl, which makes stacks of CloudFormation.
    Eksctl,
    /// A stack of CloudFormation, also by the CDK or SAM.
    Stack(&'e str),
    /// A controller of ACK, from an object in a cluster.
    Controller,
    /// Crossplane, from an object of this name.
    Crossplane(Option<&'e str>),
    /// Terraform or OpenTofu.
    Terraform,
}

impl Manager<'_> {
    /// The word in machine output, and in a table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Eksctl => "eksctl",
            Self::Stack(_) => "cloudformation",
            Self::Controller => "ack",
            Self::Crossplane(_) => "crossplane",
            Self::Terraform => "terraform",
        }
    }
}

impl fmt::Display for Manager<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Eksctl => formatter.write_str("eksctl"),
            Self::Stack(name) => write!(formatter, "CloudFormation (stack {name})"),
            Self::Controller => formatter.write_str("an AWS Controller for Kubernetes (ACK)"),
            Self::Crossplane(None) => formatter.write_str("Crossplane"),
            Self::Crossplane(Some(name)) => write!(formatter, "Crossplane (object {name})"),
            Self::Terraform => formatter.write_str("Terraform"),
        }
    }
}

/// What a tool of infrastructure made says so by its tags.
pub trait Managed {
    /// The tags of tools, by key.
    fn tags(&self) -> &BTreeMap<String, String>;

    /// The tool, where a tag names one: the outermost, which is the one that is used.
    fn manager(&self) -> Option<Manager<'_>> {
        let tags = self.tags();
        let has = |prefix: &str| tags.keys().any(|key| key.starts_with(prefix));
        let value = |key: &str| tags.get(key).map(String::as_str);
        if has("alpha.eksctl.io/") {
            Some(Manager::Eksctl)
        } else if has("services.k8s.aws/") {
            Some(Manager::Controller)
        } else if has("crossplane-") {
            Some(Manager::Crossplane(value("crossplane-name")))
        } else if let Some(stack) = value("aws:cloudformation:stack-name") {
            Some(Manager::Stack(stack))
        } else {
            // What is left of the tags that are kept is Terraform's, but for those of a stack without its name.
            tags.keys().any(|key| !key.starts_with("aws:")).then_some(Manager::Terraform)
        }
    }
}

impl Managed for Role {
    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }
}

impl Managed for Association {
    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }
}
