//! Mutating webhook configurations: the one of Pod Identity, and the others that change pods.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

use crate::evidence::Evidence;
use crate::evidence::kubernetes::metadata::{Metadata, WEBHOOK, WEBHOOK_CONFIGURATION};
use crate::evidence::kubernetes::network_policy::{LabelSelector, Match};

/// A mutating webhook configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct WebhookConfiguration {
    /// Name and times.
    pub metadata: Metadata,
    /// Its webhooks.
    pub webhooks: Vec<Webhook>,
}

/// One webhook.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Webhook {
    /// The name.
    pub name: String,
    /// Which namespaces; a missing one means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace_selector: Option<LabelSelector>,
    /// Which objects; a missing one means all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_selector: Option<LabelSelector>,
    /// What operations on what resources.
    pub rules: Vec<Rule>,
    /// `Ignore` or `Fail`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_policy: Option<String>,
    /// `Never` or `IfNeeded`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reinvocation_policy: Option<String>,
    /// CEL conditions; their names, as they cannot be evaluated here.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub match_conditions: Vec<MatchCondition>,
    /// Where it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_config: Option<ClientConfig>,
}

/// A CEL condition of a webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MatchCondition {
    /// Its name.
    pub name: String,
}

/// Where a webhook is called.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ClientConfig {
    /// The address, if it is not a service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The service, if it is not an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub service: Option<BTreeMap<String, serde_json::Value>>,
}

/// A rule of a webhook.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rule {
    /// `CREATE`, `UPDATE`, `*`, …
    pub operations: Vec<String>,
    /// API groups; empty text for the core group.
    pub api_groups: Vec<String>,
    /// API versions.
    pub api_versions: Vec<String>,
    /// Resources.
    pub resources: Vec<String>,
    /// `Namespaced`, `Cluster` or `*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

impl Rule {
    /// Whether it covers the creation of pods.
    pub fn covers_pod_creation(&self) -> bool {
        let any = |list: &[String], wanted: &[&str]| list.iter().any(|entry| wanted.contains(&entry.as_str()));
        any(&self.operations, &["CREATE", "*"])
            && any(&self.api_groups, &["", "*"])
            && any(&self.api_versions, &["v1", "*"])
            && any(&self.resources, &["pods", "*", "*/*"])
            && self.scope.as_deref() != Some("Cluster")
    }
}

/// The webhooks of EKS Pod Identity with the configurations they stand in: by their own name, else the one that stands
/// in the configuration that EKS sets up. Somebody may have made a second one beside it.
pub fn pod_identity(configurations: &[WebhookConfiguration]) -> Vec<(&WebhookConfiguration, &Webhook)> {
    let all = || {
        configurations
            .iter()
            .flat_map(|configuration| configuration.webhooks.iter().map(move |webhook| (configuration, webhook)))
    };
    let named: Vec<_> = all().filter(|(_, webhook)| webhook.name == WEBHOOK).collect();
    if named.is_empty() {
        all().find(|(configuration, _)| configuration.metadata.name == WEBHOOK_CONFIGURATION).into_iter().collect()
    } else {
        named
    }
}

/// Webhooks for pods that EKS itself sets up; they add labels and resources, and write no container anew.
const OF_EKS: &[&str] = &["mpod.vpc.k8s.aws", "iam-for-pods.amazonaws.com"];

/// The names of the other webhooks that are called when such a pod is created, as far as their selectors tell.
///
/// A selector that cannot be decided, and any of namespaces whose labels are not known, counts as matching.
pub fn others_for<'w>(
    configurations: &'w [WebhookConfiguration],
    pod: &BTreeMap<String, String>,
    namespace: Option<&BTreeMap<String, String>>,
) -> Vec<&'w str> {
    let own: Vec<&Webhook> = pod_identity(configurations).into_iter().map(|(_, webhook)| webhook).collect();
    let may_match = |selector: Option<&LabelSelector>, labels: &BTreeMap<String, String>| {
        selector.is_none_or(|selector| !matches!(selector.evaluate(labels), Match::No(_)))
    };
    let all = configurations.iter().flat_map(|configuration| &configuration.webhooks);
    let called = all.filter(|webhook| {
        !own.contains(webhook)
            && !OF_EKS.contains(&webhook.name.as_str())
            && webhook.rules.iter().any(Rule::covers_pod_creation)
            && may_match(webhook.object_selector.as_ref(), pod)
            && namespace.is_none_or(|labels| may_match(webhook.namespace_selector.as_ref(), labels))
    });
    called.map(|webhook| webhook.name.as_str()).collect()
}

impl Evidence {
    /// By how much the oldest configuration of the webhook is younger than the pod; `None` where it is not.
    pub fn webhook_came_later(&self) -> Option<SignedDuration> {
        let created = self.live_pod().ok()??.metadata.creation_timestamp?;
        let all = pod_identity(self.webhooks.known()?);
        let first = all.iter().map(|(one, _)| one.metadata.creation_timestamp).min()??;
        Some(first.duration_since(created)).filter(SignedDuration::is_positive)
    }
}
