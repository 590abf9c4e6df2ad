//! Whether a rule of Cilium selects a pod: by the labels of its identity, which are more than those of the pod.

use std::collections::BTreeMap;

use crate::evidence::kubernetes::cilium::{CiliumPolicy, CiliumRule};
use crate::evidence::kubernetes::selector::{LabelSelector, Match};
use crate::reasoning::iam::three_valued::{Answer, undecidable};

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
            .map(|one| crate::evidence::kubernetes::selector::Requirement {
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
