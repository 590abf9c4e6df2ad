//! Where the SDK in each container gets its credentials, for `-v`: what can be seen, and who takes what.

use crate::evidence::credential_chain::{
    CredentialChain, CredentialSource, Outcome, Sdk, SeenSource, SeenState, Token, Winner, sdk,
};
use crate::evidence::pod::ContainerKind;
use crate::render::page::{Page, Span};
use crate::report::{Report, ReportContainer};

/// Writes one block for each container, and below them what was measured.
pub fn write(page: &mut Page<'_>, report: &Report) {
    for container in &report.containers {
        if let Some(chain) = &container.credential_chain {
            page.gap();
            block(page, container, chain);
        }
    }
    let chains = report.containers.iter().filter_map(|container| container.credential_chain.as_ref());
    let mut packages: Vec<&str> = Vec::new();
    for package in chains.flat_map(|chain| &chain.winners).filter_map(|winner| winner.measured.as_deref()) {
        if !packages.contains(&package) {
            packages.push(package);
        }
    }
    if !packages.is_empty() {
        let text = format!("measured with {}; the other SDKs are not measured", packages.join(", "));
        page.prose(2, 4, &[Span::faint(text)]);
    }
}

fn block(page: &mut Page<'_>, container: &ReportContainer, chain: &CredentialChain) {
    let kind = if container.kind == ContainerKind::Main { "" } else { container.kind.word() };
    let title = format!("credentials of {kind} container {}", container.name).replace("  ", " ");
    page.prose(0, 2, &[Span::strong(title)]);
    let mut lines: Vec<String> = chain.sources.iter().filter_map(source).collect();
    lines.extend(not_known(&chain.sources));
    if lines.is_empty() {
        lines.push("none that can be seen".to_owned());
    }
    for (index, line) in lines.into_iter().enumerate() {
        page.hanging_row(if index == 0 { "sources" } else { "" }, 2, &[Span::plain(line)]);
    }
    for (label, text, sdks) in groups(&chain.winners) {
        page.hanging_row(label, 2, &[Span::plain(text), Span::faint(format!(" — {}", names(&sdks)))]);
    }
    let goes_on = chain.winners.iter().filter_map(|winner| match &winner.if_refused {
        Some(Outcome::Takes { source, .. }) => Some((winner.sdk, *source)),
        _ => None,
    });
    for (sdk, source) in goes_on {
        let text = format!("{} then goes on to {}; the others measured stop", sdk.name(), source.phrase());
        page.hanging_row("refused", 2, &[Span::plain(text)]);
    }
    let told = |winner: &&Winner| winner.outcome.is_ok() && winner.sdk.is_measured();
    let mut told = chain.winners.iter().filter(told).peekable();
    if told.peek().is_some() && told.all(|winner| winner.measured.is_none()) {
        page.row("measured", &[Span::plain("not in this combination: it follows from those that were")]);
    }
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
