//! What network policies let out, and which engine enforces them.
//!
//! A pod that no policy of egress selects may reach everything. Else it may reach what any of them allows: policies
//! add up, and none takes away. The address is one of the node, so selectors of pods and namespaces never mean it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::evidence::kubernetes::agent::AgentPodSpec;
use crate::evidence::kubernetes::network_engine::{Engine, NetworkDaemonSet};
use crate::evidence::kubernetes::network_policy::{
    EgressRule, IpBlock, Match, NetworkPolicy, Peer, PolicyPort, PortName,
};
use crate::evidence::{Evidence, Gap, GapReason, Node, Source};
use crate::reasoning::agent::placement::{Obstacle, obstacles};
use crate::reasoning::iam::values::Range;

impl NetworkDaemonSet {
    /// Whether it runs on the node, as far as labels of the node say; none where the node is not known and matters.
    fn is_on(&self, node: Option<&Node>) -> Option<bool> {
        let spec = &self.spec.template.spec;
        let (node_selector, affinity) = (spec.node_selector.clone(), spec.affinity.clone());
        if node_selector.is_empty() && affinity.is_none() {
            return Some(true);
        }
        let spec = AgentPodSpec { node_selector, affinity, ..AgentPodSpec::default() };
        let taint = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Taint { .. });
        node.map(|node| obstacles(&spec, node).iter().all(taint))
    }
}

impl Evidence {
    /// The daemon sets of networks on the pod's node; those of the whole cluster before it has one.
    pub fn networks(&self) -> Result<Vec<&NetworkDaemonSet>, Gap> {
        let all = &self.network_engines.get()?.daemon_sets;
        if self.node_name().is_none() {
            return Ok(all.iter().collect());
        }
        let node = self.node.present();
        let mut here = Vec::new();
        for set in all {
            match set.is_on(node) {
                Some(true) => here.push(set),
                Some(false) => {}
                None => {
                    self.node.get()?;
                    return Err(Gap::new(Source::Node, GapReason::Insufficient, "the node does not exist"));
                }
            }
        }
        Ok(here)
    }

    /// The daemon set of the VPC CNI, wherever it runs.
    pub fn vpc_cni(&self) -> Result<Option<&NetworkDaemonSet>, Gap> {
        let engines = self.network_engines.get()?;
        let found = engines.daemon_sets.iter().find(|set| set.engine() == Some(Engine::VpcCni));
        if found.is_none() && !engines.everywhere {
            return Err(only_one_namespace());
        }
        Ok(found)
    }
}

/// Why an engine that was not seen may still be there.
pub fn only_one_namespace() -> Gap {
    let detail = "daemon sets could be listed in kube-system only, and a network may be installed elsewhere";
    Gap::new(Source::NetworkEngines, GapReason::Denied, detail)
}

/// Where the pod wants to go, over TCP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Destination {
    /// The address.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// Whether ranges of addresses mean addresses of the node too; in Cilium they do not.
    pub in_ranges: bool,
}

/// Whether one thing allows the destination, in words where it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allows {
    /// It does.
    Yes,
    /// It does not.
    No(String),
    /// It cannot be told.
    Unsure(String),
}

/// A policy of egress that selects the pod, or may select it.
#[derive(Debug, Clone, PartialEq)]
pub struct Isolation<'p> {
    /// The policy.
    pub policy: &'p NetworkPolicy,
    /// Why it cannot be told whether it selects the pod; none where it surely does.
    pub unsure: Option<String>,
    /// Whether it allows the destination.
    pub allows: Allows,
}

