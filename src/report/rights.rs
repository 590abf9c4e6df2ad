//! What `permissions --check` says: the data that renderers draw.

use crate::evidence::right::{Access, Right};
use crate::exit::ExitCode;

/// Which of the rights that a run needs the user has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RightsReport {
    /// The words of the levels.
    pub levels: Vec<&'static str>,
    /// The namespaces of the pods.
    pub namespaces: Vec<String>,
    /// The namespace of the agent.
    pub agent_namespace: String,
    /// Each right in the cluster, once.
    pub rights: Vec<ReviewedRight>,
    /// The actions of AWS, of which nobody was asked.
    pub not_asked: Vec<&'static str>,
}

/// A right, the level that wants it, and the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReviewedRight {
    /// The word of the level.
    pub level: &'static str,
    /// The right.
    pub right: Right,
    /// What the API server says of it.
    pub access: Access,
}

impl RightsReport {
    /// A right that is surely missing counts before one that is not known.
    pub fn exit_code(&self) -> ExitCode {
        if self.rights.iter().any(|one| one.access == Access::Missing) {
            ExitCode::BROKEN
        } else if self.rights.iter().any(|one| one.access != Access::Held) {
            ExitCode::INCONCLUSIVE
        } else {
            ExitCode::HEALTHY
        }
    }

    /// The answer in one phrase.
    pub fn headline(&self) -> String {
        let count = |wanted: fn(&Access) -> bool| self.rights.iter().filter(|one| wanted(&one.access)).count();
        let held = count(|access| *access == Access::Held);
        let missing = count(|access| *access == Access::Missing);
        let all = self.rights.len();
        match (missing, all - held - missing) {
            (0, 0) => format!("this user has all {held} rights in the cluster that a run needs"),
            (missing, 0) => format!("this user lacks {missing} of the {all} rights that a run needs"),
            (0, open) if open == all => "what this user may do in the cluster is not known".to_owned(),
            (0, open) => {
                format!("of {open} of the {all} rights that a run needs it is not known whether this user has them")
            }
            (missing, open) => {
                format!("this user lacks {missing} of the {all} rights that a run needs, and {open} are not known")
            }
        }
    }

    /// Why nothing at all is known, where that is the same for each right.
    pub fn one_reason(&self) -> Option<&str> {
        let first = &self.rights.first()?.access;
        match first {
            Access::Unknown(why) if self.rights.iter().all(|one| one.access == *first) => Some(why),
            _ => None,
        }
    }
}
