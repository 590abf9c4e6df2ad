//! The containers of a diagnosis: where the SDK in each finds credentials, and which it takes.

use serde::Serialize;

use super::Gap;

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
