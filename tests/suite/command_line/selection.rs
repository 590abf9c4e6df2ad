//! What is judged: `--only`, `--skip`, `-c`, `--no-aws`, `--fix-format`.

use serde_json::{Value, json};

use super::verdicts;
use crate::support::world::{POD, World, causes, check};

/// The codes that have a status.
fn with_status<'a>(diagnosis: &'a Value, status: &str) -> Vec<&'a str> {
    let checks = diagnosis["checks"].as_array().expect("checks").iter();
    checks.filter(|check| check["status"] == status).filter_map(|check| check["code"].as_str()).collect()
}

#[test]
fn only_takes_codes_names_areas_and_globs_with_what_they_require() {
    let world = World::healthy();
    for pattern in ["PID210", "pid210", "association/exists", "association/ex*"] {
        let diagnosis = world.diagnosis(&["--only", pattern]);
        assert_eq!(with_status(&diagnosis, "passed"), ["PID120", "PID210"], "{pattern}");
        assert_eq!(check(&diagnosis, "PID340")["status"], "notApplicable");
        assert!(check(&diagnosis, "PID340")["reason"].is_string());
    }
    let area = world.diagnosis(&["--only", "association"]);
    let own = podid::checks::registry::matching("association").into_iter().map(|check| check.code.to_string());
    let expected: Vec<String> = std::iter::once("PID120".to_owned()).chain(own).collect();
    assert_eq!(with_status(&area, "passed"), expected);
    assert_eq!(area, world.diagnosis(&["--only", "PID2*"]).with_duration(&area));
    let two = world.diagnosis(&["--only", "PID210,PID250", "--only=PID410"]);
    assert_eq!(with_status(&two, "passed"), ["PID120", "PID210", "PID250", "PID410"]);
}

trait WithDuration {
    /// The document with the duration of another one.
    fn with_duration(self, other: &Value) -> Value;
}

impl WithDuration for Value {
    fn with_duration(mut self, other: &Value) -> Value {
        self["durationMs"] = other["durationMs"].clone();
        self
    }
}

#[test]
fn skip_leaves_checks_out() {
    let world = verdicts::degraded();
    assert_eq!(causes(&world.diagnosis(&[])), ["PID310"]);
    let diagnosis = world.diagnosis(&["--skip", "injection/webhook"]);
    assert_eq!((causes(&diagnosis), &diagnosis["verdict"]), (vec![], &json!("healthy")));
    assert_eq!(check(&diagnosis, "PID310")["status"], "notApplicable");
}

#[test]
fn an_unknown_check_is_a_usage_error() {
    let world = World::healthy();
    for flag in ["--only", "--skip"] {
        for pattern in ["PID999", "nonsense", "assoc", "PID210,nonsense", ""] {
            let arguments = [flag, pattern];
            world.doctor(&arguments).ends_with(2).warns(&["next"]);
            let document = world.doctor(&[flag, pattern, "-o", "json"]).ends_with(2).json();
            assert_eq!(document["kind"], "Error");
        }
    }
    assert!(world.kubernetes.requests().is_empty());
}

#[test]
fn one_container_is_judged_alone() {
    let world = World::healthy();
    let mut pod = world.kubernetes.object(POD);
    let mut second = pod["spec"]["containers"][0].clone();
    second["name"] = json!("keys");
    second["env"].as_array_mut().expect("variables").extend([
        json!({ "name": "AWS_ACCESS_KEY_ID", "value": "x" }),
        json!({ "name": "AWS_SECRET_ACCESS_KEY", "value": "x" }),
    ]);
    pod["spec"]["containers"].as_array_mut().expect("containers").push(second);
    world.kubernetes.put(pod);
    assert_eq!(causes(&world.diagnosis(&[])), ["PID410"]);
    world.doctor(&["-c", "app"]).ends_with(0);
    world.doctor(&["--container", "keys"]).ends_with(1);
    let run = world.doctor(&["-c", "nobody"]).ends_with(2);
    assert_eq!(run.stdout, "");
    run.warns(&["no container is called nobody", "app, keys"]);
    let document = world.doctor(&["-c", "nobody", "-o", "json"]).ends_with(2).json();
    assert_eq!(document["hint"], "the containers are app, keys");
}

#[test]
fn without_aws_the_run_is_inconclusive_at_best() {
    let world = World::healthy();
    let diagnosis = world.doctor(&["--no-aws", "-o", "json"]).ends_with(3).json();
    assert_eq!((&diagnosis["verdict"], causes(&diagnosis)), (&json!("inconclusive"), vec![]));
    assert_eq!(check(&diagnosis, "PID210")["gap"]["reason"], "notRequested");
    assert_eq!(check(&diagnosis, "PID340")["status"], "passed");
    assert_eq!(diagnosis["missingPermissions"], json!([]), "nothing was refused");
    assert!(world.aws.requests().is_empty());
    world.doctor(&["--no-aws", "--fail-on", "never"]).ends_with(0);
    let mut pod = world.kubernetes.object(POD);
    pod["spec"]["containers"][0]["env"] = json!([{ "name": "AWS_ACCESS_KEY_ID", "value": "x" },
        { "name": "AWS_SECRET_ACCESS_KEY", "value": "x" }]);
    world.kubernetes.put(pod);
    world.doctor(&["--no-aws"]).ends_with(1);
}

#[test]
fn fixes_are_worded_for_the_tool_that_is_used() {
    let world = verdicts::broken();
    let command = |format: &str| {
        let diagnosis = world.diagnosis(&["--fix-format", format]);
        diagnosis["causes"][0]["remediation"][0]["command"].as_str().unwrap_or_default().to_owned()
    };
    assert!(command("aws").starts_with("aws eks create-pod-identity-association"), "{}", command("aws"));
    assert!(command("terraform").contains("aws_eks_pod_identity_association"), "{}", command("terraform"));
    assert!(command("eksctl").starts_with("eksctl create podidentityassociation"), "{}", command("eksctl"));
}

#[test]
fn flags_name_the_cluster_and_the_region() {
    let world = World::healthy();
    world.configure(|kubeconfig| {
        kubeconfig["current-context"] = json!("work");
        kubeconfig["contexts"][0]["name"] = json!("work");
        for (list, entry) in [("clusters", "cluster"), ("users", "user")] {
            kubeconfig[list][0]["name"] = json!("work");
            kubeconfig["contexts"][0]["context"][entry] = json!("work");
        }
    });
    let diagnosis = world.diagnosis(&["--eks-cluster", "prod", "--region", "eu-west-1"]);
    assert_eq!((&diagnosis["cluster"]["name"], &diagnosis["cluster"]["nameSource"]), (&json!("prod"), &json!("flag")));
    assert_eq!(diagnosis["verdict"], "healthy");
    let diagnosis = world.diagnosis(&["--region", "eu-west-1"]);
    assert_eq!(diagnosis["cluster"]["nameSource"], "agentArguments", "the agent knows its cluster's name");
    assert_eq!(diagnosis["verdict"], "healthy");
    let diagnosis = world.doctor(&["-o", "json"]).ends_with(3).json();
    assert!(check(&diagnosis, "PID210")["gap"]["detail"].as_str().is_some_and(|detail| detail.contains("--region")));
    let command = world.command(&["doctor", "api-7c9f"]).variable("AWS_REGION", "eu-west-1");
    command.run().ends_with(0);
}
