//! Faults in the container: what its SDK takes before it asks EKS Pod Identity.

use serde_json::json;

use crate::support::scene::Scene;
use crate::support::workloads::container_with;

#[test]
fn static_keys() {
    let scene = Scene::new("static-keys");
    let secret = "mB0zGqXk3vYwLr8sNhTdPcJfEuAi5oWxQ2eKt7Z1";
    let keys = [("AWS_ACCESS_KEY_ID", "AKIAI44QH8DHBEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", secret)];
    let template = json!({ "spec": { "containers": [container_with("app", &keys)] } });
    let pods = scene.place().workload("Deployment", "api", 1, template);
    let saved = scene.home.path().join("evidence.yaml");
    let saved_path = saved.display().to_string();
    let report = scene.doctor(&[&pods[0], "--save", &saved_path]).report();
    report.expect("broken", 1, &["PID410"]).statuses(&[("PID340", "passed"), ("PID360", "passed")]);
    report.says("AWS_ACCESS_KEY_ID").says("kubectl");
    assert!(!report.document.to_string().contains(secret));
    assert!(!std::fs::read_to_string(&saved).expect("the evidence was saved").contains(secret));
    // Whoever gets the file sees the same, without the cluster.
    let again = scene.doctor(&["--from", &saved_path]).without_credentials().report();
    again.expect("broken", 1, &["PID410"]);
    assert_eq!(again.document["checks"], report.document["checks"]);
}

#[test]
fn static_keys_from_a_config_map() {
    let scene = Scene::new("keys-in-map");
    let map = json!({ "metadata": { "name": "settings" }, "data": {
        "ACCESS_KEY_ID": "AKIAI44QH8DHBEXAMPLE", "SECRET_ACCESS_KEY": "not so secret", "LOG_LEVEL": "debug",
    } });
    scene.api.create(&scene.path("/api/v1", "configmaps"), &map);
    let mut container = container_with("app", &[]);
    container["envFrom"] = json!([{ "prefix": "AWS_", "configMapRef": { "name": "settings" } }]);
    scene.pod(json!({ "spec": { "containers": [container] } }));
    let report = scene.doctor(&["api"]).report();
    report.expect("broken", 1, &["PID410"]).says("settings");
    assert!(!report.document.to_string().contains("not so secret"));
}

#[test]
fn irsa_variables_left_in_the_template() {
    let scene = Scene::new("left-over");
    let left_over = [
        ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/api-irsa"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/secrets/eks.amazonaws.com/serviceaccount/token"),
    ];
    let template = json!({ "spec": { "containers": [container_with("app", &left_over)] } });
    let pods = scene.place().workload("StatefulSet", "api", 1, template);
    let report = scene.doctor(&[&pods[0]]).report();
    report.expect("broken", 1, &["PID420"]).statuses(&[("PID340", "passed"), ("PID410", "passed")]);
    report.says("arn:aws:iam::111122223333:role/api-irsa");
    assert_eq!(report.document["mode"], "podIdentity");
}
