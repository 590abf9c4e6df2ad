//! What is said of one diagnosis, and of several.

use super::{Cause, CheckReport, Report, Status, VerdictWord};
use crate::checks::agent::{answered, asked};
use crate::checks::{Check, Code, registry};
use crate::error::ExitCode;
use crate::evidence::reading::GapKind;
use crate::evidence::{Gap, GapReason};
use crate::findings::Severity;

/// Several diagnoses.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportList {
    /// What was asked for, and how many of its pods were looked at.
    pub samples: Vec<Sample>,
    /// The diagnoses.
    pub items: Vec<Report>,
    /// The worst verdict; inconclusive where there is none.
    pub verdict: VerdictWord,
    /// The worst exit code.
    pub exit_code: ExitCode,
}

/// What was asked for, and how much of it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What was asked for, in the user's words: `deployment/api`, `-l app=api`.
    pub asked: String,
    /// The namespace; `None` for all of them.
    pub namespace: Option<String>,
    /// How many pods were diagnosed.
    pub judged: usize,
    /// How many pods there are.
    pub total: usize,
    /// Whether those that were diagnosed stand for others of their owner, node, service account and state.
    pub is_sample: bool,
    /// How many more pods there are that nothing gives an identity.
    pub left_out: usize,
}

impl ReportList {
    /// Gathers the diagnoses of one run.
    ///
    /// `when_empty` is the exit code of a list without items: that of an inconclusive run, unless the user chose otherwise.
    pub fn new(samples: Vec<Sample>, items: Vec<Report>, when_empty: ExitCode) -> Self {
        let verdict = items.iter().map(|item| item.verdict).max().unwrap_or(VerdictWord::Inconclusive);
        let exit_code = items.iter().map(|item| item.exit_code).reduce(ExitCode::worst).unwrap_or(when_empty);
        Self { samples, items, verdict, exit_code }
    }
}

/// What concerns the whole run, beside its checks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Concerns<'r> {
    /// The container of an ended pod that failed, with its exit code.
    pub failed: Option<(&'r str, i32)>,
    /// What was asked for beyond reading and could not be done, in words.
    pub undone: Option<String>,
    /// How many decisive checks `--only` or `--skip` leave out.
    pub left_out: usize,
}

/// Words the headline for a verdict.
pub fn headline(
    verdict: VerdictWord,
    causes: &[Cause],
    checks: &[CheckReport],
    target_gap: Option<&Gap>,
    concerns: &Concerns<'_>,
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
        (VerdictWord::Inconclusive, _) => match (&concerns.undone, concerns.failed) {
            (Some(undone), _) => undone.clone(),
            (None, Some((name, code))) => format!(
                "the pod has failed (container {name}, exit code {code}), and nothing that can be read says that its AWS identity is to blame"
            ),
            (None, None) => inconclusive(checks),
        },
        _ => healthy(checks, concerns.left_out),
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
        open if open.iter().any(|check| is_of_manifests_alone(check)) => {
            format!(
                "nothing wrong in the manifest; {} need the cluster",
                of_areas(&open.iter().map(|one| one.check).collect::<Vec<_>>())
            )
        }
        [only] => format!("no fault found, but it is not known whether {}", only.check.title),
        [first, rest @ ..] => {
            format!("no fault found, but it is not known whether {} (and {} more)", first.check.title, rest.len())
        }
    }
}

