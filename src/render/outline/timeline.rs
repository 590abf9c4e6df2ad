//! What happened when, in words: a line for each moment, with its distance from the pod's creation.

use super::entry::Line;
use crate::duration::in_words;
use crate::evidence::Milestone;
use crate::report::{Interval, Moment, Report};

/// One moment in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MomentLine {
    /// Date and time.
    pub time: String,
    /// How long before or after the creation of the pod: `-18d`, `+5s`; empty for that moment itself, or without a pod.
    pub distance: String,
    /// What happened to which object.
    pub words: String,
    /// The call that told it.
    pub source: &'static str,
}

/// Says the whole timeline, oldest first.
pub fn lines(report: &Report) -> Vec<MomentLine> {
    let created = report.timeline.iter().find(|moment| moment.milestone == Milestone::PodCreated);
    let line = |moment: &Moment| MomentLine {
        time: moment.time.strftime("%Y-%m-%d %H:%M:%SZ").to_string(),
        distance: created.map(|created| distance(created, moment)).unwrap_or_default(),
        words: format!("{} {}", moment.milestone.phrase(), moment.object),
        source: moment.source.name(),
    };
    report.timeline.iter().map(line).collect()
}

/// Says the span that makes a cause one.
pub fn deciding(interval: &Interval) -> Line {
    let Interval { from, to } = interval;
    let clock = from.time.strftime("%H:%M:%S");
    let seconds = interval.length().as_secs();
    Line::row("timing", format!("{} {clock} — {} {seconds} s later", from.milestone.phrase(), to.milestone.phrase()))
}

fn distance(created: &Moment, moment: &Moment) -> String {
    let span = moment.time.duration_since(created.time);
    if moment.milestone == Milestone::PodCreated {
        return String::new();
    }
    format!("{}{}", if span.is_negative() { "-" } else { "+" }, in_words(span))
}
