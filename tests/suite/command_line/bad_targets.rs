//! Names that are not there, and words that name nothing.

use serde_json::{Value, json};

use super::verdicts;
use crate::support::run::in_one_line;
use crate::support::world::World;

#[test]
fn a_value_without_its_equals_sign_is_no_pod() {
    let world = World::healthy();
    for (switch, value) in [("--cloudtrail", "3d"), ("--canary", "5"), ("--probe", "exec")] {
        let run = world.run(&["doctor", "api-7c9f", switch, value]).ends_with(2);
        run.warns(&[&format!("{value} is taken for the name of a pod"), &format!("{switch}={value}")]);
    }
    assert!(world.kubernetes.requests().is_empty());
    world.run(&["doctor", "pod", "api-7c9f", "--canary"]).ends_with(0);
}

#[test]
fn a_pod_that_is_not_there_is_told_with_the_nearest_names() {
    let world = verdicts::not_found();
    let document = world.doctor(&["-o", "json"]).ends_with(3).json();
    assert_eq!(
        (&document["verdict"], &document["targetGap"]["reason"]),
        (&json!("inconclusive"), &json!("insufficient"))
    );
    let summary = document["summary"].as_str().expect("a summary");
    assert!(summary.contains("api-7c9f") && summary.contains("api-7c9e"), "{summary}");
    let every = document["checks"].as_array().expect("checks").iter();
    let asked = every.filter(|check| check["area"] != "probe" || check["status"] != "notApplicable");
    let judged: Vec<&Value> = asked.filter(|check| check["status"] != "unknown").collect();
    assert_eq!(judged, Vec::<&Value>::new(), "every check stands as unknown");
    world.doctor(&[]).ends_with(3).says(&["inconclusive", "api-7c9e"]);
    let far = world.run(&["doctor", "something-else"]).ends_with(3);
    assert!(!far.stdout.contains("api-7c9e"), "a name that is not near is no help: {far:#?}");
}

#[test]
fn a_namespace_that_is_not_there_is_not_taken_for_an_empty_one() {
    let world = World::healthy();
    let document = world.doctor(&["-n", "shpo", "-o", "json"]).ends_with(3).json();
    let summary = document["summary"].as_str().expect("a summary");
    assert!(summary.contains("shpo"), "{summary}");
}

#[test]
fn words_that_name_nothing_are_usage_errors() {
    let world = World::healthy();
    let bad: &[(&[&str], &str)] = &[
        (&["doctor"], "nothing was named"),
        (&["doctor", "thing/api"], "thing"),
        (&["doctor", "deploy/"], "names no object"),
        (&["doctor", "/api"], "unknown resource type"),
        (&["doctor", "deployments.v2.apps/api"], "unknown resource type"),
        (&["doctor", "pods.apps/api"], "unknown resource type"),
        (&["doctor", "deploy/a/b"], "names no object"),
        (&["doctor", "../../secrets/x"], ""),
        (&["doctor", "API"], "names no object"),
        (&["doctor", "a b"], "names no object"),
        (&["doctor", "x", "-l", "app=api"], "cannot be used with"),
        (&["doctor", "x", "-A"], "cannot be used with"),
        (&["doctor", "x", "--no-such-flag"], "--no-such-flag"),
        (&["doctor", "x", "--fail-on", "sometimes"], "sometimes"),
        (&["doctor", "x", "--kubeconfig"], "--kubeconfig"),
    ];
    let long = "a".repeat(70_000);
    let more: &[(&[&str], &str)] = &[
        (&["doctor", "x", "-n", "Shop"], "is not the name of a namespace"),
        (&["doctor", "x", "-n", "../shop"], "is not the name of a namespace"),
        (&["doctor", "x", "-n", &long], "is not the name of a namespace"),
        (&["doctor", "x", "--eks-cluster", &long], "is not the name of an EKS cluster"),
        (&["doctor", "x", "--eks-cluster", "a/../b"], "is not the name of an EKS cluster"),
        (&["doctor", &long], "names no object"),
    ];
    for (arguments, told) in bad.iter().chain(more) {
        let run = world.run(arguments).ends_with(2);
        assert!(run.stdout.is_empty() && in_one_line(&run.stderr).contains(told), "{told}: {}", run.stderr);
        let document = world.run(&[arguments, &["-o", "json"][..]].concat()).ends_with(2).json();
        assert_eq!(document["kind"], "Error", "{document:#}");
    }
    assert!(world.kubernetes.requests().is_empty());
}

#[test]
fn no_verb_is_guessed() {
    let world = World::healthy();
    for arguments in [&["doctr", "api-7c9f"][..], &[], &["-n", "shop"]] {
        let run = world.run(arguments).ends_with(2);
        assert!(run.stdout.is_empty() && run.stderr.contains("Usage: kubectl podid"), "{run:#?}");
    }
    assert!(world.kubernetes.requests().is_empty());
    let document = world.run(&["api-7c9f", "-o", "json"]).ends_with(2).json();
    assert_eq!(document["kind"], "Error");
}

#[test]
fn an_error_of_the_call_is_a_document_in_the_format_that_was_asked_for() {
    let world = World::healthy();
    for arguments in [&["-ojson"][..], &["--output=json"], &["-o=json"], &["--output", "json"]] {
        world.run(&[&["doctor", "x", "--nonsense"], arguments].concat()).ends_with(2).json();
    }
    let run = world.run(&["doctor", "x", "--nonsense", "-o", "yaml"]).ends_with(2);
    assert!(run.yaml()["message"].is_string() && !run.stdout.starts_with('{'), "{run:#?}");
}

#[test]
fn a_selector_that_is_none_is_told_with_the_servers_words() {
    let world = World::healthy();
    let run = world.run(&["doctor", "-l", "a b c"]).ends_with(3);
    run.warns(&["unable to parse requirement"]);
}
