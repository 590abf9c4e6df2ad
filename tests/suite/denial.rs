//! Denied is not absent, and unknown is not passed: every source of every case is denied, and the healthy one loses each in every way.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use podid::checks::{Check, Code, registry};
use podid::diagnose::{Options, diagnose};
use podid::evidence::{Evidence, Gap, GapReason, Source};
use podid::findings::Severity;
use podid::report::{CheckReport, Report, Status, VerdictWord};

use serde_json::json;

use crate::support::case;

/// Every reason but those that are answers of a kind: not requested, undecidable, ambiguous, blocked.
const REASONS: &[GapReason] = &[
    GapReason::Denied,
    GapReason::NoCredentials,
    GapReason::WrongAccount,
    GapReason::TimedOut,
    GapReason::Throttled,
    GapReason::Unreachable,
    GapReason::Malformed,
    GapReason::Insufficient,
];

/// What a report says, as far as the sweep compares it.
struct Outcome {
    statuses: Vec<Status>,
    /// Whether it passed by what was seen to work, or failed by what is only probable.
    provisional: Vec<bool>,
    /// Whether it is unknown, and what was seen to work excuses that.
    excused: Vec<bool>,
    /// Whether all that it failed by is only suspected, or only a note.
    suspected: Vec<bool>,
    causes: Vec<Code>,
    /// Those causes that are sure.
    confirmed: Vec<Code>,
    verdict: VerdictWord,
    mode: &'static str,
    /// Whether the run was about another cluster than the one that kubectl talks to, so that nothing was judged.
    of_another_cluster: bool,
}

/// One source taken away from one case in one way.
struct Loss {
    case: String,
    source: Source,
    reason: &'static GapReason,
    before: usize,
    after: Outcome,
}

struct Sweep {
    before: Vec<Outcome>,
    losses: Vec<Loss>,
}

fn outcome(report: &Report) -> Outcome {
    Outcome {
        statuses: report.checks.iter().map(|check| check.status).collect(),
        provisional: report.checks.iter().map(is_provisional).collect(),
        excused: report.checks.iter().map(|check| check.excused.is_some()).collect(),
        suspected: report.checks.iter().map(is_suspected).collect(),
        causes: report.causes.iter().map(|cause| cause.check.code).collect(),
        confirmed: report.causes.iter().filter(|cause| !cause.suspected).map(|cause| cause.check.code).collect(),
        verdict: report.verdict,
        mode: report.mode,
        of_another_cluster: report.target_gap.as_ref().is_some_and(|gap| gap.reason == GapReason::OtherCluster),
    }
}

fn is_provisional(check: &CheckReport) -> bool {
    match check.status {
        Status::Passed => check.observed.is_some(),
        _ => is_suspected(check),
    }
}

fn is_suspected(check: &CheckReport) -> bool {
    let weak = |one: &podid::report::ReportFinding| one.suspected || one.severity == Severity::Note;
    check.status == Status::Failed && check.findings.iter().all(weak)
}

/// The sweep is made once, and each rule is held against it by a test of its own.
fn sweep() -> &'static Sweep {
    static SWEEP: OnceLock<Sweep> = OnceLock::new();
    SWEEP.get_or_init(|| {
        let mut sweep = Sweep { before: Vec::new(), losses: Vec::new() };
        let healthy = Evidence::from_value(case::healthy()).expect("evidence");
        take_away(&mut sweep, "healthy", &healthy, &Options::default(), REASONS);
        for case in case::all() {
            // The engine tells reasons apart in one place only; the healthy pod goes through all of them.
            take_away(&mut sweep, &case.name(), &case.evidence(), &case.options(), &REASONS[..1]);
        }
        sweep
    })
}

fn take_away(sweep: &mut Sweep, name: &str, evidence: &Evidence, options: &Options, reasons: &'static [GapReason]) {
    let before = sweep.before.len();
    sweep.before.push(outcome(&diagnose(evidence, options)));
    for source in Source::ALL.iter().filter(|source| evidence.source_gap(**source).is_none()) {
        for reason in reasons {
            let mut lesser = evidence.clone();
            lesser.lose(Gap::new(*source, reason.clone(), "taken away"));
            let after = outcome(&diagnose(&lesser, options));
            sweep.losses.push(Loss { case: name.to_owned(), source: *source, reason, before, after });
        }
    }
}

fn checks() -> Vec<&'static Check> {
    registry::all().collect()
}

