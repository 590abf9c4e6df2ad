//! The pods of one service account: which of them are compared, how many are read, and what a refusal leaves.

use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::world::{POD, World, causes, check};

const PODS: &str = "/api/v1/namespaces/shop/pods";

/// Adds pods like the healthy one, half an hour younger.
fn add_pods(world: &World, names: impl IntoIterator<Item = String>, change: impl Fn(&mut Value)) {
    for name in names {
        let mut pod = world.kubernetes.object(POD);
        pod["metadata"]["name"] = json!(name);
        pod["metadata"]["creationTimestamp"] = json!("2026-11-20T13:30:00Z");
        change(&mut pod);
        world.kubernetes.put(pod);
    }
}

fn without_variables(pod: &mut Value) {
    pod["spec"]["containers"][0]["env"] = json!([]);
}

#[test]
fn pods_of_one_template_that_disagree_are_found() {
    let world = World::healthy();
    add_pods(&world, ["api-7c9a".to_owned()], without_variables);
    let diagnosis = world.diagnosis(&[]);
    assert_eq!(causes(&diagnosis), ["PID370"], "{diagnosis:#}");
    assert_eq!(diagnosis["causes"][0]["remediation"][0]["command"], "kubectl -n shop delete pod api-7c9a");
}

#[test]
fn pods_of_another_service_account_or_template_are_not_compared() {
    let world = World::healthy();
    add_pods(&world, ["other".to_owned()], |pod| {
        without_variables(pod);
        pod["spec"]["serviceAccountName"] = json!("other");
    });
    add_pods(&world, ["api-58dd".to_owned()], |pod| {
        without_variables(pod);
        pod["metadata"]["labels"]["pod-template-hash"] = json!("58dd");
    });
    assert_eq!(check(&world.diagnosis(&[]), "PID370")["status"], "passed");
}

#[test]
fn only_the_first_page_is_read() {
    let world = World::healthy();
    add_pods(&world, (0..600).map(|number| format!("api-{number:04}")), |_| {});
    let diagnosis = world.diagnosis(&[]);
    let check = check(&diagnosis, "PID370");
    assert_eq!((&check["status"], &check["gap"]["reason"]), (&json!("unknown"), &json!("insufficient")));
    assert_eq!(check["gap"]["detail"], "only the first 500 pods of the service account were read");
    let requests = world.kubernetes.requests();
    assert_eq!(requests.iter().filter(|request| request.path == PODS).count(), 1, "{requests:#?}");
}

#[test]
fn a_refused_list_is_told_with_its_permission() {
    let world = World::healthy();
    world.kubernetes.fault(PODS, Kind::Forbidden);
    let diagnosis = world.diagnosis(&[]);
    assert_eq!(diagnosis["verdict"], "healthy");
    assert_eq!(diagnosis["notChecked"], json!(["PID370"]));
    assert_eq!(check(&diagnosis, "PID370")["gap"]["permission"], "list pods in shop");
}

const AGENT: &str = "/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-4k2mz";

/// The requests of one run for the logs of agents.
fn logs_read(world: &World) -> Vec<String> {
    let requests = world.kubernetes.requests();
    requests.into_iter().map(|request| request.path).filter(|path| path.ends_with("/log")).collect()
}

#[test]
fn the_log_is_read_for_the_newest_pod_of_an_account() {
    let world = World::healthy();
    // It is older than the healthy one, and nobody asks for its log.
    add_pods(&world, ["api-old".to_owned()], |pod| {
        pod["metadata"]["creationTimestamp"] = json!("2026-11-19T13:30:00Z");
        pod["status"]["podIP"] = json!("10.0.9.9");
    });
    let diagnosis = world.run(&["doctor", "sa/api", "-o", "json"]).json();
    assert_eq!((&diagnosis["verdict"], &check(&diagnosis, "PID690")["status"]), (&json!("healthy"), &json!("passed")));
    assert_eq!(check(&diagnosis, "PID630")["status"], "notApplicable");
    assert_eq!(logs_read(&world), [format!("{AGENT}/log")]);
}

#[test]
fn an_account_without_pods_reads_no_log() {
    let world = World::healthy();
    world.kubernetes.remove(POD);
    let diagnosis = world.run(&["doctor", "sa/api", "-o", "json"]).json();
    assert_eq!(check(&diagnosis, "PID690")["status"], "notApplicable");
    assert_eq!(logs_read(&world), Vec::<String>::new());
}

#[test]
fn a_refused_log_is_told_of_an_account_too() {
    let world = World::healthy();
    world.kubernetes.fault(&format!("{AGENT}/log"), Kind::Forbidden);
    let diagnosis = world.run(&["doctor", "sa/api", "-o", "json"]).json();
    let check = check(&diagnosis, "PID690");
    assert_eq!(
        (&check["status"], &check["gap"]["permission"]),
        (&json!("unknown"), &json!("get pods/log in kube-system"))
    );
}
