//! `--plan` lists what a run would ask, and asks nothing; what runs really ask all stands in the plan.

use podid_doubles::aws;
use serde_json::{Value, json};

use crate::support::kubernetes::{Kind, Recorded};
use crate::support::world::{POD, World};

/// The requests of a plan.
fn planned(world: &World, arguments: &[&str]) -> Vec<String> {
    let run = world.run(&[arguments, &["--plan", "-o", "json"]].concat()).ends_with(0);
    assert!(world.kubernetes.requests().is_empty() && world.aws.requests().is_empty(), "a plan asks nothing");
    let plan = run.json();
    assert_eq!(plan["kind"], "Plan");
    let requests = plan["requests"].as_array().expect("requests").iter();
    requests.map(|request| request["request"].as_str().expect("a request").to_owned()).collect()
}

/// Whether a planned word stands for a real one: a name that only an answer tells is in capitals.
fn stands_for(planned: &str, real: &str) -> bool {
    let placeholder = !planned.is_empty() && planned.chars().all(|c| c.is_ascii_uppercase() || c == '_');
    placeholder || planned == real
}

fn is_planned_path(planned: &str, real: &Recorded) -> bool {
    let Some(path) = planned.strip_prefix(&format!("{} ", real.method)) else { return false };
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let words = path.split('/').count() == real.path.split('/').count()
        && path.split('/').zip(real.path.split('/')).all(|(planned, real)| stands_for(planned, real));
    // How a list is cut into pages is no other request.
    let query: Vec<(&str, &str)> = query.split('&').filter_map(|part| part.split_once('=')).collect();
    let real = real.query.iter().filter(|(name, _)| !matches!(name.as_str(), "limit" | "continue"));
    let asked: Vec<(&str, &str)> = real.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    words
        && query.len() == asked.len()
        && query.iter().zip(asked).all(|((name, planned), (own, real))| {
            let planned = planned.replace("%3D", "=");
            let same = planned.split('=').count() == real.split('=').count()
                && planned.split('=').zip(real.split('=')).all(|(planned, real)| stands_for(planned, real));
            *name == own && (same || stands_for(&planned, real))
        })
}

fn is_planned_call(planned: &str, real: &aws::Recorded) -> bool {
    let mut words = planned.split(' ');
    let input: Value = serde_json::from_str(&real.input).expect("JSON");
    words.next() == Some(&real.action())
        && words.all(|word| {
            let (name, value) = word.split_once('=').expect("a parameter");
            // The played AWS notes a cluster's name under one name for all calls.
            let name = if name == "clusterName" { "name".to_owned() } else { name.to_owned() };
            let given = input.as_object().expect("parameters").iter().find(|(own, _)| own.eq_ignore_ascii_case(&name));
            given.is_some_and(|(_, real)| stands_for(value, real.as_str().unwrap_or_default()))
        })
}

/// Runs, and looks up each request in the plan.
#[track_caller]
pub fn all_is_planned(world: &World, arguments: &[&str]) {
    let plan = planned(world, arguments);
    world.run(arguments);
    let (kubernetes, aws) = (world.kubernetes.requests(), world.aws.requests());
    assert!(!kubernetes.is_empty());
    for request in &kubernetes {
        assert!(
            plan.iter().any(|one| is_planned_path(one, request)),
            "{} {:?} is not in {plan:#?}",
            request.path,
            request.query
        );
    }
    for request in &aws {
        assert!(
            plan.iter().any(|one| is_planned_call(one, request)),
            "{} {} is not in {plan:#?}",
            request.action(),
            request.input
        );
    }
}

#[test]
fn a_healthy_pod() {
    all_is_planned(&World::healthy(), &["doctor", "api-7c9f"]);
}

