//! Reports of rights, of waiting, and of what an error text leads to.

use std::time::Duration;

use crate::checks::Check;
use crate::error::ExitCode;
use crate::evidence::Requests;
use crate::evidence::asked::canary::{Ending, Seen};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::context::Typed;
use crate::evidence::source::{Access, Right};

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

/// What waiting for new pods of a service account came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitReport {
    /// The namespace.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// How it ended.
    pub ending: Ending,
    /// What was seen until then.
    pub seen: Seen,
    /// The longest that was to be waited.
    pub patience: Duration,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// How many requests were made.
    pub requests: Requests,
    /// The flags that chose the cluster, for commands.
    pub typed: Typed,
}

impl WaitReport {
    /// What the process ends with.
    pub fn exit_code(&self) -> ExitCode {
        match self.ending {
            Ending::Injected => ExitCode::HEALTHY,
            Ending::TimedOut => ExitCode::BROKEN,
            Ending::Unknown(_) => ExitCode::INCONCLUSIVE,
        }
    }

    /// The answer in one phrase.
    pub fn headline(&self) -> String {
        match &self.ending {
            Ending::Injected => "injected: new pods get the credential variables".to_owned(),
            Ending::TimedOut if self.seen.injected > 0 => {
                "not injected in time: only some new pods get the credential variables".to_owned()
            }
            Ending::TimedOut => "not injected in time: new pods get no credential variables".to_owned(),
            Ending::Unknown(why) => format!("it cannot be told whether new pods get the credential variables — {why}"),
        }
    }
}

/// A check that a text belongs to.
#[derive(Debug, Clone)]
pub struct Match {
    /// The check.
    pub check: &'static Check,
    /// Its symptom that fits best.
    pub symptom: &'static str,
}

/// Lines of a log that belong to one check.
#[derive(Debug, Clone)]
pub struct SeenInLog {
    /// The check that fits the lines best.
    pub check: &'static Check,
    /// The other checks that fit the first of the lines about as well.
    pub others: Vec<&'static Check>,
    /// The number of the first line, counted from 1.
    pub line: usize,
    /// The first line.
    pub text: ForeignText,
    /// How many lines there are.
    pub count: usize,
}
