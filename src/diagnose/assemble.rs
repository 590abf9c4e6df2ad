//! Writes the judged checks down as a report.

use super::cause::{self, FoundCause};
use super::outcome::{self, Basis, Judged, Outcome, Subject, exit_code, target_gap, verdict};
use super::scope::containers;
use super::scope::{Mode, unconcerned};
use super::{Options, active, guess, timeline};
use crate::checks::Code;

use crate::evidence::context::Typed;
use crate::evidence::{Association, Evidence, Gap, Pod};
use crate::findings::remediation::addressed;
use crate::findings::{Finding, Findings, FixFormat, Remediation, Severity};
use crate::report::summary::Concerns;
use crate::report::{
    Cause, CheckReport, ContainerReport, Moment, Report, ReportAssociation, ReportCluster, ReportFinding,
    ReportRemediation, ReportTarget, Status, Unverified, VerdictWord, summary,
};

/// Diagnoses one target.
pub fn diagnose(evidence: &Evidence, options: &Options) -> Report {
    let evidence = &*evidence.of_this_cluster();
    let mode = Mode::of(evidence);
    let target_gap = target_gap(evidence);
    let judged = outcome::judge(evidence, &mode, options, target_gap.as_ref());
    let found = cause::causes(&judged);
    let rewritten = rewritten_roles(&judged);
    let words = Words { format: options.fix_format, typed: &evidence.context.typed, rewritten: &rewritten };
    let checks: Vec<CheckReport> =
        judged.iter().map(|one| check_report(one, &found, &judged, evidence, &words)).collect();
    let timeline = timeline::of(evidence);
    let causes: Vec<Cause> = found.iter().map(|one| report_cause(one, &checks, &timeline, evidence)).collect();
    let failed = evidence.live_pod().ok().flatten().and_then(Pod::failed_container);
    let undone = active::undone(evidence).filter(|_| target_gap.is_none());
    let verdict =
        verdict(&causes, &checks, target_gap.as_ref(), undone.is_some() || failed.is_some() && causes.is_empty());
    let unconcerned = unconcerned(evidence, &mode);
    let left_out = options.selection.decisive_left_out();
    let concerns = Concerns { failed, undone: undone.map(|one| one.words()), left_out };
    Report {
        tool_version: evidence.tool_version.clone(),
        collected_at: evidence.collected_at,
        duration_ms: evidence.duration_ms,
        target: target(evidence),
        cluster: cluster(evidence),
        mode: if target_gap.is_some() { "unknown" } else { mode.word() },
        association: association(evidence),
        containers: containers(evidence, options.container.as_deref()),
        verdict,
        exit_code: exit_code(verdict, options.fail_on),
        is_proven: unconcerned.is_some() || !summary::is_doubtful(&checks, left_out),
        active: active::done(evidence),
        summary: match unconcerned {
            Some(what) if verdict == VerdictWord::Healthy => what.words().to_owned(),
            _ => summary::headline(verdict, &causes, &checks, target_gap.as_ref(), &concerns),
        },
        not_checked: checks
            .iter()
            .filter(|check| check.status == Status::Unknown)
            .map(|check| check.check.code)
            .collect(),
        missing_permissions: guess::permissions(&checks, evidence),
        causes,
        timeline,
        checks,
        side_effects: evidence.side_effects.clone(),
        requests: evidence.requests,
        target_gap,
    }
}

/// The status, and what stands beside it.
struct Told {
    status: Status,
    observed: Option<String>,
    because: Option<Code>,
    reason: Option<String>,
    gap: Option<Gap>,
}

fn tell(outcome: &Outcome, check: &Judged, judged: &[Judged]) -> Told {
    let mut told = Told { status: Status::Passed, observed: None, because: None, reason: None, gap: None };
    match outcome {
        Outcome::Passed(Basis::Configured) => {}
        Outcome::Passed(Basis::Observed(words)) => told.observed = Some(words.clone()),
        Outcome::Failed(_, basis) => {
            told.status = Status::Failed;
            if let Basis::Observed(words) = basis {
                told.observed = Some(words.clone());
            }
        }
        Outcome::Unknown(gap) => {
            told.status = Status::Unknown;
            told.gap = Some(gap.clone());
        }
        Outcome::Skipped(because) => {
            let root = cause::roots(check, judged).first().copied().unwrap_or(*because);
            told.status = Status::Skipped;
            told.because = Some(root);
            told.reason = Some(format!("it waits for {root}"));
        }
        Outcome::NotApplicable(reason) => {
            told.status = Status::NotApplicable;
            told.reason = Some(reason.clone());
        }
    }
    told
}