#[test]
fn everything_a_plan_says_of_a_healthy_pod_is_asked_unless_it_has_a_condition() {
    let world = World::healthy();
    let plan = world.run(&["doctor", "api-7c9f", "--plan", "-o", "json"]).json();
    world.doctor(&[]);
    let (kubernetes, aws) = (world.kubernetes.requests(), world.aws.requests());
    for one in plan["requests"].as_array().expect("requests").iter().filter(|one| one["when"].is_null()) {
        let request = one["request"].as_str().expect("a request");
        let asked = kubernetes.iter().any(|real| is_planned_path(request, real))
            || aws.iter().any(|real| is_planned_call(request, real));
        assert!(asked, "{request} was not asked");
    }
}

#[test]
fn a_node_whose_agent_proves_nothing() {
    all_is_planned(&World::unproven(), &["doctor", "api-7c9f"]);
    for labels in [
        json!({ "eks.amazonaws.com/nodegroup": null }),
        json!({ "eks.amazonaws.com/nodegroup": null, "karpenter.k8s.aws/ec2nodeclass": "own" }),
        json!({ "eks.amazonaws.com/compute-type": "auto", "eks.amazonaws.com/nodeclass": "own" }),
    ] {
        let class = json!({ "metadata": { "name": "own" }, "spec": { "instanceProfile": "nodes" } });
        let node = json!({ "metadata": { "labels": labels } });
        let world = World::patched(&json!({ "node": node, "nodeClass": class, "ec2NodeClass": class }));
        all_is_planned(&world, &["doctor", "api-7c9f"]);
    }
}

#[test]
fn targets_that_are_no_pods() {
    for target in
        ["sa/api", "sa/missing", "deploy/api", "rs/api-7c9f", "deploy/missing", "missing", "job/missing", "cj/missing"]
    {
        all_is_planned(&World::healthy(), &["doctor", target]);
    }
    all_is_planned(&World::healthy(), &["doctor", "-l", "app=api"]);
    all_is_planned(&World::healthy(), &["doctor", "-A", "-l", "app=api"]);
    all_is_planned(&World::healthy(), &["doctor", "api-7c9f", "sa/api", "deploy/api"]);
}

#[test]
fn what_is_asked_behind_a_fault() {
    let world = World::healthy();
    world.kubernetes.fault("/apis/apps/v1/daemonsets", Kind::Forbidden);
    world.kubernetes.remove("/api/v1/namespaces/shop/serviceaccounts/api");
    crate::command_line::verdicts::without_association(&world);
    all_is_planned(&world, &["doctor", "api-7c9f"]);
}

#[test]
fn owners_of_every_kind() {
    for (kind, api_version) in [("StatefulSet", "apps/v1"), ("DaemonSet", "apps/v1"), ("Job", "batch/v1")] {
        let world = World::healthy();
        let metadata = json!({ "name": "work", "namespace": "shop" });
        world.kubernetes.put(json!({ "apiVersion": api_version, "kind": kind, "metadata": metadata, "spec": {} }));
        let owner = json!({ "apiVersion": api_version, "kind": kind, "name": "work", "controller": true });
        world.kubernetes.patch(POD, &json!({ "metadata": { "ownerReferences": [owner] } }));
        all_is_planned(&world, &["doctor", "api-7c9f"]);
    }
}

#[test]
fn a_cluster_that_has_to_be_detected() {
    let world = World::healthy();
    world.configure(|kubeconfig| {
        kubeconfig["current-context"] = json!("work");
        let context = json!({ "cluster": "work", "user": "work", "namespace": "shop" });
        kubeconfig["contexts"] = json!([{ "name": "work", "context": context }]);
        kubeconfig["clusters"][0]["name"] = json!("work");
        kubeconfig["users"][0]["name"] = json!("work");
    });
    all_is_planned(&world, &["doctor", "api-7c9f", "--region", "eu-west-1"]);
}

