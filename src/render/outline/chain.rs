//! Where the SDK in each container gets its credentials, in words: what can be seen, and who takes what.

use crate::evidence::kubernetes::pod::ContainerKind;
use crate::reasoning::credential_chain::{
    CredentialChain, CredentialSource, Outcome, Sdk, SeenSource, SeenState, Token, Winner, sdk,
};
use crate::report::{Report, ReportContainer};

/// The chain of one container in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainBlock {
    /// Of which container.
    pub title: String,
    /// Its sources, who takes what, and what follows.
    pub rows: Vec<ChainRow>,
}

/// One row of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChainRow {
    /// The label; empty where the row belongs to the one above it.
    pub label: &'static str,
    /// What stands beside it.
    pub words: String,
    /// The SDKs that it holds for; `None` where it is no row of SDKs.
    pub sdks: Option<String>,
}

/// Says the chain of each container.
pub fn blocks(report: &Report) -> Vec<ChainBlock> {
    let chains = report.containers.iter().filter_map(|one| Some((one, one.credential_chain.as_ref()?)));
    chains.map(|(container, chain)| ChainBlock { title: title(container), rows: rows(chain) }).collect()
}

/// Says with what was measured; `None` where nothing was.
pub fn measured(report: &Report) -> Option<String> {
    let chains = report.containers.iter().filter_map(|container| container.credential_chain.as_ref());
    let mut packages: Vec<&str> = Vec::new();
    for package in chains.flat_map(|chain| &chain.winners).filter_map(|winner| winner.measured.as_deref()) {
        if !packages.contains(&package) {
            packages.push(package);
        }
    }
    (!packages.is_empty()).then(|| format!("measured with {}; the other SDKs are not measured", packages.join(", ")))
}

fn title(container: &ReportContainer) -> String {
    let kind = if container.kind == ContainerKind::Main { "" } else { container.kind.word() };
    format!("credentials of {kind} container {}", container.name).replace("  ", " ")
}

fn rows(chain: &CredentialChain) -> Vec<ChainRow> {
    let row = |label, words| ChainRow { label, words, sdks: None };
    let mut seen: Vec<String> = chain.sources.iter().filter_map(source).collect();
    seen.extend(not_known(&chain.sources));
    if seen.is_empty() {
        seen.push("none that can be seen".to_owned());
    }
    let labels = std::iter::once("sources").chain(std::iter::repeat(""));
    let mut rows: Vec<ChainRow> = labels.zip(seen).map(|(label, words)| row(label, words)).collect();
    let groups = groups(&chain.winners).into_iter();
    rows.extend(groups.map(|(label, words, sdks)| ChainRow { label, words, sdks: Some(names(&sdks)) }));
    rows.extend(chain.winners.iter().filter_map(|winner| match &winner.if_refused {
        Some(Outcome::Takes { source, .. }) => {
            let (sdk, source) = (winner.sdk.name(), source.phrase());
            Some(row("refused", format!("{sdk} then goes on to {source}; the others measured stop")))
        }
        _ => None,
    }));
    let told = |winner: &&Winner| winner.outcome.is_ok() && winner.sdk.is_measured();
    let mut told = chain.winners.iter().filter(told).peekable();
    if told.peek().is_some() && told.all(|winner| winner.measured.is_none()) {
        rows.push(row("measured", "not in this combination: it follows from those that were".to_owned()));
    }
    rows
}

/// A source in one line; none for one that is not known.
fn source(seen: &SeenSource) -> Option<String> {
    let names = seen.seen.join(", ");
    let what = noun(seen.source);
    Some(match &seen.state {
        SeenState::Unknown(_) => return None,
        SeenState::Incomplete => format!("{what}, of which only {names} is set"),
        SeenState::Empty => format!("{what}, with nothing in its variables"),
        SeenState::Possible if seen.source == CredentialSource::Profile => {
            format!("{what} ({names}), which is not read")
        }
        SeenState::Set | SeenState::Possible if names.is_empty() => what.to_owned(),
        SeenState::Set | SeenState::Possible => format!("{what} ({names})"),
    })
}

/// The sources that are not known, in one line.
fn not_known(sources: &[SeenSource]) -> Option<String> {
    let open = sources.iter().filter(|seen| matches!(seen.state, SeenState::Unknown(_)));
    let open: Vec<&str> = open.map(|seen| noun(seen.source)).collect();
    (!open.is_empty()).then(|| format!("not known whether there is more: {}", open.join(", ")))
}

fn noun(source: CredentialSource) -> &'static str {
    match source {
        CredentialSource::StaticKeys => "access keys",
        CredentialSource::WebIdentity => "web identity",
        CredentialSource::Profile => "a profile",
        CredentialSource::Ecs => "the address of ECS",
        CredentialSource::PodIdentity => "Pod Identity",
        CredentialSource::OtherAddress => "an address that is not the agent's",
        CredentialSource::InstanceMetadata => "the role of the node, where pods can reach its metadata",
    }
}

/// SDKs that end in the same way, under a label and in words.
fn groups(winners: &[Winner]) -> Vec<(&'static str, String, Vec<Sdk>)> {
    let mut groups: Vec<(&'static str, String, Vec<Sdk>)> = Vec::new();
    for winner in winners {
        let (label, text) = match &winner.outcome {
            Ok(Outcome::Takes { source, token }) => ("taken", taken(*source, *token)),
            Ok(Outcome::Stops(reason)) => ("error", reason.clone()),
            Ok(Outcome::Nothing) => ("taken", "nothing: no source is left".to_owned()),
            Err(gap) => ("not known", gap.detail.clone()),
        };
        match groups.iter_mut().find(|(one, other, _)| *one == label && *other == text) {
            Some((_, _, sdks)) => sdks.push(winner.sdk),
            None => groups.push((label, text, vec![winner.sdk])),
        }
    }
    groups
}

fn taken(source: CredentialSource, token: Option<Token>) -> String {
    let what = source.phrase();
    match token.filter(|_| source.takes_token()) {
        Some(Token::File) => format!("{what}, with the token in the file"),
        Some(Token::Variable) => format!("{what}, with the token in AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        Some(Token::None) => format!("{what}, without a token"),
        None if source.takes_token() => format!("{what}, with a token that cannot be told"),
        None => what.to_owned(),
    }
}

fn names(sdks: &[Sdk]) -> String {
    if sdks.len() == Sdk::ALL.len() {
        return "every SDK".to_owned();
    }
    sdk::names(sdks)
}
