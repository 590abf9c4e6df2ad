//! A report, and what `check-trust` found, as documents of `podid/v1`.

use crate::checks::Code;
use crate::evidence::Gap;
use crate::evidence::source::System;
use crate::findings::{Observation, Part};
use crate::reasoning::credential_chain::{CredentialChain, Outcome, SeenSource, SeenState, Winner};
use crate::reasoning::iam::place::line_and_column;
use crate::render::json::v1;
use crate::render::json::v1::diagnosis;
use crate::report::{
    ActionAnswer, AskedOfTrust, Cause, CheckReport, ContainerReport, Interval, MissingInput, MissingPermission, Moment,
    Report, ReportAssociation, ReportCluster, ReportContainer, ReportFinding, ReportList, ReportRemediation,
    ReportTarget, Sample, Status, TrustClause, TrustReport, Unverified,
};

impl v1::Diagnosis {
    /// Writes a report down.
    pub fn new(report: &Report, tool_version: &str) -> Self {
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "Diagnosis".to_owned(),
            tool: tool(tool_version, Some(&report.tool_version)),
            collected_at: report.collected_at.to_string(),
            duration_ms: report.duration_ms,
            target: target(&report.target),
            cluster: cluster(&report.cluster),
            mode: report.mode.to_owned(),
            association: association(&report.association),
            containers: report.containers.iter().map(pod_container).collect(),
            verdict: report.verdict.word().to_owned(),
            exit_code: report.exit_code.0,
            summary: report.summary.clone(),
            target_gap: report.target_gap.as_ref().map(|gap| self::gap(gap, target_permission(report))),
            causes: report.causes.iter().map(cause).collect(),
            timeline: report.timeline.iter().map(moment).collect(),
            checks: report.checks.iter().map(|check| self::check(check, &report.target)).collect(),
            not_checked: codes(&report.not_checked),
            missing_permissions: report.missing_permissions.iter().map(missing_permission).collect(),
            active: report.active.clone(),
            side_effects: report.side_effects.clone(),
            requests: v1::Requests { kubernetes: report.requests.kubernetes, aws: report.requests.aws },
        }
    }
}

impl v1::DiagnosisList {
    /// Writes several reports down.
    pub fn new(list: &ReportList, tool_version: &str) -> Self {
        let mut versions = list.items.iter().map(|item| item.tool_version.as_str());
        let first = versions.next();
        let collected_by = first.filter(|first| versions.all(|version| version == *first));
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "DiagnosisList".to_owned(),
            tool: tool(tool_version, collected_by),
            verdict: list.verdict.word().to_owned(),
            exit_code: list.exit_code.0,
            samples: list.samples.iter().map(sample).collect(),
            items: list.items.iter().map(|item| v1::Diagnosis::new(item, tool_version)).collect(),
        }
    }
}

/// Which tool, and which version collected the evidence.
pub fn tool(version: &str, collected_by: Option<&str>) -> v1::Tool {
    v1::Tool {
        name: "kubectl-podid".to_owned(),
        version: version.to_owned(),
        collected_by: collected_by.filter(|version| !version.is_empty()).map(str::to_owned),
    }
}

fn sample(sample: &Sample) -> v1::Sample {
    let Sample { asked, namespace, judged, total, is_sample, left_out } = sample.clone();
    v1::Sample { asked, namespace, judged, total, is_sample, left_out }
}

pub(super) fn target(target: &ReportTarget) -> v1::Target {
    v1::Target {
        kind: target.target.kind.kind().to_owned(),
        namespace: target.target.namespace.clone(),
        name: target.target.name.clone(),
        uid: target.uid.clone(),
        service_account: target.service_account.clone(),
        node: target.node.clone(),
        owner: target.owner.clone().map(|(kind, name)| v1::Owner { kind, name }),
        from_template: target.from_template,
    }
}

fn cluster(cluster: &ReportCluster) -> v1::Cluster {
    v1::Cluster {
        context: cluster.context.clone(),
        name: cluster.name.as_ref().map(|name| name.value.clone()),
        name_source: cluster.name.as_ref().map(|name| name.source.clone()),
        arn: cluster.arn.clone(),
        region: cluster.region.clone(),
        account: cluster.account.clone(),
        version: cluster.version.clone(),
        platform_version: cluster.platform_version.clone(),
    }
}

fn association(association: &ReportAssociation) -> v1::Association {
    let state = match association.exists {
        Some(true) => "present",
        Some(false) => "absent",
        None => "unknown",
    };
    v1::Association {
        state: state.to_owned(),
        id: association.id.clone(),
        role_arn: association.role_arn.clone(),
        target_role_arn: association.target_role_arn.clone(),
        owner_arn: association.owner_arn.clone(),
        created_at: association.created_at.map(|time| time.to_string()),
        modified_at: association.modified_at.map(|time| time.to_string()),
    }
}