fn check_report(
    one: &Judged,
    causes: &[FoundCause],
    judged: &[Judged],
    evidence: &Evidence,
    words: &Words<'_>,
) -> CheckReport {
    let severity = cause::severity_in_force(one, causes, judged);
    let told = match one.worst() {
        Some(worst) => tell(worst, one, judged),
        None => tell(&Outcome::NotApplicable("there is nothing to look at".to_owned()), one, judged),
    };
    let per_container = one.subjects.iter().any(|subject| subject.container.is_some());
    let containers = || one.subjects.iter().filter_map(|subject| container_report(subject, one, judged)).collect();
    CheckReport {
        check: one.check,
        severity,
        status: told.status,
        observed: told.observed,
        because: told.because,
        reason: told.reason,
        permission: told.gap.as_ref().and_then(|gap| guess::permission(gap, evidence)),
        gap: told.gap,
        excused: one.subjects.iter().find_map(|subject| subject.excused.clone()),
        containers: per_container.then(containers),
        findings: one.subjects.iter().flat_map(|subject| findings(subject, severity, words)).collect(),
    }
}

fn container_report(subject: &Subject, one: &Judged, judged: &[Judged]) -> Option<ContainerReport> {
    let container = subject.container.as_ref()?;
    let told = tell(&subject.outcome, one, judged);
    let Told { status, because, reason, gap, .. } = told;
    Some(ContainerReport { name: container.name.clone(), status, because, reason, gap })
}

/// How remedies are worded on one page.
struct Words<'w> {
    format: FixFormat,
    typed: &'w Typed,
    /// The roles whose trust policy a failure that is more than a note rewrites.
    rewritten: &'w [String],
}

impl Words<'_> {
    /// Whether a remedy would undo what a cause on the same page fixes: a policy is replaced as one piece.
    fn undoes(&self, finding: &Finding, remedy: &Remediation) -> bool {
        let is_rewritten = |role: &str| self.rewritten.iter().any(|one| one == role);
        finding.severity == Severity::Note && remedy.command.trust_policy().is_some_and(|(role, _)| is_rewritten(role))
    }
}

fn rewritten_roles(judged: &[Judged]) -> Vec<String> {
    let outcomes = judged.iter().flat_map(|one| &one.subjects).map(|subject| &subject.outcome);
    let findings = outcomes.filter_map(|outcome| match outcome {
        Outcome::Failed(findings, _) => Some(findings.as_slice()),
        _ => None,
    });
    let weighing = findings.flatten().filter(|finding| finding.severity > Severity::Note);
    let commands = weighing.flat_map(|finding| &finding.remediation).filter_map(|one| one.command.trust_policy());
    commands.map(|(role, _)| role.to_owned()).collect()
}

fn findings(subject: &Subject, in_force: Severity, words: &Words<'_>) -> Vec<ReportFinding> {
    let Outcome::Failed(findings, _) = &subject.outcome else { return Vec::new() };
    let weight =
        |own: Severity| if own == Severity::Note { own } else { own.min(in_force).max(lowest(findings, in_force)) };
    findings
        .as_slice()
        .iter()
        .map(|finding| ReportFinding {
            severity: weight(finding.severity),
            container: subject.container.as_ref().map(|container| container.name.clone()),
            message: finding.message.clone(),
            suspected: finding.suspected,
            found: finding.found.clone(),
            expected: finding.expected.clone(),
            observed: finding.observed.clone(),
            remediation: finding
                .remediation
                .iter()
                .filter(|one| !words.undoes(finding, one))
                .map(|one| remediation(one, words))
                .collect(),
        })
        .collect()
}

/// A symptom's findings are lifted to the severity of its cause, never lowered below a warning.
fn lowest(findings: &Findings, in_force: Severity) -> Severity {
    if findings.severity() < in_force { in_force } else { Severity::Warning }
}

