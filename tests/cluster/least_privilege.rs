//! The printed role and policy are enough and least: with them nothing is missing, and without any one rule of them
//! exactly what that rule gives is missing. Rules come from the binary's own output, so that a new one is tried by itself.
//!
//! The real API server enforces the roles. The played AWS enforces the actions of the access key, by their names alone.

use serde_json::json;

use crate::support::scene::{Machine, Scene};

pub mod given;
pub mod seen;
pub mod situations;
pub mod stage;

use given::Given;
use seen::Seen;
use situations::{OTHERWISE, needs};
use stage::Stage;

#[test]
fn in_one_namespace() {
    let scene = Scene::new("least");
    let stage = Stage::new(&scene, "reader", &["--for-namespace", &scene.namespace]);
    let given = given(&stage, |one| !is_otherwise(one));
    assert!(given.len() > 30, "{} {given:?}", given.len());
    proves(&stage, &given);
}

#[test]
fn in_all_namespaces() {
    let scene = Scene::new("least-all");
    let stage = Stage::new(&scene, "reader-everywhere", &[]);
    // The actions are the same.
    proves(&stage, &given(&stage, |one| matches!(one, Given::Rule { .. }) && !is_otherwise(one)));
}

/// What all tests would see.
#[test]
fn in_a_cluster_that_is_set_otherwise() {
    let scene = Scene::alone("least-own", Machine::Linux);
    let stage = Stage::new(&scene, "reader", &["--for-namespace", &scene.namespace]);
    let _otherwise = stage.set_otherwise();
    let policies = json!({ "attachedPolicies": [], "inlinePolicies": ["own"] });
    scene.amazon.change(json!({ "accounts": { "111122223333": { "roles": { &scene.namespace: policies } } } }));
    let given = given(&stage, is_otherwise);
    assert_eq!(given.len(), OTHERWISE.len(), "{given:?}");
    proves(&stage, &given);
}

fn given(stage: &Stage<'_>, wanted: impl Fn(&Given) -> bool) -> Vec<Given> {
    stage.given().into_iter().filter(|one| wanted(one)).collect()
}

fn is_otherwise(one: &Given) -> bool {
    OTHERWISE.contains(&one.name().as_str())
}

/// With everything no situation misses anything; then takes one after the other away.
fn proves(stage: &Stage<'_>, given: &[Given]) {
    let mut wrong = Vec::new();
    let mut whole: Vec<(&str, Vec<Seen>)> = Vec::new();
    for one in given {
        let name = one.name();
        let situation = needs(&name);
        if whole.iter().all(|(known, _)| *known != situation) {
            let seen = stage.doctor(situation);
            let gaps = seen.iter().flat_map(Seen::gaps);
            wrong.extend(gaps.map(|gap| format!("with all that is printed, {situation}: {gap}")));
            whole.push((situation, seen));
        }
        let (_, before) = whole.iter().find(|(known, _)| *known == situation).expect("just put there");
        let after = stage.without(one, situation);
        let words = one.words(&stage.scene.namespace);
        let differences = seen::differences(before, &after, &words);
        wrong.extend(differences.iter().map(|what| format!("without {name}, {situation}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
