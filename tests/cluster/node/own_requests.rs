//! What a probe asks stands in the agent's log beside what the pod asks, and is told from it.

use serde_json::json;

use crate::support::api::eventually;
use crate::support::probed::container;
use crate::support::real_node::NodeScene;

/// Asks the agent as an SDK does.
const ASK: &str = r#"wget -q -O /dev/null --header "Authorization: $(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)" "$AWS_CONTAINER_CREDENTIALS_FULL_URI" && echo served"#;

#[test]
fn a_probe_is_no_program_of_the_pod() {
    let scene = NodeScene::new("own-requests");
    scene.pod(json!({ "spec": { "containers": [container("app")] } }));
    // A pod in its first minute may yet ask; one that has asked has asked.
    let silent = ("PID680", "notApplicable");
    for way in ["exec", "ephemeral"] {
        scene.probe(way, &[]).report.statuses(&[("PID940", "passed"), silent]);
        scene.doctor(&["api"]).report().statuses(&[silent]);
    }
    assert_eq!(scene.shell("app", ASK).trim(), "served");
    eventually("the request is in the log", || {
        let report = scene.doctor(&["api"]).report();
        (report.check("PID680")["status"] == "passed").then_some(())
    });
}