fn remediation(one: &Remediation, words: &Words<'_>) -> ReportRemediation {
    ReportRemediation {
        part: one.part,
        does: one.does.clone(),
        command: one.command_in(words.format).map(|command| addressed(words.typed, &command)),
        changes: one.changes.clone(),
    }
}

fn report_cause(found: &FoundCause, checks: &[CheckReport], timeline: &[Moment], evidence: &Evidence) -> Cause {
    let report = checks.iter().find(|check| check.check == found.check);
    let mut weighing: Vec<&ReportFinding> =
        report.iter().flat_map(|check| &check.findings).filter(|finding| finding.severity > Severity::Note).collect();
    weighing.sort_by_key(|finding| (std::cmp::Reverse(finding.severity), finding.suspected));
    let mut remediation: Vec<ReportRemediation> = Vec::new();
    for one in weighing.iter().flat_map(|finding| &finding.remediation) {
        if !remediation.contains(one) {
            remediation.push(one.clone());
        }
    }
    Cause {
        check: found.check,
        severity: found.severity,
        suspected: found.suspected,
        summary: weighing.first().map_or_else(String::new, |finding| cause_summary(finding, report)),
        explains: found.explains.clone(),
        interval: timeline::interval(found.check, timeline),
        unverified: found
            .unverified
            .iter()
            .map(|(code, gap)| Unverified {
                code: *code,
                permission: guess::permission(gap, evidence),
                gap: gap.clone(),
            })
            .collect(),
        remediation,
    }
}

/// Names the container where only some of several are concerned.
fn cause_summary(finding: &ReportFinding, report: Option<&CheckReport>) -> String {
    let containers = report.and_then(|check| check.containers.as_deref()).unwrap_or_default();
    let failed = containers.iter().filter(|container| container.status == Status::Failed).count();
    match &finding.container {
        Some(name) if containers.len() > 1 && failed < containers.len() => {
            format!("container {name} — {}", finding.message)
        }
        _ => finding.message.clone(),
    }
}

fn target(evidence: &Evidence) -> ReportTarget {
    let pod = evidence.pod.present();
    let owner = evidence.workload().map(|owner| (owner.kind.clone(), owner.name.clone()));
    let known = pod.is_some() || evidence.target.kind == crate::target::TargetKind::ServiceAccount;
    ReportTarget {
        target: evidence.target.clone(),
        uid: pod.map(|pod| pod.metadata.uid.clone()).filter(|uid| !uid.is_empty()),
        service_account: known.then(|| evidence.service_account_name().ok()).flatten().map(str::to_owned),
        node: evidence.node_name().map(str::to_owned),
        owner,
        from_template: pod.is_some_and(|pod| pod.from_template),
        has_unasked_log: evidence.has_unasked_log(),
    }
}

fn cluster(evidence: &Evidence) -> ReportCluster {
    let described = evidence.cluster.present();
    let arn = described.map(|cluster| cluster.arn.clone()).filter(|arn| !arn.is_empty());
    ReportCluster {
        context: evidence.context.name.clone(),
        name: evidence.context.eks_cluster.clone(),
        arn,
        region: evidence.context.region.as_ref().map(|region| region.value.clone()),
        account: evidence.cluster_account().map(str::to_owned),
        version: described.and_then(|cluster| cluster.version.clone()),
        platform_version: described.and_then(|cluster| cluster.platform_version.clone()),
        typed: evidence.context.typed.clone(),
    }
}

fn association(evidence: &Evidence) -> ReportAssociation {
    let row = evidence.associated();
    let described = evidence.association.present();
    ReportAssociation {
        exists: row.as_ref().ok().map(Option::is_some),
        id: row.ok().flatten().map(|row| row.association_id.clone()),
        role_arn: described.map(|association| association.role_arn.clone()),
        target_role_arn: described.and_then(|association| association.target_role_arn.clone()),
        has_session_tags: described.is_some_and(Association::has_session_tags),
        owner_arn: described.and_then(|association| association.owner_arn.clone()),
        created_at: described.and_then(|association| association.created_at),
        modified_at: described.and_then(|association| association.modified_at),
    }
}
