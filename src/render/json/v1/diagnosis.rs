//! The parts of the document of a diagnosis: its containers, its causes, what a person can do, and what happened when.

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

document! {
    /// A container, and where it gets its credentials.
    struct PodContainer {
        /// The name.
        name: String,
        /// `init`, `sidecar`, `main`.
        kind: String,
        /// Its sources of credentials; null for a pod template, to which the webhook has yet to add its own.
        credential_chain: Option<CredentialChain>,
    }

    /// The sources of credentials of a container, and the winner for each SDK.
    struct CredentialChain {
        /// The sources that can be seen, the one that most SDKs take first at the front. Files inside the image are not seen.
        sources: Vec<CredentialSource>,
        /// What each SDK takes.
        winners: Vec<CredentialWinner>,
    }

    /// A source of credentials that can be seen.
    struct CredentialSource {
        /// `staticKeys`, `webIdentity`, `profile`, `ecs`, `podIdentity`, `otherAddress`, `instanceMetadata`.
        source: String,
        /// `set`, `incomplete`, `empty`, `possible`, `unknown`.
        state: String,
        /// The names of variables, and places of mounts, that were seen.
        seen: Vec<String>,
        /// Why it is unknown.
        gap: Option<Gap>,
    }

    /// What one SDK takes.
    struct CredentialWinner {
        /// `boto3` (also the AWS CLI), `go`, `java`, `javascript`, `rust`, `cpp`, `dotnet`, `php`, `ruby`.
        sdk: String,
        /// `takes` a source, `stops` with an error, `nothing` where no source is left, `unknown`.
        outcome: String,
        /// The source that it takes.
        source: Option<String>,
        /// The token that it sends: `file`, `variable`, `none`.
        token: Option<String>,
        /// Why it stops.
        reason: Option<String>,
        /// What follows where the address that it asks refuses: `stops`, or the source that it goes on to.
        if_refused: Option<String>,
        /// The package and version with which exactly this situation was seen to end so; null where it was not measured.
        measured: Option<String>,
        /// Why it is unknown.
        gap: Option<Gap>,
    }
}