fn cause(cause: &Cause) -> v1::Cause {
    v1::Cause {
        code: cause.check.code.to_string(),
        name: cause.check.name.to_owned(),
        severity: cause.severity.word().to_owned(),
        confidence: if cause.suspected { "suspected" } else { "confirmed" }.to_owned(),
        summary: cause.summary.clone(),
        explains: codes(&cause.explains),
        interval: cause.interval.as_ref().map(interval),
        unverified: cause.unverified.iter().map(unverified).collect(),
        remediation: cause.remediation.iter().map(remediation).collect(),
    }
}

fn moment(moment: &Moment) -> v1::Moment {
    v1::Moment {
        time: moment.time.to_string(),
        event: moment.milestone.word().to_owned(),
        object: moment.object.clone(),
        source: moment.source.name().to_owned(),
        field: moment.field.to_owned(),
    }
}

fn interval(interval: &Interval) -> v1::Interval {
    v1::Interval {
        from: interval.from.milestone.word().to_owned(),
        to: interval.to.milestone.word().to_owned(),
        seconds: interval.length().as_secs(),
    }
}

fn unverified(unverified: &Unverified) -> v1::Unverified {
    v1::Unverified {
        code: unverified.code.to_string(),
        permission: unverified.permission.clone(),
        gap: gap(&unverified.gap, unverified.permission.as_deref()),
    }
}

/// Writes a remedy down.
pub fn remediation(remediation: &ReportRemediation) -> v1::Remediation {
    let ReportRemediation { part, does, command, changes } = remediation.clone();
    let does = if part == Part::Or { format!("or {does}") } else { does };
    v1::Remediation { does, command, changes }
}

fn check(check: &CheckReport, target: &ReportTarget) -> v1::Check {
    let settled = matches!(check.status, Status::Passed | Status::Failed);
    let basis = if check.observed.is_some() { "observed" } else { "configured" };
    v1::Check {
        code: check.check.code.to_string(),
        name: check.check.name.to_owned(),
        area: check.check.area.name.to_owned(),
        title: check.check.title.to_owned(),
        severity: check.severity.word().to_owned(),
        decisive: check.check.decisive,
        status: check.status.word().to_owned(),
        basis: settled.then(|| basis.to_owned()),
        proof: check.observed.clone(),
        excused: check.excused.as_ref().map(|excuse| excuse.words.clone()),
        because: check.because.map(|code| code.to_string()),
        reason: check.reason.clone(),
        gap: check.gap.as_ref().map(|gap| self::gap(gap, check.permission.as_deref())),
        containers: check.containers.as_ref().map(|list| list.iter().map(|one| container(one, check)).collect()),
        findings: check.findings.iter().map(|finding| self::finding(finding, target)).collect(),
        docs: format!("explain {}", check.check.code),
    }
}

fn container(container: &ContainerReport, check: &CheckReport) -> v1::Container {
    // The report has one permission for each check; it is this container's where the container has the check's gap.
    let permission = |gap: &Gap| check.permission.as_deref().filter(|_| check.gap.as_ref() == Some(gap));
    v1::Container {
        name: container.name.clone(),
        status: container.status.word().to_owned(),
        because: container.because.map(|code| code.to_string()),
        reason: container.reason.clone(),
        gap: container.gap.as_ref().map(|gap| self::gap(gap, permission(gap))),
    }
}

fn finding(finding: &ReportFinding, target: &ReportTarget) -> v1::Finding {
    v1::Finding {
        severity: finding.severity.word().to_owned(),
        subject: v1::Subject {
            kind: target.target.kind.kind().to_owned(),
            namespace: target.target.namespace.clone(),
            name: target.target.name.clone(),
            container: finding.container.clone(),
        },
        message: finding.message.clone(),
        suspected: finding.suspected,
        found: finding.found.clone(),
        expected: finding.expected.clone(),
        observed: finding.observed.iter().map(observation).collect(),
        remediation: finding.remediation.iter().map(remediation).collect(),
    }
}

fn observation(observation: &Observation) -> v1::Observation {
    let Observation { source, field, value } = observation.clone();
    v1::Observation { source: source.name().to_owned(), field, value }
}

pub(super) fn gap(gap: &Gap, permission: Option<&str>) -> v1::Gap {
    v1::Gap {
        source: gap.source.name().to_owned(),
        reason: gap.reason.word().to_owned(),
        detail: gap.detail.clone(),
        permission: permission.map(str::to_owned),
    }
}

/// Every check is unknown for the reason of the target then, so any of them knows the permission.
fn target_permission(report: &Report) -> Option<&str> {
    report.checks.iter().find(|check| check.gap == report.target_gap).and_then(|check| check.permission.as_deref())
}

