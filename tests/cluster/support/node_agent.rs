//! The agent on the real node: its daemon set, changed and put back, and what its pod says.

use serde_json::{Value, json};

use super::api::{Api, eventually};

const SET: &str = "/apis/apps/v1/namespaces/kube-system/daemonsets/eks-pod-identity-agent";
const PODS: &str = "/api/v1/namespaces/kube-system/pods";

/// Changes the daemon set by a merge patch, and its pod's one container too, and starts the agent anew.
pub fn change(api: &Api, patch: &Value, container: &Value) {
    let mut template = api.get(SET)["spec"]["template"].clone();
    for (name, value) in container.as_object().into_iter().flatten() {
        template["spec"]["containers"][0][name] = value.clone();
    }
    let containers = json!({ "spec": { "template": { "spec": { "containers": template["spec"]["containers"] } } } });
    api.patch(SET, &containers);
    api.patch(SET, patch);
    stop(api);
}

/// Ends the agent's pod; the controller makes another one, if it is to.
pub fn stop(api: &Api) {
    for pod in pods(api) {
        let path = path(&pod);
        api.end(&path, 1);
        eventually("the agent's pod has ended", || {
            api.find(&path).is_none_or(|now| now["metadata"]["uid"] != pod["metadata"]["uid"]).then_some(())
        });
    }
}

/// Waits until the agent is ready.
pub fn wait_until_ready(api: &Api) -> Value {
    eventually("the agent is ready", || pods(api).into_iter().find(is_ready))
}

/// Waits until the agent has ended by itself so often.
pub fn wait_until_crashing(api: &Api, times: u64) -> Value {
    eventually("the agent crashes", || {
        pods(api).into_iter().find(|pod| pod["status"]["containerStatuses"][0]["restartCount"].as_u64() >= Some(times))
    })
}

/// Puts the daemon set back to what the add-on makes, and waits until the agent is ready.
pub fn restore(api: &Api) {
    let state = std::env::var("PODID_CLUSTER_STATE").expect("run by scripts/cluster test");
    let text = std::fs::read_to_string(format!("{state}/agent.yaml")).expect("the daemon set");
    let shipped: Value = serde_saphyr::from_str(&text).expect("YAML");
    api.delete(SET);
    eventually("the daemon set is gone", || api.find(SET).is_none().then_some(()));
    stop(api);
    api.create(SET.rsplit_once('/').expect("a path").0, &shipped);
    wait_until_ready(api);
}

/// What the agent has logged, of its present pod.
pub fn log(api: &Api) -> String {
    pods(api).iter().map(|pod| api.text(&format!("{}/log?container=eks-pod-identity-agent", path(pod)))).collect()
}

fn pods(api: &Api) -> Vec<Value> {
    api.list(&format!("{PODS}?labelSelector=app.kubernetes.io/name=eks-pod-identity-agent"))
}

fn path(pod: &Value) -> String {
    format!("{PODS}/{}", pod["metadata"]["name"].as_str().unwrap_or_default())
}

fn is_ready(pod: &Value) -> bool {
    let conditions = pod["status"]["conditions"].as_array().into_iter().flatten();
    pod["metadata"]["deletionTimestamp"].is_null()
        && conditions.into_iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}
