//! Which permissions would settle what stayed unknown.

use crate::evidence::{Evidence, Gap, GapReason, Source};
use crate::report::{CheckReport, MissingPermission};

/// The permission that would settle a gap; `None` where no permission would.
pub fn permission(gap: &Gap, evidence: &Evidence) -> Option<String> {
    denied_source(gap, evidence).and_then(|source| text(source, evidence))
}

/// Collects the permissions over all unknown checks, in the order in which they are first needed.
pub fn permissions(checks: &[CheckReport], evidence: &Evidence) -> Vec<MissingPermission> {
    let mut missing: Vec<MissingPermission> = Vec::new();
    for check in checks {
        let containers = check.containers.iter().flatten().filter_map(|container| container.gap.as_ref());
        for gap in check.gap.iter().chain(containers) {
            let Some(source) = denied_source(gap, evidence) else { continue };
            let Some(permission) = text(source, evidence) else { continue };
            let code = check.check.code;
            match missing.iter_mut().find(|one| one.permission == permission) {
                Some(one) if one.settles.contains(&code) => {}
                Some(one) => one.settles.push(code),
                None => missing.push(MissingPermission { system: source.system(), permission, settles: vec![code] }),
            }
        }
    }
    missing
}

/// The source whose refusal is behind a gap: its own, or the first in the chain that was not answered.
fn denied_source(gap: &Gap, evidence: &Evidence) -> Option<Source> {
    match &gap.reason {
        GapReason::Denied => Some(gap.source),
        GapReason::Blocked { by } => {
            evidence.source_gap(*by).filter(|first| first.reason == GapReason::Denied).map(|first| first.source)
        }
        _ => None,
    }
}

fn text(source: Source, evidence: &Evidence) -> Option<String> {
    source.permission_text(&evidence.target.namespace, evidence.agent_namespace())
}
