//! The role of the node, which calls EKS Auth for all its pods: told by the node group, and simulated.

use serde_json::{Value, json};

use crate::support::amazon::{ACCOUNT, CLUSTER};
use crate::support::report::Report;
use crate::support::scene::Scene;

/// A pod on a node of a node group of its own, whose role may do these actions; left out: all.
fn allowed(name: &str, actions: &Value) -> (Scene, Report) {
    let scene = Scene::new(name);
    let role = format!("{}-node", scene.namespace);
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let role_of_nodes = json!({ role: { "assumeRolePolicyDocument": {}, "allowedActions": actions } });
    scene.amazon.change(json!({ "accounts": { ACCOUNT: { "roles": role_of_nodes } } }));
    scene.amazon.change_cluster(json!({ "nodegroups": { &scene.namespace: { "nodeRole": arn } } }));
    let labels = json!({ "eks.amazonaws.com/nodegroup": scene.namespace });
    scene.api.patch(&format!("/api/v1/nodes/{}", scene.node), &json!({ "metadata": { "labels": labels } }));
    scene.pod(json!({}));
    let report = scene.doctor(&["api"]).report();
    (scene, report)
}

#[test]
fn one_that_may_call_eks_auth() {
    let (_scene, report) = allowed("node-may", &json!(["eks-auth:*"]));
    report.expect("healthy", 0, &[]).statuses(&[("PID710", "passed")]);
}

#[test]
fn one_that_may_not() {
    let (scene, report) = allowed("node-not", &json!(["ec2:*", "eks:*"]));
    report.expect("broken", 1, &["PID710"]).says("eks-auth:AssumeRoleForPodIdentity").says("AmazonEKSWorkerNode");
    report.says(&format!("role/{}-node", scene.namespace)).says(CLUSTER);
    // Once the agent has served a pod of the node, nobody is asked.
    scene.kubelet.replays("success then cached", &scene.namespace);
    let report = scene.doctor(&["api"]).report();
    report.expect("healthy", 0, &[]);
    report.statuses(&[("PID690", "passed")]);
}
