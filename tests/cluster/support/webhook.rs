//! The webhook configuration: as EKS ships it, changed, or gone.

use serde_json::{Value, json};

use super::api::{Api, eventually};

const CONFIGURATIONS: &str = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
const NAME: &str = "pod-identity-webhook";

/// Puts the configuration back to what EKS ships.
pub fn restore(api: &Api) {
    let state = std::env::var("PODID_CLUSTER_STATE").expect("run by scripts/cluster test");
    let text = std::fs::read_to_string(format!("{state}/webhook.yaml")).expect("the configuration");
    let shipped: Value = serde_saphyr::from_str(&text).expect("YAML");
    match api.find(&path()) {
        Some(_) => change(api, &json!({ "webhooks": shipped["webhooks"] })),
        None => drop(api.create(CONFIGURATIONS, &shipped)),
    }
}

/// Deletes the configuration.
pub fn delete(api: &Api) {
    api.delete(&path());
}

/// Changes the configuration by a merge patch.
pub fn change(api: &Api, patch: &Value) {
    api.patch(&path(), patch);
}

/// Gives the webhook of the configuration as it is.
pub fn current(api: &Api) -> Value {
    api.get(&path())["webhooks"][0].clone()
}

/// Waits until the API server acts on the configuration: a pod like this one is injected, or is not.
pub fn wait_until_injecting(api: &Api, namespace: &str, pod: &Value, wanted: bool) {
    let path = format!("/api/v1/namespaces/{namespace}/pods?dryRun=All");
    eventually("the API server has read the webhook configuration", || {
        let tried = api.create(&path, pod);
        let label = &tried["metadata"]["labels"]["eks.amazonaws.com/pod-identity"];
        ((label == "enabled") == wanted).then_some(())
    });
}

fn path() -> String {
    format!("{CONFIGURATIONS}/{NAME}")
}
