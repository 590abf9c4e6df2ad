//! What helps where the webhook leaves pods out, or a dry-run of a new pod shows it.

use serde_json::json;

use super::{cluster_name, region_option};
use crate::evidence::Evidence;
use crate::evidence::kubernetes::metadata::{SKIP_LABEL, WEBHOOK, WEBHOOK_CONFIGURATION};
use crate::findings::remediation::{Remediation, shell};

/// Where the API server of an EKS cluster reaches the webhook: both run in the control plane.
pub const WEBHOOK_URL: &str = "https://127.0.0.1:23443/mutate";
/// Stands in the configuration until the shell puts the certificate there.
const CERTIFICATE: &str = "CERTIFICATE";

/// Creates the configuration again, with the cluster's certificate authority.
pub fn create_webhook_configuration(evidence: &Evidence) -> Remediation {
    let certificate = format!(
        "aws eks describe-cluster{} --name {} --query cluster.certificateAuthority.data --output text",
        region_option(evidence),
        shell(cluster_name(evidence))
    );
    let configuration = json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "MutatingWebhookConfiguration",
        "metadata": { "name": WEBHOOK_CONFIGURATION },
        "webhooks": [{
            "name": WEBHOOK,
            "admissionReviewVersions": ["v1beta1"],
            "clientConfig": { "url": WEBHOOK_URL, "caBundle": CERTIFICATE },
            "failurePolicy": "Ignore",
            "reinvocationPolicy": "IfNeeded",
            "sideEffects": "None",
            "timeoutSeconds": 10,
            "objectSelector": { "matchExpressions": [{ "key": SKIP_LABEL, "operator": "DoesNotExist" }] },
            "rules": pod_creation(),
        }],
    });
    let text = shell(&configuration.to_string()).replace(CERTIFICATE, &format!("'\"$({certificate})\"'"));
    Remediation::kubectl(
        "create the webhook configuration again",
        format!("printf %s {text} | kubectl apply -f -"),
        format!(
            "every pod created from then on passes the webhook; writes MutatingWebhookConfiguration {WEBHOOK_CONFIGURATION}"
        ),
    )
}

/// Replaces one field of the webhook in its configuration.
pub fn replace_webhook_field(configuration: &str, index: usize, field: &str, value: &serde_json::Value) -> Remediation {
    let patch = json!([{ "op": "add", "path": format!("/webhooks/{index}/{field}"), "value": value }]);
    Remediation::kubectl(
        format!("put {field} of the webhook back to what EKS gives it"),
        format!(
            "kubectl patch mutatingwebhookconfiguration {} --type=json -p {}",
            shell(configuration),
            shell(&patch.to_string())
        ),
        format!("changes which new pods of the whole cluster pass MutatingWebhookConfiguration {configuration}"),
    )
}

/// The one rule of the webhook: pods, when they are created.
pub fn pod_creation() -> serde_json::Value {
    json!([{ "operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"], "scope": "*" }])
}
