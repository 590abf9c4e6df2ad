//! What Cilium policies let out.
//!
//! Sources: Cilium's documentation of policies and its `pkg/policy/api`. A refusal outweighs every allowance; an
//! allowance in either language is enough; a pod that no policy isolates may reach everything.

use std::collections::BTreeMap;

use crate::evidence::NetworkPolicy;
use crate::evidence::kubernetes::network_engine::{CiliumEgress, CiliumPolicy, CiliumPort, CiliumRange, CiliumRule};
use crate::evidence::kubernetes::network_policy::{LabelSelector, Match, PortName};
use crate::reasoning::iam::evaluate::{Answer, Undecidable, all, any, undecidable};
use crate::reasoning::network::egress::{Allows, Destination, Isolation, isolations, range};

/// Entities that the host is one of.
const WITH_THE_HOST: &[&str] = &["host", "all", "cluster"];

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub struct Question<'e> {
    /// Kubernetes network policies of the namespace; none where Cilium does not read them.
    pub kubernetes: &'e [NetworkPolicy],
    /// `CiliumNetworkPolicy` of the namespace.
    pub cilium: &'e [CiliumPolicy],
    /// `CiliumClusterwideNetworkPolicy`.
    pub clusterwide: &'e [CiliumPolicy],
    /// The pod.
    pub pod: PodIdentityLabels<'e>,
    /// Where it wants to go.
    pub to: Destination,
    /// Whether pods may reach only what is allowed even where no policy selects them.
    pub always: bool,
}

/// A policy that keeps the pod from its node.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// Kind and name.
    pub policy: String,
    /// What it does, in words.
    pub why: String,
    /// Whether it denies, so that no allowance helps.
    pub denies: bool,
    /// The pods that it selects.
    pub selector: LabelSelector,
}

/// The answer.
#[derive(Debug, Clone, PartialEq)]
pub enum CiliumAnswer {
    /// Nothing stands in the way.
    Open,
    /// It is refused; by the mode alone where the list is empty.
    Refused(Vec<Refusal>),
    /// It cannot be told.
    Undecidable(String),
}

/// All answers that were collected.
#[derive(Default)]
struct Votes {
    isolates: Vec<Answer>,
    allows: Vec<Answer>,
    denies: Vec<Answer>,
    refusals: Vec<Refusal>,
}

impl Question<'_> {
    /// Answers it.
    pub fn answer(&self) -> CiliumAnswer {
        let mut votes = Votes::default();
        for isolation in isolations(self.kubernetes, self.pod.labels, self.to) {
            votes.take_kubernetes(&isolation);
        }
        let own = self.cilium.iter().map(|policy| ("CiliumNetworkPolicy", policy));
        let clusterwide = self.clusterwide.iter().map(|policy| ("CiliumClusterwideNetworkPolicy", policy));
        for (kind, policy) in own.chain(clusterwide) {
            for rule in policy.rules() {
                votes.take_cilium(format!("{kind} {}", policy.metadata.name), rule, self);
            }
        }
        votes.conclude(self.always)
    }
}

impl Votes {
    fn take_kubernetes(&mut self, isolation: &Isolation<'_>) {
        let policy = format!("NetworkPolicy {}", isolation.policy.metadata.name);
        let told = |why: &String| Undecidable(format!("{policy} {why}"));
        let selects: Answer = isolation.unsure.as_ref().map_or(Ok(true), |why| Err(told(why)));
        let allows = match &isolation.allows {
            Allows::Yes => Ok(true),
            Allows::No(_) => Ok(false),
            Allows::Unsure(why) => Err(told(why)),
        };
        if let (Ok(true), Allows::No(why)) = (&selects, &isolation.allows) {
            let selector = isolation.policy.spec.pod_selector.clone();
            self.refusals.push(Refusal { policy, why: why.clone(), denies: false, selector });
        }
        self.allows.push(all([selects.clone(), allows]));
        self.isolates.push(selects);
    }

