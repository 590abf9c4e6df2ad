//! Names what the probe on each node came to by the checks of the doctor.

use std::collections::BTreeMap;

use super::nodes::in_words;
use crate::checks::{Check, probe};
use crate::diagnose::{Options, Selection, diagnose};
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::pod::ContainerSpec;
use crate::evidence::{
    Evidence, Gap, Metadata, Node, NodeInventory, NodeProbe, NodeProbes, Pod, ProbePlace, ProbeReport, Probed, Reading,
};
use crate::report::nodes::{NodeFinding, NodeRow, ProbeOutcome, ProbeSum, RowProbe};
use crate::report::{CheckReport, Status};
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
    for probe in rows.iter().filter_map(|row| row.probe.as_ref()) {
        *outcomes.entry(probe.outcome).or_default() += 1;
    }
    ProbeSum {
        namespace: probes.namespace.clone(),
        service_account: probes.service_account.clone(),
        gap: probes.nodes.gap().cloned(),
        outcomes: outcomes.into_iter().collect(),
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
    let finding = finding(inventory, node, pod, report);
    let outcome = match report.has_credentials() {
        true => ProbeOutcome::Works,
        false if finding.is_some() => ProbeOutcome::Fails,
        false => ProbeOutcome::Unknown,
    };
    RowProbe { outcome, role: role(report), finding, gap: None }
}

/// The name of the role whose credentials the pod got.
fn role(report: &ProbeReport) -> Option<String> {
    let arn = report.identity.as_ref()?.arn.as_ref()?;
    Some(Arn::parse(arn.as_str())?.role_name()?.to_owned())
}

/// What the doctor finds wrong with what a pod saw.
fn finding(inventory: &NodeInventory, node: &Node, pod: &Pod, report: &ProbeReport) -> Option<NodeFinding> {
    let report = diagnose(&evidence(inventory, node, pod, report), &options());
    let failed = |check: &&CheckReport| check.status == Status::Failed;
    ASKED
        .iter()
        .filter_map(|check| report.checks.iter().find(|one| one.check.code == check.code))
        .find(failed)
        .and_then(|found| {
            let finding = found.findings.first()?;
            Some(NodeFinding {
                code: found.check.code,
                message: finding.message.clone(),
                remediation: in_words(&finding.remediation),
            })
        })
}

fn options() -> Options {
    let codes: Vec<String> = ASKED.iter().map(|check| check.code.to_string()).collect();
    // Codes of checks that there are name each a check.
    let selection = Selection::new(&codes, &[]).unwrap_or_default();
    Options { selection, ..Options::default() }
}

/// The pod as the doctor sees it: with what was seen from it, and its node.
fn evidence(inventory: &NodeInventory, node: &Node, pod: &Pod, report: &ProbeReport) -> Evidence {
    let Metadata { namespace, name, .. } = pod.metadata.clone();
    let target = Target { kind: TargetKind::Pod, namespace, name, is_selected: true, is_written: false };
    let unread = |source| Gap::not_requested(source, "it is not read where nodes are listed");
    let mut evidence = Evidence::unread(target, inventory.context.clone(), inventory.collected_at, unread);
    let probed = Probed { place: ProbePlace::Container, report: report.clone() };
    let of_container = |container: &ContainerSpec| (container.name.clone(), Reading::Known(probed.clone()));
    evidence.probe = Reading::Known(pod.spec.containers.iter().take(1).map(of_container).collect());
    evidence.pod = Reading::Known(Some(pod.clone()));
    evidence.node = Reading::Known(Some(node.clone()));
    evidence
}
