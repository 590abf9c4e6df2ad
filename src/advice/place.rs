//! The cluster and the region as a command names them.

use crate::evidence::Evidence;
use crate::findings::remediation::shell;

/// Stands in a command where a real name is not known; it fails loudly when pasted.
const UNKNOWN_CLUSTER: &str = "CLUSTER";

/// The name of the EKS cluster for a command.
pub fn cluster_name(evidence: &Evidence) -> &str {
    evidence.cluster_name().unwrap_or(UNKNOWN_CLUSTER)
}

/// The `--region …` that a command needs to mean the same cluster anywhere; empty where the region is not known.
pub fn region_option(evidence: &Evidence) -> String {
    let region = evidence.context.region.as_ref().map(|region| region.value.as_str());
    region.map(|region| format!(" --region {}", shell(region))).unwrap_or_default()
}