/// Holds one rule against every loss; it names the checks that break it.
fn holds(rule: impl Fn(usize, &Check, &Outcome, &Loss) -> bool, what: &str) {
    let sweep = sweep();
    let mut wrong = Vec::new();
    for loss in &sweep.losses {
        let before = &sweep.before[loss.before];
        for (place, check) in checks().into_iter().enumerate() {
            if !rule(place, check, before, loss) {
                let reason = loss.reason.word();
                wrong.push(format!("{} without {} ({reason}): {} {what}", loss.case, loss.source.key(), check.code));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong answers:\n{}", wrong.len(), wrong.join("\n"));
}

/// What was seen to work, whichever check asks.
fn proves(source: Source) -> bool {
    matches!(source, Source::AgentLog | Source::NodeLog | Source::Assume | Source::Probe)
}

#[test]
fn no_evaluated_check_becomes_failed() {
    let rule = |place: usize, _: &Check, before: &Outcome, loss: &Loss| {
        let evaluated =
            matches!(before.statuses[place], Status::Passed | Status::Unknown) && !before.of_another_cluster;
        // Without the proof that it works, what is probable is said again; it never counts as sure.
        let unproven = proves(loss.source) && before.provisional[place] && loss.after.provisional[place];
        // Without the sight of an agent that nobody recognised, none is recognised again.
        let unseen = proves(loss.source) && before.excused[place];
        // Without what disproved a guess, what follows from the guess is suspected again.
        let undisproved =
            matches!(loss.source, Source::Cluster | Source::RootCertificates) && loss.after.suspected[place];
        !evaluated || loss.after.statuses[place] != Status::Failed || unproven || unseen || undisproved
    };
    holds(rule, "failed");
}

#[test]
fn no_failed_check_becomes_passed() {
    let rule = |place: usize, _: &Check, before: &Outcome, loss: &Loss| {
        before.statuses[place] != Status::Failed || loss.after.statuses[place] != Status::Passed
    };
    holds(rule, "passed");
}

#[test]
fn no_suspicion_becomes_sure() {
    let rule = |place: usize, check: &Check, before: &Outcome, loss: &Loss| {
        let hardens = before.suspected[place] && loss.after.statuses[place] == Status::Failed;
        let becomes_sure = before.causes.contains(&check.code)
            && !before.confirmed.contains(&check.code)
            && loss.after.confirmed.contains(&check.code);
        !becomes_sure && (!hardens || loss.after.suspected[place])
    };
    holds(rule, "became sure");
}

#[test]
fn a_verdict_becomes_healthier_only_where_the_failed_checks_are_named_as_not_checked() {
    let rule = |place: usize, check: &Check, before: &Outcome, loss: &Loss| {
        let healthier = loss.after.verdict < before.verdict;
        !healthier
            || !before.causes.contains(&check.code)
            || matches!(loss.after.statuses[place], Status::Failed | Status::Unknown)
    };
    holds(rule, "is gone from the causes without a word");
}

#[test]
fn a_healthy_verdict_never_stands_on_a_decisive_check_that_is_not_known() {
    let rule = |place: usize, check: &Check, _: &Outcome, loss: &Loss| {
        let open =
            check.decisive && loss.after.statuses[place] == Status::Unknown && check.reads.contains(&loss.source);
        !open || loss.case != "healthy" || loss.after.verdict != VerdictWord::Healthy
    };
    holds(rule, "is not known, and the verdict is healthy");
}

#[test]
fn a_check_that_does_not_name_a_source_does_not_change_with_it() {
    let rule = |place: usize, check: &Check, before: &Outcome, loss: &Loss| {
        // Without the target nothing is judged, in another mode other areas are, and proof belongs to whole areas.
        let exempt = loss.source == Source::Pod
            || before.of_another_cluster
            || loss.after.of_another_cluster
            || proves(loss.source)
            || before.mode != loss.after.mode;
        exempt
            || depends_on(check, loss.source, &mut BTreeSet::new())
            || before.statuses[place] == loss.after.statuses[place]
    };
    holds(rule, "changed and does not name it");
}

fn depends_on(check: &Check, source: Source, visited: &mut BTreeSet<Code>) -> bool {
    visited.insert(check.code)
        && (check.reads.contains(&source)
            || check.requires.iter().copied().chain(check.causes()).any(|other| depends_on(other, source, visited)))
}

#[test]
fn every_named_source_is_needed_in_some_case() {
    let sweep = sweep();
    let needed = |place: usize, source: Source| {
        sweep.losses.iter().filter(|loss| loss.source == source).any(|loss| {
            sweep.before[loss.before].statuses[place] != Status::Unknown
                && loss.after.statuses[place] == Status::Unknown
        })
    };
    let mut idle = Vec::new();
    for (place, check) in checks().into_iter().enumerate() {
        let unneeded = check.reads.iter().filter(|source| !needed(place, **source));
        idle.extend(
            unneeded.map(|source| format!("{} names {} and is never unknown without it", check.code, source.key())),
        );
    }
    assert!(idle.is_empty(), "{}", idle.join("\n"));
}

#[test]
fn a_refused_permission_is_named() {
    let healthy = Evidence::from_value(case::healthy()).expect("evidence");
    for source in Source::ALL.iter().filter(|source| source.permission_text("shop", "kube-system").is_some()) {
        let mut lesser = healthy.clone();
        lesser.lose(Gap::new(*source, GapReason::Denied, "taken away"));
        let report = diagnose(&lesser, &Options::default());
        for check in
            report.checks.iter().filter(|one| one.status == Status::Unknown && one.check.reads.contains(source))
        {
            let named = report.missing_permissions.iter().any(|missing| missing.settles.contains(&check.check.code));
            assert!(named, "{} without {}", check.check.code, source.key());
        }
    }
}

/// Where neither node nor cluster could be read, and AWS was asked in another account, what is left to do is to name the cluster.
#[test]
fn a_suspicion_about_the_node_keeps_no_command_for_another_cluster() {
    let mut value = case::named("agent/arguments/placeholder_cluster").value();
    let denied = |source: &str| json!({ "unavailable": { "source": source, "reason": "denied" } });
    for source in ["node", "cluster", "rootCertificates"] {
        value[source] = denied(source);
    }
    value["callerIdentity"] = json!({ "Account": "444455556666", "Arn": "arn:aws:iam::444455556666:user/jo" });
    let report = diagnose(&Evidence::from_value(value).expect("evidence"), &Options::default());
    let own = report.checks.iter().find(|check| check.check.code.to_string() == "PID650").expect("PID650");
    let remedies: Vec<_> = own.findings.iter().flat_map(|finding| &finding.remediation).collect();
    assert!(!remedies.is_empty(), "{own:#?}");
    assert!(remedies.iter().all(|remedy| remedy.command.is_none()), "{remedies:#?}");
}