#[test]
fn a_role_that_is_assumed_first() {
    let world = World::healthy();
    let config = "[profile base]\naws_access_key_id = AKIAHEALTHY\naws_secret_access_key = x\n\
        [profile via]\nrole_arn = arn:aws:iam::111122223333:role/admin\nsource_profile = base\n";
    world.write("aws-config", config);
    let path = world.argument("aws-config");
    let run = |more: &[&str]| {
        let command = world.command(&[&["doctor", "api-7c9f", "--aws-profile", "via"], more].concat());
        command.variable("AWS_CONFIG_FILE", &path).run()
    };
    let plan = run(&["--plan", "-o", "json"]).ends_with(0).json();
    assert!(world.aws.requests().is_empty(), "a plan asks nothing");
    let planned: Vec<&str> =
        plan["requests"].as_array().expect("requests").iter().filter_map(|one| one["request"].as_str()).collect();
    run(&[]);
    let asked: Vec<String> = world.aws.requests().iter().map(aws::Recorded::action).collect();
    assert!(asked.contains(&"sts:AssumeRole".to_owned()), "{asked:?}");
    for action in asked {
        let is_it = |one: &&&str| one.split(' ').next() == Some(action.as_str());
        assert!(planned.iter().any(|one| is_it(&one)), "{action} is not in {planned:?}");
    }
}

#[test]
fn without_aws_there_is_nothing_of_aws_in_it() {
    let plan = planned(&World::healthy(), &["doctor", "api-7c9f", "--no-aws"]);
    assert!(plan.iter().all(|request| request.starts_with("GET /")), "{plan:#?}");
}

#[test]
fn every_request_of_a_plan_has_its_permission_in_words() {
    let world = World::healthy();
    let plan = world.run(&["doctor", "api-7c9f", "--plan", "-o", "json"]).json();
    for one in plan["requests"].as_array().expect("requests") {
        let request = one["request"].as_str().expect("a request");
        let when = one["when"].as_str().unwrap_or_default();
        // A token, a session of Identity Center or the instance itself is what permits these.
        let login = ["web identity token", "Identity Center", "Amazon EC2"].iter().any(|word| when.contains(word));
        let free = request == "GET /version" || request == "sts:GetCallerIdentity" || login;
        assert_eq!(one["permission"].is_null(), free, "{one:#}");
    }
    let text = world.run(&["doctor", "api-7c9f", "--plan"]).ends_with(0).stdout;
    assert!(
        text.contains("GET /api/v1/namespaces/shop/pods/api-7c9f") && text.contains("permission: get pods in shop"),
        "{text}"
    );
    assert_eq!(world.run(&["doctor", "api-7c9f", "--plan", "-o", "yaml"]).ends_with(0).yaml(), plan);
}

#[test]
fn what_a_probe_needs_is_what_the_permissions_print() {
    let world = World::healthy();
    let printed = world.run(&["permissions", "--level", "probe", "-o", "short"]).ends_with(0).stdout;
    for way in ["exec", "ephemeral", "pod", "auto"] {
        let probe = format!("--probe={way}");
        let plan = world.run(&["doctor", "api-7c9f", "--plan", &probe, "-o", "json"]).ends_with(0).json();
        let rows = plan["requests"].as_array().expect("requests").iter().filter(|one| one["wave"] == 7);
        let rights: Vec<&str> = rows.filter_map(|one| one["permission"].as_str()).collect();
        assert!(!rights.is_empty(), "{plan:#}");
        for right in rights.iter().flat_map(|both| both.split(" and ")) {
            let right = right.replace(" from Kubernetes 1.35 on", "").replace("in shop", "in the pod's namespace");
            assert!(printed.contains(&right), "{right} is not in {printed}");
        }
    }
    let exec = world.run(&["doctor", "api-7c9f", "--plan", "--probe=exec"]).ends_with(0).stdout;
    let right = "permission: get pods/exec in shop and create pods/exec in shop from Kubernetes 1.35 on";
    assert!(exec.contains(right), "{exec}");
}
