//! The containers that a report is about, with their sources of credentials.

use crate::evidence::Evidence;
use crate::report::ReportContainer;

/// Writes down the containers; with a name, that one only.
pub fn containers(evidence: &Evidence, only: Option<&str>) -> Vec<ReportContainer> {
    let Some(pod) = evidence.pod.present() else { return Vec::new() };
    pod.containers()
        .filter(|container| only.is_none_or(|name| container.name == name))
        .map(|container| ReportContainer {
            name: container.name.clone(),
            kind: container.kind,
            credential_chain: (!pod.from_template).then(|| evidence.credential_chain(&container)),
        })
        .collect()
}
