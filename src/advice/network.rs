//! What lets the pod reach the agent: network policies and Cilium.

use std::net::IpAddr;

use serde_json::{Value, json};

use super::template::{Part, change_metadata, set_variables};
use crate::evidence::kubernetes::network_engine::{NetworkDaemonSet, SECURITY_GROUP_MODE};
use crate::evidence::kubernetes::network_policy::NetworkPolicy;
use crate::evidence::{Evidence, Metadata, Pod};
use crate::findings::remediation::{Remediation, shell};
use crate::reasoning::agent::configuration;
use crate::reasoning::network::cilium::Refusal;
use crate::reasoning::network::egress::Destination;
use crate::reasoning::network::proxy::{EXCEPTIONS, Exception, exception};

/// The name of the policy that is added.
const NAME: &str = "allow-eks-pod-identity-agent";

/// Adds a policy that allows the agent for the pods that another one selects: those are cut off already, so that nobody loses
/// anything by being selected once more.
pub fn allow_in_policies(evidence: &Evidence, like: &NetworkPolicy, to: Destination) -> Remediation {
    let name = &like.metadata.name;
    let selector = json!(like.spec.pod_selector);
    apply(
        "let the pods reach the agent too",
        &network_policy(evidence, &selector, to),
        format!(
            "adds a policy for the pods that NetworkPolicy {name} selects: they may reach the agent, and no pod loses anything"
        ),
    )
}

/// Adds a policy that allows the agent for all pods of the namespace, where a pod without a policy may reach nothing.
pub fn allow_in_strict_mode(evidence: &Evidence, to: Destination) -> Remediation {
    apply(
        "let all pods of the namespace reach the agent",
        &network_policy(evidence, &json!({}), to),
        "adds a policy for all pods of the namespace; whatever else they need wants policies of its own".to_owned(),
    )
}

fn network_policy(evidence: &Evidence, selector: &Value, to: Destination) -> Value {
    let known = evidence.network_policies.known().map(Vec::as_slice).unwrap_or_default();
    let block = json!({ "cidr": range_of(to.address) });
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": { "name": free_name(known.iter().map(|one| &one.metadata)), "namespace": evidence.target.namespace },
        "spec": {
            "podSelector": selector,
            "policyTypes": ["Egress"],
            "egress": [{ "to": [{ "ipBlock": block }], "ports": [{ "protocol": "TCP", "port": to.port }] }],
        },
    })
}

/// A range of this address alone.
fn range_of(address: IpAddr) -> String {
    format!("{address}/{}", if address.is_ipv4() { 32 } else { 128 })
}

/// A name that no policy has: applying another one of the same name would replace it.
fn free_name<'m>(known: impl Iterator<Item = &'m Metadata>) -> String {
    let taken: Vec<&str> = known.map(|metadata| metadata.name.as_str()).collect();
    let numbered = (2..).map(|number| format!("{NAME}-{number}"));
    let mut names = std::iter::once(NAME.to_owned()).chain(numbered);
    names.find(|name| !taken.contains(&name.as_str())).unwrap_or_else(|| NAME.to_owned())
}

/// Applies an object that is given in the command itself.
pub fn apply(does: &str, object: &Value, changes: String) -> Remediation {
    let command = format!("printf %s {} | kubectl apply -f -", shell(&object.to_string()));
    Remediation::kubectl(does, command, changes)
}

/// Lets pods with security groups of their own reach their node.
pub fn set_security_group_mode(set: &NetworkDaemonSet) -> Remediation {
    let metadata = &set.metadata;
    Remediation::kubectl(
        "run security groups for pods in standard mode",
        format!(
            "kubectl -n {} set env daemonset/{} {SECURITY_GROUP_MODE}=standard",
            shell(&metadata.namespace),
            shell(&metadata.name)
        ),
        format!(
            "restarts daemonset/{} on every node, and for new pods traffic out of the VPC then has the node's address and security groups; \
             where the add-on vpc-cni is managed elsewhere, its configuration needs the same change",
            metadata.name
        ),
    )
}

/// Leaves the agent out of the proxy in both spellings, beside what is left out already.
pub fn leave_out_of_proxy(
    evidence: &Evidence,
    container: &str,
    lists: &[(&'static str, String)],
    address: IpAddr,
) -> Vec<Remediation> {
    // Some programs want an IPv6 address in brackets, others without.
    let own = if address.is_ipv4() { address.to_string() } else { format!("[{address}],{address}") };
    // Where one of the two is set every program reads it, so the other one is not made beside it.
    let lacks = |list: &str| exception(list, address, configuration::PORT) != Exception::Yes;
    let lacking = lists.iter().filter(|(_, list)| lacks(list));
    let mut wanted: Vec<(&str, String)> =
        lacking.map(|(name, list)| (*name, format!("{},{own}", list.trim_end_matches(',')))).collect();
    if lists.is_empty() {
        wanted.extend(EXCEPTIONS.map(|name| (name, own.clone())));
    }
    let wanted: Vec<(&str, &str)> = wanted.iter().map(|(name, list)| (*name, list.as_str())).collect();
    set_variables(evidence, container, &wanted)
}

/// Adds the agent's address to a list of ranges in an annotation of the pod template.
pub fn exclude_in_annotation(evidence: &Evidence, pod: &Pod, annotation: &str, address: IpAddr) -> Vec<Remediation> {
    let known = pod.metadata.annotations.get(annotation).map(|list| list.trim_matches([',', ' ']));
    let range = range_of(address);
    let list = known.filter(|list| !list.is_empty()).map_or_else(|| range.clone(), |list| format!("{list},{range}"));
    change_metadata(evidence, Part::Annotation, annotation, Some(&list))
}

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
