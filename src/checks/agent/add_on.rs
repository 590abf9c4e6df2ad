//! Asks whether EKS itself reports a problem with the agent add-on.
//!
//! It is separate from what the node shows, because it tells about the other nodes and about the next update.

use crate::advice::words;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Strikes, Verdict};
use crate::evidence::aws::cluster::HealthIssue;
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{AddOn, Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(660),
    name: "agent/add-on",
    area: &super::AREA,
    title: "EKS reports the agent add-on healthy",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::AddOn, Source::AgentPods, Source::Pod, Source::Node],
    explained_by: &[&[
        &super::installed::CHECK,
        &super::running_on_node::CHECK,
        &super::ready::CHECK,
        &super::arguments::CHECK,
        &super::address_family::CHECK,
    ]],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Answer,
    tells: &[39, 40, 41],
    symptoms: &[
        "InsufficientNumberOfReplicas",
        "Addon Update Failed",
        "ConfigurationConflict",
        "AdmissionRequestDenied",
    ],
    docs: r"## What it checks
Status and health issues that EKS gives for the add-on `eks-pod-identity-agent`. An add-on that is
being created or updated is well. Not an add-on (Helm, Auto Mode): not applicable.

## Why it matters
A degraded add-on means that agents on some nodes are not well, or that the next update will not
come through. While the agent on this pod's node is ready it is a note.

## How to fix
Each issue code has its own remedy; the finding names it.

## References
- Amazon EKS API reference, AddonIssue and Addon
- aws/eks-pod-identity-agent, issues 16 and 153
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(add_on) = evidence.add_on.get()? else {
        return Ok(Verdict::not_applicable("the agent is not installed as an EKS add-on"));
    };
    let on_node = evidence.node_name().is_some();
    if on_node && evidence.compute() == Ok(Compute::Auto) {
        return Ok(Verdict::not_applicable("the agent is built into Auto Mode nodes"));
    }
    let Some(status) = add_on.status.as_deref() else {
        return Err(Gap::new(Source::AddOn, GapReason::Insufficient, "the answer has no status"));
    };
    let issues = add_on.health.as_ref().map_or(&[][..], |health| &health.issues);
    let well = matches!(status, "ACTIVE" | "UPDATING" | "CREATING");
    if well && issues.is_empty() {
        return Ok(Verdict::Pass);
    }
    let severity = if on_node {
        evidence.compute()?;
        if evidence.agent_pods.get()?.iter().any(crate::evidence::AgentPod::is_ready) {
            Severity::Note
        } else {
            Severity::Warning
        }
    } else {
        Severity::Warning
    };
    let mut findings: Vec<Finding> =
        issues.iter().map(|issue| about_issue(evidence, severity, add_on, status, issue)).collect();
    if findings.is_empty() {
        findings.push(about_status(severity, add_on, status).fix(words::agent_error::look(evidence)));
    }
    Ok(Verdict::from_findings(findings))
}

fn about_status(severity: Severity, add_on: &AddOn, status: &str) -> Finding {
    let finding = Finding::new(severity, format!("EKS reports the agent add-on as {status}"))
        .observed(Source::AddOn, "status", status)
        .found(status)
        .expected("ACTIVE");
    add_on
        .addon_version
        .iter()
        .fold(finding, |finding, version| finding.observed(Source::AddOn, "addonVersion", version))
}

fn about_issue(evidence: &Evidence, severity: Severity, add_on: &AddOn, status: &str, issue: &HealthIssue) -> Finding {
    let mut finding = about_status(severity, add_on, status).observed(Source::AddOn, "health.issues.code", &issue.code);
    if let Some(message) = &issue.message {
        finding = finding.observed(Source::AddOn, "health.issues.message", message);
    }
    if !issue.resource_ids.is_empty() {
        finding = finding.observed(Source::AddOn, "health.issues.resourceIds", issue.resource_ids.join(", "));
    }
    finding.message =
        format!("EKS reports a problem with the agent add-on: {}", words::agent_error::issue_phrase(&issue.code));
    finding.found = Some(format!("{status} with {}", issue.code));
    finding.fixes(words::agent_error::issue_remedies(evidence, &issue.code))
}
