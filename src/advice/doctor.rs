//! Runs of the doctor that go beyond reading: what none of its readings tells, one of these does.

use crate::evidence::Evidence;
use crate::findings::Remediation;
use crate::findings::remediation::shell;
use crate::target::TargetKind;

/// Asks whether a pod that is created now would get its variables.
pub fn dry_run_new_pods(evidence: &Evidence) -> Remediation {
    again(
        evidence,
        "--canary",
        "ask whether a pod that is created now would get the variables",
        "nothing: they are dry-runs, of which nothing is kept",
    )
}

/// Asks EKS Auth at once: a dry question tells whether a refusal still holds.
pub fn ask_eks_auth(evidence: &Evidence) -> Remediation {
    let changes = "changes nothing; makes a token for the pod that ends by itself";
    again(evidence, "--assume", "ask EKS Auth for this pod now", changes)
}

/// Looks from inside the container: only that tells what a program does there.
pub fn probe_the_container(evidence: &Evidence, does: &str) -> Remediation {
    let changes = "runs podid-probe in the container; where that has no shell, in a debug container that stays with the pod, or in a copy: it says which first";
    again(evidence, "--probe", does, changes)
}

fn again(evidence: &Evidence, switch: &str, does: &str, changes: &str) -> Remediation {
    let target = &evidence.target;
    let name = match target.kind {
        TargetKind::Pod => shell(&target.name),
        kind => format!("{}/{}", kind.resource(), shell(&target.name)),
    };
    Remediation::kubectl(does, format!("kubectl podid doctor {name} -n {} {switch}", shell(&target.namespace)), changes)
}
