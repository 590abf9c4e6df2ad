//! From the containers of a report to those of v1.

use super::convert::gap;
use super::v1::containers as v1;
use crate::reasoning::credential_chain::{CredentialChain, Outcome, SeenSource, SeenState, Winner};
use crate::report::ReportContainer;

/// Writes a container down.
pub(super) fn container(container: &ReportContainer) -> v1::PodContainer {
    v1::PodContainer {
        name: container.name.clone(),
        kind: container.kind.word().to_owned(),
        credential_chain: container.credential_chain.as_ref().map(chain),
    }
}

fn chain(chain: &CredentialChain) -> v1::CredentialChain {
    v1::CredentialChain {
        sources: chain.sources.iter().map(source).collect(),
        winners: chain.winners.iter().map(winner).collect(),
    }
}

fn source(seen: &SeenSource) -> v1::CredentialSource {
    v1::CredentialSource {
        source: seen.source.word().to_owned(),
        state: seen.state.word().to_owned(),
        seen: seen.seen.clone(),
        gap: match &seen.state {
            SeenState::Unknown(unknown) => Some(gap(unknown, None)),
            _ => None,
        },
    }
}

fn winner(winner: &Winner) -> v1::CredentialWinner {
    let mut written = v1::CredentialWinner {
        sdk: winner.sdk.word().to_owned(),
        outcome: "unknown".to_owned(),
        source: None,
        token: None,
        reason: None,
        if_refused: winner.if_refused.as_ref().map(|next| after(next).to_owned()),
        measured: winner.measured.clone(),
        gap: None,
    };
    match &winner.outcome {
        Err(unknown) => written.gap = Some(gap(unknown, None)),
        Ok(Outcome::Takes { source, token }) => {
            "takes".clone_into(&mut written.outcome);
            written.source = Some(source.word().to_owned());
            written.token = token.map(|token| token.word().to_owned());
        }
        Ok(Outcome::Stops(reason)) => {
            "stops".clone_into(&mut written.outcome);
            written.reason = Some(reason.clone());
        }
        Ok(Outcome::Nothing) => "nothing".clone_into(&mut written.outcome),
    }
    written
}

fn after(next: &Outcome) -> &'static str {
    match next {
        Outcome::Takes { source, .. } => source.word(),
        Outcome::Stops(_) => "stops",
        Outcome::Nothing => "nothing",
    }
}