/// What all policies together say.
#[derive(Debug, Clone, PartialEq)]
pub enum Egress<'p> {
    /// No policy of egress selects the pod.
    Free,
    /// A policy allows it.
    Allowed(&'p NetworkPolicy),
    /// Policies select the pod, and none allows it.
    Denied(Vec<Isolation<'p>>),
    /// It cannot be told, for this reason.
    Undecidable(String),
}

/// Reads what policies of the pod's namespace say about a destination.
pub fn egress<'p>(
    policies: &'p [NetworkPolicy],
    labels: &BTreeMap<String, String>,
    destination: Destination,
) -> Egress<'p> {
    let all = isolations(policies, labels, destination);
    if all.is_empty() {
        return Egress::Free;
    }
    let sure = |one: &&Isolation<'p>| one.unsure.is_none();
    if let Some(allowing) = all.iter().filter(sure).find(|one| one.allows == Allows::Yes) {
        return Egress::Allowed(allowing.policy);
    }
    let told = |policy: &NetworkPolicy, why: &str| format!("NetworkPolicy {} {why}", policy.metadata.name);
    let doubt = all.iter().find_map(|one| match (&one.allows, &one.unsure) {
        (Allows::Unsure(why), _) | (Allows::Yes, Some(why)) => Some(told(one.policy, why)),
        _ => None,
    });
    let unsure = all.iter().find_map(|one| one.unsure.as_ref().map(|why| told(one.policy, why)));
    match (doubt, unsure) {
        (Some(doubt), _) => Egress::Undecidable(doubt),
        // One that surely selects the pod denies, whether or not the others do.
        _ if all.iter().any(|one| one.unsure.is_none()) => {
            Egress::Denied(all.into_iter().filter(|one| one.unsure.is_none()).collect())
        }
        (None, Some(unsure)) => Egress::Undecidable(unsure),
        (None, None) => Egress::Free,
    }
}

/// The policies of egress that select the pod or may select it, each with what it says about the destination.
pub fn isolations<'p>(
    policies: &'p [NetworkPolicy],
    labels: &BTreeMap<String, String>,
    destination: Destination,
) -> Vec<Isolation<'p>> {
    let says = |(policy, unsure): (&'p NetworkPolicy, Option<String>)| Isolation {
        policy,
        unsure,
        allows: rules(policy.rules(), destination),
    };
    selecting(policies, labels).map(says).collect()
}

/// The policies of egress that select the pod; with the reason where it cannot be told whether one does.
pub fn selecting<'p>(
    policies: &'p [NetworkPolicy],
    labels: &BTreeMap<String, String>,
) -> impl Iterator<Item = (&'p NetworkPolicy, Option<String>)> {
    let about = policies.iter().filter(|policy| policy.is_about_egress());
    about.filter_map(|policy| match policy.spec.pod_selector.evaluate(labels) {
        Match::Yes => Some((policy, None)),
        Match::No(_) => None,
        Match::Undecided(clause) => Some((policy, Some(format!("selects pods by {clause}, which is not known here")))),
    })
}

/// Why several answers have no yes among them.
struct Refusal {
    /// What cannot be told: it outweighs what is refused.
    doubt: Option<String>,
    /// What is allowed instead, each once.
    only: Vec<String>,
}

/// Of several answers one yes is enough.
fn first_yes(answers: impl Iterator<Item = Allows>) -> Result<(), Refusal> {
    let mut refusal = Refusal { doubt: None, only: Vec::new() };
    for answer in answers {
        match answer {
            Allows::Yes => return Ok(()),
            Allows::Unsure(why) => refusal.doubt = refusal.doubt.or(Some(why)),
            Allows::No(why) if refusal.only.contains(&why) => {}
            Allows::No(why) => refusal.only.push(why),
        }
    }
    Err(refusal)
}

fn rules(rules: &[EgressRule], destination: Destination) -> Allows {
    if rules.is_empty() {
        return Allows::No("allows nothing at all".to_owned());
    }
    match first_yes(rules.iter().map(|one| rule(one, destination))) {
        Ok(()) => Allows::Yes,
        Err(Refusal { doubt: Some(doubt), .. }) => Allows::Unsure(doubt),
        Err(Refusal { doubt: None, only }) => Allows::No(format!("allows {}", only.join("; "))),
    }
}

