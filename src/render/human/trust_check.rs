//! What `check-trust` says to people: the answer, the request, and the lines of the policy that decide.

use super::report::remedy;
use crate::reasoning::iam::place::line_and_column;
use crate::render::excerpt;
use crate::render::outline::entry::remedies;
use crate::render::page::{Page, Span};
use crate::render::style::{Mark, Style};
use crate::report::{ActionAnswer, AskedOfTrust, ClausePart, TrustClause, TrustDecision, TrustReport};

/// The most places that are shown.
const SHOWN: usize = 12;

/// Draws a report.
pub fn draw(report: &TrustReport, style: &Style) -> String {
    let mut page = Page::new(style);
    let mark = mark_of(report.decision);
    let sign = style.sign(mark);
    page.prose(
        0,
        2,
        &[
            Span::marked(mark, format!("{sign} {}", report.decision.word())),
            Span::plain(": "),
            Span::strong(&report.summary),
        ],
    );
    next(&mut page, report);
    page.gap();
    page.row("request", &[Span::plain(request(&report.request))]);
    for (label, answer) in report.actions.iter().enumerate().map(|(index, one)| (["asks", ""][index.min(1)], one)) {
        let mark = mark_of(answer.decision);
        let words = format!("{} {} — {}", style.sign(mark), answer.action, words(answer));
        page.row(label, &[Span::marked(mark, words)]);
    }
    for clause in report.clauses.iter().take(SHOWN) {
        page.gap();
        place(&mut page, report, clause);
    }
    if let Some(more) = report.clauses.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        page.gap();
        page.prose(2, 2, &[Span::faint(format!("and {more} more places, which -o json lists"))]);
    }
    page.gap();
    for one in &remedies(&report.remediation) {
        remedy(&mut page, one);
    }
    for note in &report.notes {
        page.row("note", &[Span::plain(note)]);
    }
    page.finish()
}

/// One line: the decision and why.
pub fn line(report: &TrustReport, style: &Style) -> String {
    let word = if report.decision == TrustDecision::Allowed { "ok" } else { report.decision.word() };
    format!("{word} {}\n", style.words(&report.summary))
}

fn next(page: &mut Page<'_>, report: &TrustReport) {
    let step = match (report.missing.as_slice(), report.remediation.first()) {
        ([], None) => return,
        ([], Some(first)) if first.command.is_some() => format!("the change below: {}", first.does),
        ([], Some(first)) => first.does.clone(),
        (missing, _) => {
            let flags: Vec<&str> = missing.iter().map(|one| one.flag).collect();
            format!("repeat it with {}", flags.join(" and "))
        }
    };
    page.prose(2, 8, &[Span::faint("next: "), Span::plain(step)]);
}

/// The request in the words of its parts.
fn request(asked: &AskedOfTrust) -> String {
    let parts = [
        ("namespace", &asked.namespace),
        ("service account", &asked.service_account),
        ("pod", &asked.pod_name),
        ("pod UID", &asked.pod_uid),
        ("cluster", if asked.cluster_arn.is_some() { &asked.cluster_arn } else { &asked.cluster_name }),
        ("region", &asked.region),
        ("external id", &asked.external_id),
    ];
    let given = parts.iter().filter_map(|(name, value)| Some(format!("{name} {}", value.as_deref()?)));
    let tags = if asked.session_tags { "with session tags" } else { "without session tags" };
    let all: Vec<String> = [asked.principal.clone(), tags.to_owned()].into_iter().chain(given).collect();
    all.join(", ")
}

fn words(answer: &ActionAnswer) -> &'static str {
    match (answer.decision, answer.is_explicit) {
        (TrustDecision::Allowed, _) => "allowed",
        (TrustDecision::Denied, true) => "denied by a Deny statement",
        (TrustDecision::Denied, false) => "denied: no statement allows it",
        (TrustDecision::Undecided, _) => "undecided",
    }
}

fn place(page: &mut Page<'_>, report: &TrustReport, clause: &TrustClause) {
    let mark = match clause.part {
        ClausePart::Allows => Mark::Good,
        ClausePart::Denies => Mark::Bad,
        ClausePart::Undecided => Mark::Unknown,
    };
    let source = &report.source;
    let at = match &clause.span {
        Some(span) if source.is_own => {
            let (line, column) = line_and_column(&source.text, span.start);
            format!("{}:{line}:{column}", source.name)
        }
        _ => format!("the policy in {}", source.name),
    };
    let place = if clause.place.is_empty() { "the document" } else { &clause.place };
    page.prose(2, 4, &[Span::strong(at), Span::faint(format!("  {place}"))]);
    if let Some(span) = &clause.span {
        excerpt::draw(page, &source.text, span, mark);
    }
    let mut says = vec![Span::marked(mark, clause.says.clone())];
    if clause.actions.len() < report.actions.len() {
        says.push(Span::faint(format!("  ({})", clause.actions.join(" and "))));
    }
    page.prose(4, 6, &says);
}

fn mark_of(decision: TrustDecision) -> Mark {
    match decision {
        TrustDecision::Allowed => Mark::Good,
        TrustDecision::Denied => Mark::Bad,
        TrustDecision::Undecided => Mark::Unknown,
    }
}
