//! The chain of one container: the sources that can be seen, and what each SDK makes of them.

use super::measured;
use super::rules::{self, Outcome};
use super::sdk::Sdk;
use super::seen::{self, SeenSource};
use super::setting::Settings;
use crate::evidence::{Container, Evidence, Gap};

/// The sources of credentials of one container, and the winner for each SDK.
#[derive(Debug, Clone, PartialEq)]
pub struct CredentialChain {
    /// The sources that can be seen, the one that most SDKs take first at the front.
    pub sources: Vec<SeenSource>,
    /// What each SDK takes.
    pub winners: Vec<Winner>,
}

/// What one SDK takes.
#[derive(Debug, Clone, PartialEq)]
pub struct Winner {
    /// The SDK.
    pub sdk: Sdk,
    /// What it ends up with; a gap where something decides that is not known.
    pub outcome: Result<Outcome, Gap>,
    /// What follows where the address that it asks refuses; `None` where it asks none, or where that was not measured.
    pub if_refused: Option<Outcome>,
    /// The package and version with which exactly this situation was seen to end so.
    pub measured: Option<String>,
}

impl Evidence {
    /// The sources of credentials of a container, and the winner for each SDK.
    pub fn credential_chain(&self, container: &Container<'_>) -> CredentialChain {
        let settings = Settings::of(self, container);
        let situation = settings.situation();
        let winner = |sdk| {
            let outcome = rules::resolve(&settings, sdk);
            let asks = matches!(&outcome, Ok(Outcome::Takes { source, .. }) if source.takes_token());
            let was_measured = situation.as_ref().filter(|_| outcome.is_ok());
            Winner {
                sdk,
                if_refused: asks.then(|| rules::if_refused(&settings, sdk)).flatten(),
                measured: was_measured.and_then(|situation| measured::package(situation, sdk)),
                outcome,
            }
        };
        CredentialChain { sources: seen::sources(&settings), winners: Sdk::ALL.map(winner).to_vec() }
    }
}
