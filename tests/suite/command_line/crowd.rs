//! Many pods at once: what they cost, which of them are judged, and that each answer is told once.

use serde_json::{Value, json};

use super::verdicts::change_cluster;
use crate::support::world::{POD, World, causes};

const NODE: &str = "ip-10-0-1-7.eu-west-1.compute.internal";

/// The healthy world, and beside it so many pods of its deployment over so many nodes, each with an agent of its own.
pub fn crowd(pods: usize, nodes: usize) -> World {
    let world = World::healthy();
    let node = world.kubernetes.object(&format!("/api/v1/nodes/{NODE}"));
    let agent_path = "/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-4k2mz";
    let agent = world.kubernetes.object(agent_path);
    let log = world.kubernetes.object(&format!("{agent_path}/log"));
    let name = |number: usize| if number == 0 { NODE.to_owned() } else { format!("ip-10-0-2-{number}") };
    for number in 1..nodes {
        let (mut own, mut its_agent) = (node.clone(), agent.clone());
        own["metadata"]["name"] = json!(name(number));
        its_agent["metadata"]["name"] = json!(format!("eks-pod-identity-agent-{number:04}"));
        its_agent["spec"]["nodeName"] = json!(name(number));
        world.kubernetes.put(own);
        world.kubernetes.put(its_agent);
        let path = format!("/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-{number:04}/log");
        world.kubernetes.serve(&path, log.clone());
    }
    for number in 0..pods {
        let mut pod = world.kubernetes.object(POD);
        pod["metadata"]["name"] = json!(format!("api-7c9f-{number:04}"));
        pod["metadata"]["uid"] = json!(format!("uid-{number:04}"));
        pod["spec"]["nodeName"] = json!(name(number % nodes));
        world.kubernetes.put(pod);
    }
    world
}

fn requests(world: &World) -> usize {
    world.kubernetes.requests().len() + world.aws.requests().len()
}

fn logs(world: &World) -> usize {
    world.kubernetes.requests().iter().filter(|request| request.path.ends_with("/log")).count()
}

#[test]
fn five_hundred_alike_pods_cost_what_a_few_do() {
    let world = crowd(500, 1);
    let run = world.run(&["doctor", "-A"]).ends_with(0);
    assert!(requests(&world) <= 60, "{} requests", requests(&world));
    assert!(run.stdout.lines().count() <= 120, "{} lines:\n{}", run.stdout.lines().count(), run.stdout);
    run.says(&["of 501 pods for -A in all namespaces", "--all-pods judges all"]);

    let world = crowd(500, 20);
    let run = world.run(&["doctor", "-A"]).ends_with(0);
    assert!(requests(&world) <= 120, "{} requests", requests(&world));
    assert!(run.stdout.lines().count() <= 120, "{}", run.stdout);
    assert_eq!(logs(&world), 20, "the log of each agent once");
}

#[test]
fn an_agents_log_is_read_once_for_all_pods_of_its_node() {
    let world = crowd(100, 1);
    let document = world.run(&["doctor", "-l", "app=api", "-o", "json"]).ends_with(0).json();
    assert_eq!(document["items"].as_array().map(Vec::len), Some(101), "up to 200 pods all are judged");
    assert_eq!(logs(&world), 1);
    // What is told of a pod is what is told of it alone.
    for name in ["api-7c9f", "api-7c9f-0042"] {
        let alone = world.run(&["doctor", name, "-n", "shop", "-o", "json"]).json();
        let items = document["items"].as_array().expect("items");
        let among = items.iter().find(|item| item["target"]["name"] == name).expect("the pod");
        for part in ["verdict", "causes", "timeline", "summary"] {
            assert_eq!(among[part], alone[part], "{name}: {part}");
        }
        let statuses = |one: &Value| -> Vec<Value> {
            one["checks"].as_array().expect("checks").iter().map(|check| check["status"].clone()).collect()
        };
        assert_eq!(statuses(among), statuses(&alone), "{name}");
    }
}

#[test]
fn all_pods_are_judged_where_that_is_asked_for() {
    let world = crowd(250, 1);
    let document = world.run(&["doctor", "-A", "--all-pods", "-o", "json"]).ends_with(0).json();
    assert_eq!(document["items"].as_array().map(Vec::len), Some(251));
    assert_eq!(document["samples"][0]["isSample"], false);
    assert_eq!(logs(&world), 1);
}

#[test]
fn a_sample_has_a_pod_of_each_state() {
    let world = crowd(300, 3);
    let mut bare = world.kubernetes.object(POD);
    bare["metadata"]["name"] = json!("api-7c9f-stale");
    bare["metadata"]["creationTimestamp"] = json!("2026-01-01T00:00:00Z");
    bare["spec"]["containers"][0]["env"] = json!([]);
    bare["spec"]["volumes"] = json!([]);
    world.kubernetes.put(bare);
    let document = world.run(&["doctor", "-A", "-o", "json"]).ends_with(1).json();
    let items = document["items"].as_array().expect("items");
    assert!(items.len() <= 6, "{} items", items.len());
    let stale = items.iter().find(|item| item["target"]["name"] == "api-7c9f-stale").expect("the one that differs");
    assert_eq!(causes(stale)[0], "PID220");
    assert_eq!(document["samples"][0]["isSample"], true);
}

#[test]
fn what_is_to_have_no_identity_is_left_out() {
    let world = World::healthy();
    let document = world.run(&["doctor", "-A", "-o", "json"]).ends_with(0).json();
    let names: Vec<&Value> =
        document["items"].as_array().expect("items").iter().map(|item| &item["target"]["name"]).collect();
    assert_eq!(names, ["api-7c9f"], "the agent's own pod has nothing to do with it");
    assert_eq!(document["samples"][0]["leftOut"], 1);
    world.run(&["doctor", "-A"]).says(&["(1 more pod without association, annotation or variables)"]);

    // Without the associations nobody knows who is to have none.
    let world = super::verdicts::inconclusive();
    let document = world.run(&["doctor", "-A", "-o", "json"]).json();
    assert_eq!(document["items"].as_array().map(Vec::len), Some(2));
    assert_eq!(document["samples"][0]["leftOut"], 0);

    let world = World::healthy();
    world.kubernetes.remove(POD);
    change_cluster(&world, |cluster| cluster.associations.clear());
    world.run(&["doctor", "-A"]).ends_with(3).says(&["no pod for -A in all namespaces is to have an identity"]);
}

#[test]
fn each_answer_is_told_once_with_whom_it_is_about() {
    let world = crowd(9, 3);
    // One node has lost its agent.
    world.kubernetes.remove("/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-0001");
    let run = world.run(&["doctor", "-l", "app=api"]).ends_with(1);
    let page = run.stdout.clone();
    run.says(&["3 broken: PID630", "7 healthy", "shop/api-7c9f-: 0001 0004 0007", "2 more targets like this one"]);
    assert_eq!(page.matches("✗ PID630").count(), 1, "its page once:\n{page}");
    let markdown = world.run(&["doctor", "-l", "app=api", "-o", "markdown"]).ends_with(1).stdout;
    assert_eq!(markdown.matches("like this one").count(), 2, "{markdown}");
    let html = world.run(&["doctor", "-l", "app=api", "-o", "html"]).ends_with(1).stdout;
    assert_eq!(html.matches("like this one").count(), 2);
    let verbose = world.run(&["doctor", "-l", "app=api", "-v"]).ends_with(1).stdout;
    assert!(!verbose.contains("like this one"), "-v shows each");
}
