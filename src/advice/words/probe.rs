//! How what the probe saw is told: where it was seen, and what became of a connection.

use crate::advice::words::agent_error::clock;
use crate::evidence::Source;
use crate::evidence::asked::probe::{Failure, FailureKind, Probed};
use crate::findings::Finding;

/// Says beside a finding where and when it was seen. What was seen in a copy of the pod is only probable for the pod.
pub fn seen(finding: Finding, probed: &Probed) -> Finding {
    let time = probed.report.time.map(|time| format!(" at {}", clock(time))).unwrap_or_default();
    let finding = finding.observed(Source::Probe, "seen", format!("{}{time}", probed.place.words()));
    if probed.is_of_pod() { finding } else { finding.suspected() }
}

/// A failure on the way to a server, behind its name.
pub fn failure(failure: &Failure) -> String {
    let words = match failure.kind {
        FailureKind::Refused => "refused the connection, or a firewall did",
        FailureKind::TimedOut => "did not answer in time",
        FailureKind::NoRoute => "has no route that leads to it",
        FailureKind::NoHost => "has a name that is not found",
        FailureKind::Cut => "cut the connection",
        FailureKind::Certificate => "has a certificate that is not trusted",
        FailureKind::NotAllowed => "is no address that an SDK sends a token to",
        FailureKind::Other => "could not be asked",
    };
    if failure.text.is_empty() { words.to_owned() } else { format!("{words} — {}", failure.text.as_str()) }
}
