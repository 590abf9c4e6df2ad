//! What is said where little was read: the permissions that are missing, and the likeliest cause.

use super::outcome::Outcome;
use crate::checks::{Check, Scope};
use crate::evidence::reading::GapKind;
use crate::evidence::source::System;
use crate::evidence::{Cluster, Evidence, Gap, GapReason, Reading, Source};
use crate::findings::remediation::Command;
use crate::findings::{Findings, Observation, Remediation};
use crate::report::{CheckReport, MissingPermission};
use crate::target::TargetKind;

/// Makes a suspicion of a failure that rests on a guessed cluster, unless it is proven to be the one kubectl talks to; while
/// the cluster is not known to be the one, no command that writes to a cluster is left.
///
/// Of what is only written in a manifest none is left that changes what the cluster has under its name: that may work as it is.
pub fn mark_suspected(check: &Check, outcome: Outcome, evidence: &Evidence) -> Outcome {
    match doubted(check, outcome, evidence) {
        Outcome::Failed(findings, basis) if evidence.target.is_written => {
            Outcome::Failed(in_the_manifests(findings), basis)
        }
        outcome => outcome,
    }
}

/// Leaves what is done in the words of a remedy, which then is done in the manifests.
fn in_the_manifests(findings: Findings) -> Findings {
    let in_words = |remedy: Remediation| match remedy.command {
        Command::Kubectl(_) => Remediation { command: Command::None, ..remedy },
        _ => remedy,
    };
    findings.replacing_remedies(|remedies| remedies.into_iter().map(in_words).collect())
}

fn doubted(check: &Check, outcome: Outcome, evidence: &Evidence) -> Outcome {
    let Outcome::Failed(findings, basis) = outcome else { return outcome };
    let guess = evidence.context.guess().filter(|_| evidence.rests_on_a_guess(check.reads));
    let is_other = evidence.is_this_cluster(Source::Cluster).is_err();
    let findings = if guess.is_some() || is_other { without_writes(findings) } else { findings };
    let doubt = match guess {
        Some(guess) => {
            Some((Source::Cluster, "name", format!("only guessed {guess}; --eks-cluster and --region say it")))
        }
        None if may_be_built_in(check, evidence) => {
            let words = "not known; an Auto Mode node has an agent of its own, whatever its agent pods do";
            Some((Source::Node, "kind of node", words.to_owned()))
        }
        None => None,
    };
    let findings = match doubt {
        Some((source, field, value)) => {
            findings.suspected().observed(&Observation { source, field: field.to_owned(), value })
        }
        None => findings,
    };
    Outcome::Failed(findings, basis)
}

/// Whether a check judges agent pods on a node that could not be read and may be of Auto Mode: there they serve nobody.
fn may_be_built_in(check: &Check, evidence: &Evidence) -> bool {
    let judges_pods = check.area.scope == Scope::Node && check.reads.contains(&Source::AgentPods);
    let known = evidence.cluster.known();
    let is_known_without = known.is_some_and(|cluster| !cluster.as_ref().is_some_and(Cluster::has_auto_mode));
    judges_pods && evidence.compute().is_err() && evidence.node.gap().is_some() && !is_known_without
}

/// Puts the question which cluster it is in the place of commands that write to one.
fn without_writes(findings: Findings) -> Findings {
    findings.replacing_remedies(|remedies| {
        let writes = |remedy: &Remediation| remedy.command.writes_to_a_cluster();
        if !remedies.iter().any(writes) {
            return remedies;
        }
        let ask = Remediation::words(
            "name the EKS cluster with --eks-cluster, --region and --aws-profile, and repeat this command",
            "nothing; the commands that help are printed once the cluster is known",
        );
        std::iter::once(ask).chain(remedies.into_iter().filter(|remedy| !writes(remedy))).collect()
    })
}

/// The permission that would settle a gap; `None` where no permission would.
pub fn permission(gap: &Gap, evidence: &Evidence) -> Option<String> {
    wanted(gap, evidence).map(|(_, permission)| permission)
}

/// Collects the permissions over all unknown checks, in the order in which they are first needed.
pub fn permissions(checks: &[CheckReport], evidence: &Evidence) -> Vec<MissingPermission> {
    let mut missing: Vec<MissingPermission> = Vec::new();
    for check in checks {
        let containers = check.containers.iter().flatten().filter_map(|container| container.gap.as_ref());
        for gap in check.gap.iter().chain(containers) {
            let Some((system, permission)) = wanted(gap, evidence) else { continue };
            let code = check.check.code;
            match missing.iter_mut().find(|one| one.permission == permission) {
                Some(one) if one.settles.contains(&code) => {}
                Some(one) => one.settles.push(code),
                None => missing.push(MissingPermission { system, permission, settles: vec![code] }),
            }
        }
    }
    let names = unlisted_names(evidence).filter(|names| missing.iter().all(|one| one.permission != *names));
    missing.extend(names.map(|permission| MissingPermission {
        system: System::Kubernetes,
        permission,
        settles: Vec::new(),
    }));
    missing
}

/// The permission to list the names that may have been meant, where something was not found: no check rests on it.
fn unlisted_names(evidence: &Evidence) -> Option<String> {
    let denied = |names: &Reading<Vec<String>>| names.gap().is_some_and(|gap| gap.reason == GapReason::Denied);
    let Evidence { target, pod, similar_names, service_account, service_accounts, .. } = evidence;
    let is_account = target.kind == TargetKind::ServiceAccount;
    let resource = match (pod, service_account) {
        (Reading::Known(None), _) if !is_account && denied(similar_names) => target.kind.resource(),
        (_, Reading::Known(None)) if denied(service_accounts) => TargetKind::ServiceAccount.resource(),
        _ => return None,
    };
    Some(format!("list {resource}s in {}", target.namespace))
}

/// The permission whose refusal is behind a gap: that of its own source, or of the first in the chain that was not answered.
fn wanted(gap: &Gap, evidence: &Evidence) -> Option<(System, String)> {
    let first = match &gap.reason {
        GapReason::Blocked { by } => evidence.source_gap(*by)?,
        _ => gap,
    };
    // Each way into a pod needs rights of its own, and says which of them are missing.
    if let Some(GapKind::RightsMissing(rights)) = &first.kind {
        return Some((System::Kubernetes, rights.join(" and ")));
    }
    if first.reason == GapReason::Denied {
        let permission = first.source.permission_text(&evidence.target.namespace, evidence.agent_namespace())?;
        return Some((first.source.system(), permission));
    }
    // Without its name nothing was asked of the cluster, and so nothing was refused.
    let is_unnamed = first.kind == Some(GapKind::ClusterUnnamed);
    evidence.context.refused_search.clone().filter(|_| is_unnamed).map(|action| (System::Aws, action))
}