/// What one rule says; a refusal is told as what the rule allows instead.
fn rule(rule: &EgressRule, destination: Destination) -> Allows {
    let ports = match rule.ports.as_deref() {
        None | Some([]) => Ok(()),
        Some(ports) => first_yes(ports.iter().map(|one| port(one, destination.port))),
    };
    let peers = match rule.to.as_deref() {
        None | Some([]) => Ok(()),
        Some(peers) => first_yes(peers.iter().map(|one| peer(one, destination))),
    };
    match (ports, peers) {
        (Ok(()), Ok(())) => Allows::Yes,
        // One side that surely refuses is enough, whatever the other says.
        (_, Err(Refusal { doubt: None, only })) | (Err(Refusal { doubt: None, only }), _) => {
            Allows::No(only.join(", "))
        }
        (Err(Refusal { doubt: Some(doubt), .. }), _) | (_, Err(Refusal { doubt: Some(doubt), .. })) => {
            Allows::Unsure(doubt)
        }
    }
}

fn port(port: &PolicyPort, wanted: u16) -> Allows {
    let protocol = port.protocol.as_deref().filter(|protocol| !protocol.is_empty()).unwrap_or("TCP");
    if protocol != "TCP" {
        return Allows::No(format!("only protocol {protocol}"));
    }
    let wanted = i64::from(wanted);
    match (&port.port, port.end_port) {
        (None, None) => Allows::Yes,
        (Some(PortName::Number(first)), None) if *first == wanted => Allows::Yes,
        (Some(PortName::Number(first)), None) => Allows::No(format!("only port {first}")),
        (Some(PortName::Number(first)), Some(last)) if (*first..=last).contains(&wanted) => Allows::Yes,
        (Some(PortName::Number(first)), Some(last)) if *first <= last => {
            Allows::No(format!("only ports {first} to {last}"))
        }
        // A name means a port of the destination's containers, and an address of the node has none.
        (Some(PortName::Name(name)), None) if name.bytes().any(|byte| byte.is_ascii_alphabetic()) => {
            Allows::No(format!("only the port named {name} of pods"))
        }
        _ => Allows::Unsure("has a range of ports that is none".to_owned()),
    }
}

fn peer(peer: &Peer, destination: Destination) -> Allows {
    match (&peer.ip_block, &peer.pod_selector, &peer.namespace_selector) {
        (Some(block), None, None) if destination.in_ranges => ip_block(block, destination.address),
        (Some(block), None, None) => Allows::No(format!("only addresses of {} that are not the node's", block.cidr)),
        (None, None, None) => Allows::Unsure("has a destination of a kind that is not known here".to_owned()),
        (None, Some(_), None) => Allows::No("only pods of the namespace".to_owned()),
        (None, _, Some(_)) => Allows::No("only pods of selected namespaces".to_owned()),
        (Some(_), _, _) => Allows::Unsure("has a destination of two kinds at once".to_owned()),
    }
}

fn ip_block(block: &IpBlock, address: IpAddr) -> Allows {
    let Some(range) = range(&block.cidr) else {
        return Allows::Unsure(format!("has an address range that is none, {}", block.cidr));
    };
    if !range.holds(address) {
        return Allows::No(format!("only addresses of {}", block.cidr));
    }
    let mut doubt = None;
    for except in &block.except {
        match self::range(except) {
            Some(range) if range.holds(address) => {
                return Allows::No(format!("only addresses of {} without {except}", block.cidr));
            }
            Some(_) => {}
            None => doubt = Some(format!("has an address range that is none, {except}")),
        }
    }
    doubt.map_or(Allows::Yes, Allows::Unsure)
}

/// A range as the API takes it: an address without a prefix is none.
pub fn range(text: &str) -> Option<Range> {
    text.contains('/').then(|| Range::parse(text)).flatten()
}
