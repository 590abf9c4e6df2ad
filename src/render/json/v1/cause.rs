//! The causes of a diagnosis, what a person can do, and what happened when.

use serde::Serialize;

use crate::render::json::v1::{Gap, document};

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

document! {
    /// One moment of the timeline.
    struct Moment {
        /// When, by the clock of its source.
        time: String,
        /// What: `podCreated`, `associationCreated`, ….
        event: String,
        /// The name of the object that it happened to.
        object: String,
        /// The call that told it.
        source: String,
        /// The field of its answer.
        field: String,
    }

    /// The span between two moments of the timeline.
    struct Interval {
        /// The earlier moment: `podCreated`, ….
        from: String,
        /// The later moment.
        to: String,
        /// How long it is.
        seconds: i64,
    }
}