/// Whether nobody was asked, because the manifests alone were to be judged.
fn is_of_manifests_alone(check: &CheckReport) -> bool {
    check.gap.as_ref().is_some_and(|gap| gap.kind == Some(GapKind::ClusterSwitchedOff))
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

/// Decisive checks that no reading could settle, and that nothing that was seen to work settles either.
fn not_judged(checks: &[CheckReport]) -> impl Iterator<Item = &Gap> {
    let open =
        |check: &&CheckReport| check.check.decisive && check.status == Status::Unknown && check.excused.is_none();
    let gaps = checks.iter().filter(open).filter_map(|check| check.gap.as_ref());
    gaps.filter(|gap| gap.reason == GapReason::Undecidable)
}

/// Where and when the pod was seen to get credentials, in words.
pub fn seen_working(checks: &[CheckReport]) -> Option<&str> {
    let answered = checks.iter().find(|check| *check.check == answered::CHECK && check.status == Status::Passed);
    let answered = answered.and_then(|check| check.observed.as_deref());
    let of_pod = checks.iter().filter_map(|check| check.excused.as_ref()).find(|excuse| excuse.is_of_pod);
    answered.or(of_pod.map(|excuse| excuse.words.as_str()))
}

/// Whether something that decides was left out or could not be judged, or nobody saw the pod get credentials, so that a healthy
/// verdict proves little.
pub fn is_doubtful(checks: &[CheckReport], left_out: usize) -> bool {
    left_out > 0 || not_judged(checks).next().is_some() || is_silent(checks) || unseen(checks).is_some()
}

/// Whether the pod is seen not to have asked the agent, and nothing else shows that it gets credentials.
pub fn is_silent(checks: &[CheckReport]) -> bool {
    let silent = |check: &CheckReport| *check.check == asked::CHECK && check.status == Status::Failed;
    seen_working(checks).is_none() && checks.iter().any(silent)
}

/// The check that would have seen the pod get credentials, where its requests were looked for and could not be read.
pub fn unseen(checks: &[CheckReport]) -> Option<&CheckReport> {
    let of_requests = |check: &&CheckReport| *check.check == answered::CHECK || *check.check == asked::CHECK;
    let open = checks.iter().filter(of_requests).rfind(|check| check.status == Status::Unknown);
    open.filter(|_| seen_working(checks).is_none())
}

/// Why the requests of the pod could not be read, in words.
fn unread(check: &CheckReport) -> &str {
    match check.gap.as_ref() {
        Some(gap)
            if matches!(gap.reason, GapReason::Insufficient | GapReason::NotRequested) && !gap.detail.is_empty() =>
        {
            &gap.detail
        }
        _ => "the agent's log cannot be read",
    }
}

fn healthy(checks: &[CheckReport], left_out: usize) -> String {
    let unknown: Vec<Code> =
        checks.iter().filter(|check| check.status == Status::Unknown).map(|check| check.check.code).collect();
    let mut words = "no fault found".to_owned();
    if let Some(proof) = seen_working(checks) {
        words = format!("the pod gets its credentials ({proof})");
    } else if is_silent(checks) {
        words = format!("{words}, and the pod has not asked the agent");
    }
    if left_out > 0 {
        return format!("{words} in the checks that took part; {left_out} that decide were left out");
    }
    let mut open: Vec<&str> = not_judged(checks).map(|gap| gap.detail.as_str()).collect();
    open.dedup();
    match open.as_slice() {
        [] => {}
        [only] => return format!("{words}, but not judged: {only}"),
        [first, rest @ ..] => return format!("{words}, but not judged: {first} (and {} more)", rest.len()),
    }
    if let Some(check) = unseen(checks) {
        return format!("{words}, and nobody saw it work: {}", unread(check));
    }
    if unknown.is_empty() {
        return words;
    }
    let open: Vec<&Check> = unknown.iter().filter_map(|code| registry::by_code(*code)).collect();
    match open.as_slice() {
        [only] => format!("{words}; not checked: whether {} ({})", only.title, only.code),
        several => format!("{words}; not checked: {}", of_areas(several)),
    }
}

/// Many checks, by what they are about: `7 checks of agent and EKS Auth`.
pub fn of_areas(checks: &[&Check]) -> String {
    let mut areas: Vec<&str> = Vec::new();
    for check in checks {
        if !areas.contains(&check.area.title) {
            areas.push(check.area.title);
        }
    }
    let areas = match areas.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        Some((only, _)) => (*only).to_owned(),
        None => String::new(),
    };
    let plural = if checks.len() == 1 { "" } else { "s" };
    format!("{} check{plural} of {areas}", checks.len())
}
