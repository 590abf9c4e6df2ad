//! The headline: one sentence that a person on call can act on.

use super::{Cause, CheckReport, Status, VerdictWord};
use crate::checks::{Code, Severity};
use crate::evidence::{Gap, GapReason};

/// Words the headline for a verdict.
///
/// `failed` is the container of an ended pod that failed, with its exit code.
pub fn headline(
    verdict: VerdictWord,
    causes: &[Cause],
    checks: &[CheckReport],
    target_gap: Option<&Gap>,
    failed: Option<(&str, i32)>,
) -> String {
    if let Some(gap) = target_gap {
        return target_unreadable(gap);
    }
    let first = causes.first();
    match (verdict, first) {
        (VerdictWord::Broken | VerdictWord::Degraded, Some(cause)) => with_more(cause, causes),
        (VerdictWord::Inconclusive, Some(cause)) if cause.severity == Severity::Error => {
            format!("probably {}", with_more(cause, causes))
        }
        (VerdictWord::Inconclusive, _) => match failed {
            Some((name, code)) => format!(
                "the pod has failed (container {name}, exit code {code}), and nothing that can be read says that its AWS identity is to blame"
            ),
            None => inconclusive(checks),
        },
        _ => healthy(checks),
    }
}

fn target_unreadable(gap: &Gap) -> String {
    match gap.reason {
        GapReason::Insufficient | GapReason::OtherCluster => gap.detail.clone(),
        _ if gap.detail.is_empty() => format!("the target could not be read — {}", gap.reason.phrase()),
        _ => format!("the target could not be read — {}", gap.detail),
    }
}

fn with_more(cause: &Cause, causes: &[Cause]) -> String {
    match causes.len() {
        1 => cause.summary.clone(),
        2 => format!("{} (and one more cause)", cause.summary),
        more => format!("{} (and {} more causes)", cause.summary, more - 1),
    }
}

fn inconclusive(checks: &[CheckReport]) -> String {
    let open: Vec<&CheckReport> = checks.iter().filter(|check| decides_and_is_open(check)).collect();
    match open.as_slice() {
        [] => "nothing decisive could be read".to_owned(),
        [only] => format!("no fault found, but it is not known whether {}", only.check.title),
        [first, rest @ ..] => {
            format!("no fault found, but it is not known whether {} (and {} more)", first.check.title, rest.len())
        }
    }
}

/// Whether a check must be known before anything is called healthy, and is not.
pub fn decides_and_is_open(check: &CheckReport) -> bool {
    let open = |gap: &Gap| gap.reason != GapReason::Undecidable;
    let any = match &check.containers {
        Some(containers) => containers.iter().any(|container| container.gap.as_ref().is_some_and(open)),
        None => check.gap.as_ref().is_some_and(open),
    };
    check.check.decisive && any && check.excused.is_none()
}

fn healthy(checks: &[CheckReport]) -> String {
    let unknown: Vec<Code> =
        checks.iter().filter(|check| check.status == Status::Unknown).map(|check| check.check.code).collect();
    let worked = checks.iter().find_map(|check| check.excused.as_deref());
    let mut words = "no fault found".to_owned();
    if let Some(proof) = worked {
        words = format!("{words}; worked at {}", proof.rsplit(' ').next().unwrap_or(proof));
    }
    if unknown.is_empty() {
        return words;
    }
    let codes: Vec<String> = unknown.iter().take(4).map(Code::to_string).collect();
    let more = if unknown.len() > 4 { format!(" and {} more", unknown.len() - 4) } else { String::new() };
    format!("{words}; not checked: {}{more}", codes.join(" "))
}
