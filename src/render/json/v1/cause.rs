//! The causes of a diagnosis, and what a person can do.

use serde::Serialize;

use super::{Gap, Interval, document};

document! {
    /// A failure that nothing else explains.
    struct Cause {
        /// The code of its check.
        code: String,
        /// The name of its check.
        name: String,
        /// `error`, `warning`.
        severity: String,
        /// `confirmed`, or `suspected` where its own evidence only suggests it.
        confidence: String,
        /// What is wrong.
        summary: String,
        /// The codes of its symptoms and of the checks that were skipped because of it.
        explains: Vec<String>,
        /// The span of time that makes it one; null where time is not what matters.
        interval: Option<Interval>,
        /// What is unknown upstream of it: there may be an earlier cause.
        unverified: Vec<Unverified>,
        /// What a person can do, in the order in which it is to be done.
        remediation: Vec<Remediation>,
    }

    /// Something unknown upstream of a cause.
    struct Unverified {
        /// The code of the unknown check.
        code: String,
        /// The permission that would settle it.
        permission: Option<String>,
        /// Why it is unknown.
        gap: Gap,
    }

    /// Something that a person can do. It is never done by the tool.
    struct Remediation {
        /// What it does.
        does: String,
        /// The command, in one piece; null where it can only be said in words.
        command: Option<String>,
        /// What it changes.
        changes: String,
    }
}
