//! Asking for dry-runs of new pods: not a fix, but what tells whether a restart is one.

use crate::evidence::Evidence;
use crate::findings::remediation::{Remediation, shell};
use crate::target::TargetKind;

/// Asks whether a pod that is created now would get its variables.
pub fn ask(evidence: &Evidence) -> Remediation {
    let target = &evidence.target;
    let name = match target.kind {
        TargetKind::Pod => shell(&target.name),
        kind => format!("{}/{}", kind.resource(), shell(&target.name)),
    };
    Remediation::kubectl(
        "ask whether a pod that is created now would get the variables",
        format!("kubectl podid doctor {name} -n {} --canary", shell(&target.namespace)),
        "nothing: they are dry-runs, of which nothing is kept",
    )
}
