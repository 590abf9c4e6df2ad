//! Names what the probe on each node came to by the checks of the doctor.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::nodes::evidence_of;
use crate::checks::{Check, Evaluate, Verdict, probe};
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::pod::{ContainerKind, ContainerSpec};
use crate::evidence::{
    Evidence, Gap, GapReason, Metadata, Node, NodeInventory, NodeProbe, NodeProbes, Pod, ProbePlace, ProbeReport,
    Probed, Reading, Source,
};
use crate::findings::Severity;
use crate::findings::remediation::{Command, Remediation};
use crate::report::ReportRemediation;
use crate::report::nodes::{NodeFinding, NodeRow, ProbeOutcome, ProbeSum, RowProbe};
use crate::target::{Target, TargetKind};

/// The checks that are asked of each pod.
const ASKED: &[&Check] = &[
    &probe::token::CHECK,
    &probe::agent_reachable::CHECK,
    &probe::agent_answers::CHECK,
    &probe::caller_identity::CHECK,
];

/// What the probe on a node came to; `None` where none was to run there.
pub(super) fn row(inventory: &NodeInventory, node: &Node) -> Option<RowProbe> {
    let probes = inventory.probes.as_ref()?;
    let probe = probes.nodes.known()?.get(&node.metadata.name)?;
    Some(of_node(inventory, node, probe))
}

/// What all nodes came to.
pub(super) fn sum(probes: &NodeProbes, rows: &[NodeRow]) -> ProbeSum {
    let mut outcomes: BTreeMap<ProbeOutcome, usize> = BTreeMap::new();
    let (mut roles, mut unknown) = (BTreeMap::<&str, usize>::new(), BTreeMap::<&str, Vec<String>>::new());
    for (row, probe) in rows.iter().filter_map(|row| Some((row, row.probe.as_ref()?))) {
        *outcomes.entry(probe.outcome).or_default() += 1;
        if let Some(role) = &probe.role {
            *roles.entry(role).or_default() += 1;
        }
        if let Some(gap) = &probe.gap {
            unknown.entry(&gap.detail).or_default().push(row.name.clone());
        }
    }
    let mut roles: Vec<(String, usize)> = roles.into_iter().map(|(role, number)| (role.to_owned(), number)).collect();
    roles.sort_by_key(|(_, number)| Reverse(*number));
    let mut unknown: Vec<(String, Vec<String>)> =
        unknown.into_iter().map(|(reason, nodes)| (reason.to_owned(), nodes)).collect();
    unknown.sort_by_key(|(_, nodes)| Reverse(nodes.len()));
    ProbeSum {
        namespace: probes.namespace.clone(),
        service_account: probes.service_account.clone(),
        gap: probes.nodes.gap().cloned(),
        outcomes: outcomes.into_iter().collect(),
        roles,
        unknown,
        side_effects: probes.side_effects.clone(),
    }
}

fn of_node(inventory: &NodeInventory, node: &Node, probe: &NodeProbe) -> RowProbe {
    let nothing = RowProbe { outcome: ProbeOutcome::Unknown, role: None, finding: None, gap: None };
    let (report, pod) = match (&probe.seen, &probe.pod) {
        (Reading::Known(report), Some(pod)) => (report, pod),
        (seen, _) => return RowProbe { gap: seen.gap().cloned(), ..nothing },
    };
    if !pod.containers().any(|container| container.is_injected()) {
        return RowProbe { outcome: ProbeOutcome::NotInjected, ..nothing };
    }
    let (severity, finding) = gravest(inventory, node, pod, report).unzip();
    let known = |outcome| RowProbe { outcome, role: role(report), finding: finding.clone(), gap: None };
    match severity {
        Some(Severity::Error) => RowProbe { role: None, ..known(ProbeOutcome::Fails) },
        _ if report.has_credentials() => known(ProbeOutcome::Works),
        _ => {
            let why = "the probe did not come so far as to ask the agent";
            RowProbe {
                gap: Some(Gap::new(Source::Probe, GapReason::Insufficient, why)),
                ..known(ProbeOutcome::Unknown)
            }
        }
    }
}

/// The name of the role whose credentials the pod got.
fn role(report: &ProbeReport) -> Option<String> {
    let arn = report.identity.as_ref()?.arn.as_ref()?;
    Some(Arn::parse(arn.as_str())?.role_name()?.to_owned())
}

/// The gravest of what the checks find wrong with what a pod saw.
///
/// Each is asked by itself: one that only warns must not keep the next from being asked.
fn gravest(inventory: &NodeInventory, node: &Node, pod: &Pod, report: &ProbeReport) -> Option<(Severity, NodeFinding)> {
    let evidence = evidence(inventory, node, pod, report);
    let container = pod.containers().find(|container| container.kind == ContainerKind::Main)?;
    let of = |check: &&Check| {
        let Evaluate::Container(evaluate) = check.evaluate else { return None };
        // What it cannot say without an association, it does not say.
        let Ok(Verdict::Fail(findings)) = evaluate(&evidence, container) else { return None };
        let finding = findings.as_slice().first()?;
        let found = finding.found.as_ref().map(|found| format!(": {found}")).unwrap_or_default();
        let message = format!("{}{found}", finding.message);
        let remediation = finding.remediation.iter().filter(|remedy| remedy.command == Command::None).map(in_words);
        Some((finding.severity, NodeFinding { code: check.code, message, remediation: remediation.collect() }))
    };
    let mut all: Vec<(Severity, NodeFinding)> = ASKED.iter().filter_map(of).collect();
    // Of those that are as grave as others the first is the cause.
    all.sort_by_key(|(severity, _)| Reverse(*severity));
    all.into_iter().next()
}

fn in_words(remedy: &Remediation) -> ReportRemediation {
    let Remediation { part, does, .. } = remedy;
    ReportRemediation { part: *part, does: does.clone(), command: None, changes: String::new() }
}

/// The pod as the doctor sees it: with what was seen from it, and its node.
fn evidence(inventory: &NodeInventory, node: &Node, pod: &Pod, report: &ProbeReport) -> Evidence {
    let Metadata { namespace, name, .. } = pod.metadata.clone();
    let target = Target { kind: TargetKind::Pod, namespace, name, is_selected: true, is_written: false };
    let mut evidence = evidence_of(inventory, target, node, pod.clone());
    let probed = Probed { place: ProbePlace::Container, report: report.clone() };
    let of_container = |container: &ContainerSpec| (container.name.clone(), Reading::Known(probed.clone()));
    evidence.probe = Reading::Known(pod.spec.containers.iter().take(1).map(of_container).collect());
    evidence
}
