//! What `diff` says to people: how each side ended, and only what differs.

use serde_json::Value;

use crate::error::ExitCode;
use crate::render::outline::entry::count;
use crate::render::outline::target;
use crate::render::page::{Page, Span};
use crate::render::style::{Mark, Style};
use crate::report::comparison::{CheckDifference, Comparison};
use crate::report::{Report, Status};

/// Draws a comparison.
pub fn draw(comparison: &Comparison, style: &Style) -> String {
    let mut page = Page::new(style);
    for (sign, report) in [("-", &comparison.left), ("+", &comparison.right)] {
        side(&mut page, sign, report);
    }
    page.gap();
    if comparison.checks.is_empty() && comparison.evidence.is_empty() {
        let is_known = comparison.exit_code() == ExitCode::HEALTHY;
        page.prose(
            0,
            2,
            &[Span::plain(if is_known { "nothing differs" } else { "what could be read does not differ" })],
        );
        return page.finish();
    }
    let (waiting, own): (Vec<_>, Vec<_>) = comparison.checks.iter().partition(|one| waits(one));
    for one in own {
        page.prose(0, 2, &[Span::strong(one.check.code.to_string()), Span::plain(format!("  {}", one.check.title))]);
        for (sign, (status, words)) in [("-", &one.left), ("+", &one.right)] {
            let words = words.as_ref().map(|words| format!(": {words}")).unwrap_or_default();
            let status = if *status == Status::NotApplicable { "not applicable" } else { status.word() };
            page.prose(2, 4, &[Span::plain(format!("{sign} {status}{words}"))]);
        }
    }
    if !waiting.is_empty() {
        let words = count(waiting.len(), "more check");
        page.prose(0, 2, &[Span::faint(format!("{words} skipped on one side, because a check above failed there"))]);
    }
    page.gap();
    for one in &comparison.evidence {
        page.line(0, &[Span::faint(one.pointer.clone())]);
        for (sign, value) in [("-", &one.left), ("+", &one.right)] {
            page.prose(2, 4, &[Span::plain(format!("{sign} {}", words(value.as_ref())))]);
        }
    }
    page.gap();
    let (checks, values) = (comparison.checks.len(), comparison.evidence.len());
    let sum = format!("{} and {} of the evidence differ", count(checks, "check"), count(values, "value"));
    page.prose(0, 2, &[Span::plain(sum)]);
    page.finish()
}

/// Whether it is skipped on one side, because another check has failed there.
fn waits(difference: &CheckDifference) -> bool {
    [difference.left.0, difference.right.0].contains(&Status::Skipped)
}

fn side(page: &mut Page<'_>, sign: &str, report: &Report) {
    let mark = Mark::from(report);
    let verdict = Span::marked(mark, format!("{} {}", page.style().sign(mark), report.verdict.word()));
    let name = Span::strong(format!("{sign} {}", target::words(report)));
    page.prose(0, 4, &[name, Span::plain("   "), verdict, Span::plain(format!(": {}", report.summary))]);
}

fn words(value: Option<&Value>) -> String {
    match value {
        None => "(nothing)".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => {
            let text = other.to_string();
            let mut short: String = text.chars().take(LONGEST).collect();
            if short.len() < text.len() {
                short.push('…');
            }
            short
        }
    }
}

/// The longest object that is shown, in characters; the document has all of it.
const LONGEST: usize = 160;
