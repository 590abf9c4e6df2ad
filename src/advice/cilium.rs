//! Remedies in Cilium's own language, where a range of addresses never means the node.

use serde_json::json;

use super::network::{apply, free_name};
use crate::evidence::Evidence;
use crate::findings::Remediation;
use crate::reasoning::network::cilium_egress::Refusal;

/// Adds a policy that allows the host for the pods that another policy selects: those are cut off already, so that nobody
/// loses anything by being selected once more. Where all pods are cut off it is for all of the namespace.
pub fn allow_host(evidence: &Evidence, like: Option<&Refusal>, port: u16) -> Remediation {
    let known = evidence.cilium_network_policies.known().map(Vec::as_slice).unwrap_or_default();
    let selector = like.map_or(json!({}), |refusal| json!(refusal.selector));
    let ports = json!([{ "ports": [{ "port": port.to_string(), "protocol": "TCP" }] }]);
    let policy = json!({
        "apiVersion": "cilium.io/v2",
        "kind": "CiliumNetworkPolicy",
        "metadata": { "name": free_name(known.iter().map(|one| &one.metadata)), "namespace": evidence.target.namespace },
        "spec": { "endpointSelector": selector, "egress": [{ "toEntities": ["host"], "toPorts": ports }] },
    });
    let whom =
        like.map_or("all pods of the namespace".to_owned(), |like| format!("the pods that {} selects", like.policy));
    apply(
        "let the pods reach the host too",
        &policy,
        format!("adds a policy for {whom}: they may reach their node on port {port}, and no pod loses anything"),
    )
}

/// Says in words what only its author can change.
pub fn take_out_of_denial(policy: &str) -> Remediation {
    Remediation::words(
        format!("take the host on TCP 80 out of egressDeny of {policy}"),
        "no other policy can allow what this one denies",
    )
}
