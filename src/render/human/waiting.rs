//! What `wait` says to people: the answer, and what was seen until then.

use jiff::Timestamp;

use crate::evidence::asked::canary::{Ending, Seen};
use crate::render::page::{Page, Span};
use crate::render::style::{Mark, Style};
use crate::report::WaitReport;

/// Draws a report.
pub fn draw(report: &WaitReport, style: &Style) -> String {
    let mark = match report.ending {
        Ending::Injected => Mark::Good,
        Ending::TimedOut => Mark::Bad,
        Ending::Unknown(_) => Mark::Unknown,
    };
    let WaitReport { namespace, service_account: name, .. } = report;
    let mut page = Page::new(style);
    page.prose(0, 2, &[Span::strong(format!("{namespace}/{name}")), Span::faint("   service account")]);
    page.gap();
    page.prose(0, 2, &[Span::marked(mark, style.sign(mark)), Span::plain(format!(" {}", report.headline()))]);
    if report.seen.first_at.is_some() {
        page.prose(2, 8, &[Span::faint("saw   "), Span::plain(saw(&report.seen))]);
    }
    if report.ending == Ending::TimedOut {
        let seconds = report.patience.as_secs_f64();
        page.prose(2, 8, &[Span::faint("after "), Span::plain(format!("{seconds} s, as --timeout says"))]);
    }
    if report.ending != Ending::Injected {
        let command = format!("kubectl podid doctor sa/{name} -n {namespace} --canary");
        page.prose(2, 8, &[Span::faint("next  "), Span::command(command), Span::plain(" says why")]);
    }
    page.finish()
}

/// One line: the answer.
pub fn line(report: &WaitReport, style: &Style) -> String {
    let word = match report.ending {
        Ending::Injected => "ok",
        Ending::TimedOut => "waiting",
        Ending::Unknown(_) => "unknown",
    };
    format!("{word} {}/{} {}\n", report.namespace, report.service_account, style.words(&report.headline()))
}

/// How many dry-runs had the variables.
pub fn counts(seen: &Seen) -> String {
    let silent = match seen.unanswered {
        0 => String::new(),
        number => format!(", {number} more without an answer"),
    };
    format!("{} of {} dry-runs with the variables{silent}", seen.injected, seen.answered())
}

/// What was seen, and since when.
fn saw(seen: &Seen) -> String {
    let since = seen.since.map(|since| format!(", without a gap since {}", clock(since))).unwrap_or_default();
    let first = seen.first_at.map(|first| format!("; the first was at {}", clock(first))).unwrap_or_default();
    format!("{}{since}{first}", counts(seen))
}

fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}