    fn take_cilium(&mut self, policy: String, rule: &CiliumRule, question: &Question<'_>) {
        let told = |answer: Answer| answer.map_err(|why| Undecidable(format!("{policy} {}", why.0)));
        let selects = told(selects(rule, &question.pod));
        let any_of = |list: &Option<Vec<CiliumEgress>>| {
            told(any(list.iter().flatten().map(|entry| is_meant(entry, question.to))))
        };
        let (allows, denies) = (any_of(&rule.egress), any_of(&rule.egress_deny));
        if selects == Ok(true)
            && let Some(selector) = rule.endpoint_selector.clone()
        {
            if denies == Ok(true) {
                let why = "denies the host".to_owned();
                self.refusals.push(Refusal { policy, why, denies: true, selector });
            } else if rule.isolates() && allows == Ok(false) {
                let why = "selects the pod and does not allow the host".to_owned();
                self.refusals.push(Refusal { policy, why, denies: false, selector });
            }
        }
        self.denies.push(all([selects.clone(), denies]));
        self.allows.push(all([selects.clone(), allows]));
        if rule.isolates() {
            self.isolates.push(selects);
        }
    }

    fn conclude(self, always: bool) -> CiliumAnswer {
        let isolated = if always { Ok(true) } else { any(self.isolates) };
        let refusals = self.refusals;
        match (any(self.denies), isolated, any(self.allows)) {
            (Ok(true), _, _) => CiliumAnswer::Refused(refusals.into_iter().filter(|one| one.denies).collect()),
            (_, Ok(true), Ok(false)) => CiliumAnswer::Refused(refusals),
            (Ok(false), Ok(false), _) | (Ok(false), _, Ok(true)) => CiliumAnswer::Open,
            (Err(why), _, _) | (_, Err(why), _) | (_, _, Err(why)) => CiliumAnswer::Undecidable(why.0),
        }
    }
}

/// Whether an entry of a rule means the host at the port; one that names nothing means nothing.
fn is_meant(entry: &CiliumEgress, to: Destination) -> Answer {
    all([is_host(entry, to), is_port(entry, to)])
}

fn is_host(entry: &CiliumEgress, to: Destination) -> Answer {
    let others = [entry.to_services.is_some(), entry.to_fqdns.is_some(), entry.to_groups.is_some()];
    let kinds: Vec<Answer> = [
        entry.to_entities.as_ref().map(|names| Ok(names.iter().any(|name| WITH_THE_HOST.contains(&name.as_str())))),
        entry.to_cidr.as_ref().map(|list| any(list.iter().map(|cidr| is_in(cidr, &[], to)))),
        entry.to_cidr_set.as_ref().map(|list| any(list.iter().map(|one| is_in_set(one, to)))),
        entry.to_endpoints.as_ref().map(|list| any(list.iter().map(endpoints))),
        entry.to_nodes.as_ref().map(|list| match list.as_slice() {
            [] => Ok(false),
            _ => undecidable("selects nodes, which is not known here"),
        }),
        others.contains(&true).then_some(Ok(false)),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !kinds.is_empty() {
        return any(kinds);
    }
    // Without any destination ports alone mean every destination.
    Ok(entry.to_ports.as_ref().is_some_and(|ports| !ports.is_empty()))
}

/// Selectors of pods never mean the host, unless they name its own reserved label.
fn endpoints(selector: &LabelSelector) -> Answer {
    let expressions = selector.match_expressions.iter().map(|one| one.key.as_str());
    let mut keys = selector.match_labels.keys().map(String::as_str).chain(expressions);
    if keys.any(|key| key.starts_with("reserved")) {
        return undecidable("selects by a reserved label, which is not known here");
    }
    Ok(false)
}

fn is_in_set(one: &CiliumRange, to: Destination) -> Answer {
    if !to.in_ranges {
        return Ok(false);
    }
    if one.cidr.is_empty() {
        return undecidable("names a group of addresses, which is not read");
    }
    is_in(&one.cidr, &one.except, to)
}

fn is_in(cidr: &str, except: &[String], to: Destination) -> Answer {
    if !to.in_ranges {
        return Ok(false);
    }
    let holds = |text: &str| match range(text) {
        Some(range) => Ok(range.holds(to.address)),
        None => undecidable(format!("has an address range that is none, {text}")),
    };
    all([holds(cidr), any(except.iter().map(|text| holds(text))).map(|inside| !inside)])
}

fn is_port(entry: &CiliumEgress, to: Destination) -> Answer {
    let Some(groups) = entry.to_ports.as_ref().filter(|groups| !groups.is_empty()) else {
        // A rule about ICMP alone says nothing about TCP.
        return Ok(entry.icmps.is_none());
    };
    any(groups.iter().map(|group| {
        let port = match group.ports.as_deref() {
            None | Some([]) => true,
            Some(ports) => ports.iter().any(|port| is_this_port(port, to.port)),
        };
        match (&group.rules, port) {
            (Some(_), true) => undecidable("has rules about what is said on the port"),
            (_, port) => Ok(port),
        }
    }))
}

fn is_this_port(port: &CiliumPort, wanted: u16) -> bool {
    let protocol = port.protocol.as_deref().unwrap_or("ANY").to_ascii_uppercase();
    let number = match &port.port {
        None => Some(0),
        Some(PortName::Number(number)) => Some(*number),
        Some(PortName::Name(text)) => text.parse().ok(),
    };
    let wanted = i64::from(wanted);
    let meant = match (number, port.end_port.filter(|last| *last > 0)) {
        (Some(0), _) => true,
        (Some(first), Some(last)) => (first..=last).contains(&wanted),
        (Some(first), None) => first == wanted,
        (None, _) => false,
    };
    meant && matches!(protocol.as_str(), "" | "ANY" | "TCP")
}

/// The label that holds the namespace.
const NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// The label that holds the service account.
const SERVICE_ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";
/// The label that holds the name of the cluster, which only Cilium's own settings tell.
const CLUSTER: &str = "io.cilium.k8s.policy.cluster";
/// What stands in front of a label of the namespace.
pub const OF_NAMESPACE: &str = "io.cilium.k8s.namespace.labels.";

/// Whom a rule is held against.
#[derive(Debug, Clone, Copy)]
pub struct PodIdentityLabels<'e> {
    /// Labels of the pod.
    pub labels: &'e BTreeMap<String, String>,
    /// Its namespace.
    pub namespace: &'e str,
    /// Labels of its namespace, where they are known.
    pub of_namespace: Option<&'e BTreeMap<String, String>>,
    /// Its service account.
    pub service_account: &'e str,
}

