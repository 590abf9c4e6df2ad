//! Makes reports by hand: a healthy one, and the ways in which its checks can end.

use jiff::Timestamp;

use podid::checks::{Code, registry};
use podid::error::ExitCode;
use podid::evidence::Milestone;
use podid::evidence::context::{Detected, Typed};
use podid::evidence::{Gap, Requests, Source};
use podid::findings::{Observation, Part, Severity};
use podid::report::{
    Cause, CheckReport, Interval, MissingPermission, Moment, Report, ReportAssociation, ReportCluster, ReportFinding,
    ReportRemediation, ReportTarget, Status, VerdictWord, summary,
};
use podid::target::Target;

pub fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

/// A report in which everything passed.
pub fn healthy() -> Report {
    let checks = registry::all().map(|check| CheckReport {
        check,
        severity: check.severity,
        status: Status::Passed,
        observed: None,
        because: None,
        reason: None,
        gap: None,
        permission: None,
        excused: None,
        containers: None,
        findings: Vec::new(),
    });
    Report {
        tool_version: "0.1.0".to_owned(),
        collected_at: time("2026-11-20T14:07:11Z"),
        duration_ms: 412,
        target: ReportTarget {
            target: Target { name: "api-7c9f".to_owned(), namespace: "shop".to_owned(), ..Target::default() },
            uid: Some("5f0c1d7e-8f4e-4d7e-9f3a-2b1c0d9e8f7a".to_owned()),
            service_account: Some("api".to_owned()),
            node: Some("ip-10-0-1-7.eu-west-1.compute.internal".to_owned()),
            owner: Some(("Deployment".to_owned(), "api".to_owned())),
            from_template: false,
            has_unasked_log: false,
        },
        cluster: ReportCluster {
            context: Some("prod".to_owned()),
            name: Some(Detected { value: "prod".to_owned(), source: "contextArn".to_owned() }),
            arn: Some("arn:aws:eks:eu-west-1:111122223333:cluster/prod".to_owned()),
            region: Some("eu-west-1".to_owned()),
            account: Some("111122223333".to_owned()),
            version: Some("1.34".to_owned()),
            platform_version: Some("eks.9".to_owned()),
            typed: Typed::default(),
        },
        mode: "podIdentity",
        association: ReportAssociation {
            exists: Some(true),
            id: Some("a-0123456789abcdefg".to_owned()),
            role_arn: Some("arn:aws:iam::111122223333:role/api".to_owned()),
            target_role_arn: None,
            has_session_tags: true,
            owner_arn: None,
            created_at: Some(time("2026-11-02T10:00:00Z")),
            modified_at: Some(time("2026-11-03T11:30:00Z")),
        },
        containers: Vec::new(),
        verdict: VerdictWord::Healthy,
        exit_code: ExitCode::HEALTHY,
        summary: "no fault found".to_owned(),
        is_proven: true,
        active: Vec::new(),
        causes: Vec::new(),
        timeline: timeline(),
        checks: checks.collect(),
        not_checked: Vec::new(),
        missing_permissions: Vec::new(),
        side_effects: Vec::new(),
        requests: Requests { kubernetes: 11, aws: 5 },
        target_gap: None,
    }
}

/// The few moments of a healthy pod.
fn timeline() -> Vec<Moment> {
    let moment = |text: &str, milestone, object: &str, source, field| Moment {
        time: time(text),
        milestone,
        object: object.to_owned(),
        source,
        field,
    };
    let created = "metadata.creationTimestamp";
    let association = "a-0123456789abcdefg";
    vec![
        moment("2023-09-01T08:00:00Z", Milestone::RoleCreated, "api", Source::Role, "CreateDate"),
        moment("2026-11-02T10:00:00Z", Milestone::AssociationCreated, association, Source::Association, "createdAt"),
        moment("2026-11-20T13:00:00Z", Milestone::PodCreated, "api-7c9f", Source::Pod, created),
        moment("2026-11-20T13:00:05Z", Milestone::ContainerStarted, "app", Source::Pod, "state.running.startedAt"),
    ]
}

/// Five minutes between the pod and its association.
pub fn interval() -> Interval {
    let mut to = timeline()[1].clone();
    to.time = time("2026-11-20T13:05:00Z");
    Interval { from: timeline()[2].clone(), to }
}

/// Changes one check of a report.
pub fn with(report: &mut Report, code: u16, change: impl FnOnce(&mut CheckReport)) {
    let check = report.checks.iter_mut().find(|one| one.check.code == Code(code)).expect("a registered check");
    change(check);
}

pub fn finding(severity: Severity, message: &str) -> ReportFinding {
    ReportFinding {
        severity,
        container: None,
        message: message.to_owned(),
        suspected: false,
        found: None,
        expected: None,
        observed: Vec::new(),
        remediation: Vec::new(),
    }
}

pub fn fix(does: &str, command: Option<&str>, changes: &str) -> ReportRemediation {
    let part = if does.starts_with("or ") { Part::Or } else { Part::Step };
    let does = does.trim_start_matches("or ");
    ReportRemediation { part, does: does.to_owned(), command: command.map(str::to_owned), changes: changes.to_owned() }
}

pub fn seen(source: Source, field: &str, value: &str) -> Observation {
    Observation { source, field: field.to_owned(), value: value.to_owned() }
}

/// Lets a check fail and stand among the causes.
pub fn fail(report: &mut Report, code: u16, findings: Vec<ReportFinding>, explains: &[u16]) {
    let severity = findings.iter().map(|one| one.severity).max().expect("a finding");
    let remediation = findings.iter().flat_map(|one| one.remediation.clone()).collect();
    report.causes.push(Cause {
        check: registry::by_code(Code(code)).expect("a registered check"),
        severity,
        suspected: findings.iter().all(|one| one.suspected),
        summary: findings[0].message.clone(),
        explains: explains.iter().copied().map(Code).collect(),
        interval: None,
        unverified: Vec::new(),
        remediation,
    });
    with(report, code, |check| {
        (check.status, check.severity, check.findings) = (Status::Failed, severity, findings);
    });
}

pub fn skip(report: &mut Report, codes: &[u16], because: u16) {
    for code in codes {
        with(report, *code, |check| {
            check.status = Status::Skipped;
            check.because = Some(Code(because));
            check.reason = Some(format!("it waits for {}", Code(because)));
        });
    }
}

pub fn unknown(report: &mut Report, codes: &[u16], gap: &Gap, permission: Option<&str>) {
    for code in codes {
        with(report, *code, |check| {
            check.status = Status::Unknown;
            check.gap = Some(gap.clone());
            check.permission = permission.map(str::to_owned);
        });
        report.not_checked.push(Code(*code));
    }
    if let Some(permission) = permission {
        report.missing_permissions.push(MissingPermission {
            system: gap.source.system(),
            permission: permission.to_owned(),
            settles: codes.iter().copied().map(Code).collect(),
        });
    }
}

pub fn judged(mut report: Report, verdict: VerdictWord, exit_code: ExitCode) -> Report {
    report.verdict = verdict;
    report.exit_code = exit_code;
    report.summary = summary::headline(
        verdict,
        &report.causes,
        &report.checks,
        report.target_gap.as_ref(),
        &summary::Concerns::default(),
    );
    report
}
