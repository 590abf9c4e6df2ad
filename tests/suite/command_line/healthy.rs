//! The healthy pod: nothing found, few requests, three waves, and evidence that is what the servers hold.

use std::collections::BTreeSet;
use std::time::Duration;

use podid::evidence::Evidence;
use podid_doubles::waves;
use serde_json::{Value, json};

use crate::support::case;
use crate::support::kubernetes::{Kind, Recorded};
use crate::support::world::{World, check};

#[test]
fn nothing_is_found() {
    let world = World::healthy();
    let run = world.doctor(&[]).ends_with(0);
    assert!(run.stdout.contains("healthy"), "{run:#?}");
    assert_eq!(run.stderr, "");
}

#[test]
fn every_check_is_made() {
    let diagnosis = World::healthy().diagnosis(&[]);
    assert_eq!((&diagnosis["verdict"], &diagnosis["causes"]), (&json!("healthy"), &json!([])), "{diagnosis:#}");
    let checks = diagnosis["checks"].as_array().expect("checks");
    let odd: Vec<&Value> = checks.iter().filter(|check| check["status"] != "passed").collect();
    let na = |check: &&&Value| check["status"] != "notApplicable";
    assert_eq!(odd.iter().filter(na).count(), 0, "{odd:#?}");
    assert_eq!(diagnosis["notChecked"], json!([]));
    assert_eq!(diagnosis["collectedAt"], "2026-11-20T14:07:11Z", "the API server's clock counts");
}

#[test]
fn it_takes_at_most_three_waves() {
    // On a busy machine requests of one wave do not begin together, so the answers are given more time until they do.
    let few = [100, 300, 900].into_iter().any(|millis| {
        let world = World::healthy();
        world.set_latency(Duration::from_millis(millis));
        world.doctor(&[]).ends_with(0);
        let (kubernetes, aws) = (world.kubernetes.requests(), world.aws.requests());
        let aws = aws.iter().map(podid_doubles::aws::Recorded::interval);
        waves(kubernetes.iter().map(Recorded::interval).chain(aws)) <= 3
    });
    assert!(few, "more than three round trips one after the other");
}

#[test]
fn it_takes_at_most_twenty_requests() {
    let world = World::healthy();
    let diagnosis = world.diagnosis(&[]);
    let (kubernetes, aws) = (world.kubernetes.requests(), world.aws.requests());
    let told = json!({ "kubernetes": kubernetes.len(), "aws": aws.len() });
    assert_eq!(diagnosis["requests"], told, "{kubernetes:#?} {aws:#?}");
    assert!(kubernetes.len() + aws.len() <= 20, "{told}");
    let paths: BTreeSet<_> = kubernetes.iter().map(|r| (&r.path, &r.query)).collect();
    assert_eq!(paths.len(), kubernetes.len(), "something was asked twice: {kubernetes:#?}");
}

#[test]
fn without_the_agents_log_the_role_of_the_node_costs_two_requests_more() {
    let proven = World::healthy().diagnosis(&[])["requests"].clone();
    let world = World::healthy();
    world.kubernetes.fault("/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-4k2mz/log", Kind::Forbidden);
    let diagnosis = world.diagnosis(&[]);
    let (kubernetes, aws) = (world.kubernetes.requests().len(), world.aws.requests().len());
    let (before, after) = (proven["aws"].as_u64().expect("a number"), aws as u64);
    assert_eq!(
        (proven["kubernetes"].as_u64(), before + 2),
        (Some(kubernetes as u64), after),
        "{:#?}",
        world.aws.requests()
    );
    assert!(kubernetes + aws <= 22, "{kubernetes} + {aws}");
    assert_eq!(check(&diagnosis, "PID710")["status"], "passed", "{diagnosis:#}");
}

#[test]
fn what_is_read_is_what_the_servers_hold() {
    let world = World::unproven();
    let saved = world.argument("evidence.yaml");
    world.doctor(&["--save", &saved]).ends_with(0);
    let read = Evidence::from_yaml(&world.read("evidence.yaml")).expect("evidence");
    let held = Evidence::from_value(case::healthy()).expect("evidence");
    let expected = Evidence {
        // What no server holds.
        tool_version: read.tool_version.clone(),
        duration_ms: read.duration_ms,
        requests: read.requests,
        context: read.context.clone(),
        similar_names: read.similar_names.clone(),
        service_accounts: read.service_accounts.clone(),
        // Asked only where EKS does not know the cluster.
        version: read.version.clone(),
        agent_log: read.agent_log.clone(),
        // What is not asked about a node of a node group.
        node_class: read.node_class.clone(),
        ec2_node_class: read.ec2_node_class.clone(),
        instance_profile: read.instance_profile.clone(),
        access_entries: read.access_entries.clone(),
        node_access_entries: read.node_access_entries.clone(),
        aws_auth: read.aws_auth.clone(),
        // What is asked with a switch only.
        secrets: read.secrets.clone(),
        canary: read.canary.clone(),
        probe: read.probe.clone(),
        bound_token: read.bound_token.clone(),
        assume: read.assume.clone(),
        trail: read.trail.clone(),
        node_log: read.node_log.clone(),
        ..held
    };
    let lines = |evidence: &Evidence| evidence.to_yaml().expect("YAML");
    similar(&lines(&read), &lines(&expected));
}

/// Compares texts so that a failure shows the first line that differs.
fn similar(found: &str, expected: &str) {
    for (line, (found, expected)) in found.lines().zip(expected.lines()).enumerate() {
        assert_eq!(found, expected, "line {}", line + 1);
    }
    assert_eq!(found, expected);
}