/// Whether any rule selects by labels of the namespace.
pub fn needs_namespace(policies: &[CiliumPolicy]) -> bool {
    let selectors = policies.iter().flat_map(CiliumPolicy::rules).filter_map(|rule| rule.endpoint_selector.as_ref());
    selectors.flat_map(keys).any(|key| bare(key).starts_with(OF_NAMESPACE))
}

/// Whether a rule selects the pod. One without a selector of pods is about nodes.
pub fn selects(rule: &CiliumRule, pod: &PodIdentityLabels<'_>) -> Answer {
    let Some(selector) = &rule.endpoint_selector else { return Ok(false) };
    let mut labels: BTreeMap<String, String> = pod.labels.clone();
    labels.insert(NAMESPACE.to_owned(), pod.namespace.to_owned());
    labels.insert(SERVICE_ACCOUNT.to_owned(), pod.service_account.to_owned());
    let of_namespace = pod.of_namespace.into_iter().flatten();
    labels.extend(of_namespace.map(|(key, value)| (format!("{OF_NAMESPACE}{key}"), value.clone())));
    let known =
        |key: &str| bare(key) != CLUSTER && (pod.of_namespace.is_some() || !bare(key).starts_with(OF_NAMESPACE));
    let decided = LabelSelector {
        match_labels: selector
            .match_labels
            .iter()
            .filter(|(key, _)| known(key))
            .map(|(key, value)| (bare(key).to_owned(), value.clone()))
            .collect(),
        match_expressions: selector
            .match_expressions
            .iter()
            .filter(|one| known(&one.key))
            .map(|one| crate::evidence::kubernetes::network_policy::Requirement {
                key: bare(&one.key).to_owned(),
                ..one.clone()
            })
            .collect(),
    };
    match decided.evaluate(&labels) {
        Match::No(_) => Ok(false),
        Match::Undecided(clause) => undecidable(format!("selects pods by {clause}, which is not known here")),
        Match::Yes => match keys(selector).find(|key| !known(key)) {
            Some(key) => undecidable(format!("selects pods by {key}, which is not known here")),
            None => Ok(true),
        },
    }
}

fn keys(selector: &LabelSelector) -> impl Iterator<Item = &str> {
    let expressions = selector.match_expressions.iter().map(|one| one.key.as_str());
    selector.match_labels.keys().map(String::as_str).chain(expressions)
}

/// A key without the source that pods' labels have; another source, such as `reserved:`, stays and is found nowhere.
fn bare(key: &str) -> &str {
    ["any:", "k8s:", "any.", "k8s."].iter().find_map(|source| key.strip_prefix(source)).unwrap_or(key)
}