fn missing_permission(missing: &MissingPermission) -> v1::MissingPermission {
    let system = match missing.system {
        System::Kubernetes => "kubernetes",
        System::Aws => "aws",
    };
    v1::MissingPermission {
        system: system.to_owned(),
        permission: missing.permission.clone(),
        settles: codes(&missing.settles),
    }
}

fn codes(codes: &[Code]) -> Vec<String> {
    codes.iter().map(Code::to_string).collect()
}

/// Writes a container down.
fn pod_container(container: &ReportContainer) -> diagnosis::PodContainer {
    diagnosis::PodContainer {
        name: container.name.clone(),
        kind: container.kind.word().to_owned(),
        credential_chain: container.credential_chain.as_ref().map(chain),
    }
}

fn chain(chain: &CredentialChain) -> diagnosis::CredentialChain {
    diagnosis::CredentialChain {
        sources: chain.sources.iter().map(source).collect(),
        winners: chain.winners.iter().map(winner).collect(),
    }
}

fn source(seen: &SeenSource) -> diagnosis::CredentialSource {
    diagnosis::CredentialSource {
        source: seen.source.word().to_owned(),
        state: seen.state.word().to_owned(),
        seen: seen.seen.clone(),
        gap: match &seen.state {
            SeenState::Unknown(unknown) => Some(gap(unknown, None)),
            _ => None,
        },
    }
}

fn winner(winner: &Winner) -> diagnosis::CredentialWinner {
    let mut written = diagnosis::CredentialWinner {
        sdk: winner.sdk.word().to_owned(),
        outcome: "unknown".to_owned(),
        source: None,
        token: None,
        reason: None,
        if_refused: winner.if_refused.as_ref().map(|next| after(next).to_owned()),
        measured: winner.measured.clone(),
        gap: None,
    };
    match &winner.outcome {
        Err(unknown) => written.gap = Some(gap(unknown, None)),
        Ok(Outcome::Takes { source, token }) => {
            "takes".clone_into(&mut written.outcome);
            written.source = Some(source.word().to_owned());
            written.token = token.map(|token| token.word().to_owned());
        }
        Ok(Outcome::Stops(reason)) => {
            "stops".clone_into(&mut written.outcome);
            written.reason = Some(reason.clone());
        }
        Ok(Outcome::Nothing) => "nothing".clone_into(&mut written.outcome),
    }
    written
}

fn after(next: &Outcome) -> &'static str {
    match next {
        Outcome::Takes { source, .. } => source.word(),
        Outcome::Stops(_) => "stops",
        Outcome::Nothing => "nothing",
    }
}

impl v1::TrustCheck {
    /// Writes a report down.
    pub fn new(report: &TrustReport, tool_version: &str) -> Self {
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "TrustCheck".to_owned(),
            tool: super::convert::tool(tool_version, None),
            file: report.source.name.clone(),
            role_name: report.role_name.clone(),
            decision: report.decision.word().to_owned(),
            exit_code: report.decision.exit_code().0,
            summary: report.summary.clone(),
            request: request(&report.request),
            actions: report.actions.iter().map(action).collect(),
            clauses: report.clauses.iter().map(|one| clause(report, one)).collect(),
            missing_inputs: report.missing.iter().map(missing).collect(),
            notes: report.notes.clone(),
            remediation: report.remediation.iter().map(super::convert::remediation).collect(),
        }
    }
}

fn request(asked: &AskedOfTrust) -> v1::TrustRequest {
    let AskedOfTrust { principal, namespace, service_account, pod_name, pod_uid, .. } = asked.clone();
    let AskedOfTrust { cluster_arn, cluster_name, region, session_tags, external_id, .. } = asked.clone();
    v1::TrustRequest {
        principal,
        namespace,
        service_account,
        pod_name,
        pod_uid,
        cluster_arn,
        cluster_name,
        region,
        session_tags,
        external_id,
    }
}

fn action(answer: &ActionAnswer) -> v1::TrustAction {
    v1::TrustAction {
        action: answer.action.to_owned(),
        decision: answer.decision.word().to_owned(),
        explicit_deny: answer.is_explicit,
    }
}

fn clause(report: &TrustReport, clause: &TrustClause) -> v1::TrustClause {
    let span = clause.span.as_ref().filter(|_| report.source.is_own);
    let place = span.map(|span| line_and_column(&report.source.text, span.start));
    v1::TrustClause {
        place: clause.place.clone(),
        line: place.map(|(line, _)| line),
        column: place.map(|(_, column)| column),
        sid: clause.sid.clone(),
        actions: clause.actions.iter().map(|action| (*action).to_owned()).collect(),
        part: clause.part.word().to_owned(),
        says: clause.says.clone(),
        operator: clause.operator.clone(),
        key: clause.key.clone(),
        wanted: clause.wanted.clone(),
        found: clause.found.clone(),
    }
}

fn missing(input: &MissingInput) -> v1::MissingInput {
    v1::MissingInput { flag: input.flag.to_owned(), key: input.key.clone() }
}
