//! `--save` and `--from`: the same verdict and the same document come out, with no network.

use serde_json::{Value, json};

use super::verdicts;
use crate::support::world::World;

/// Diagnoses from a saved file, in a world where nothing answers.
fn from(world: &World, more: &[&str]) -> crate::support::run::Run {
    let path = world.argument("evidence");
    let arguments = [&["doctor", "--from", &path], more].concat();
    world.kubernetes.forget_requests();
    world.aws.forget_requests();
    let run = world.command(&arguments).without(&["KUBECONFIG", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"]).run();
    assert!(world.kubernetes.requests().is_empty() && world.aws.requests().is_empty());
    run
}

#[test]
fn a_saved_run_comes_out_the_same() {
    for verdict in verdicts::every() {
        let world = verdict.world;
        let live = world.doctor(&["-o", "json", "--save", &world.argument("evidence")]).ends_with(verdict.code);
        assert_eq!(live.json(), from(&world, &["-o", "json"]).ends_with(verdict.code).json());
        let table = world.doctor(&["--save", &world.argument("evidence")]).stdout;
        assert_eq!(table, from(&world, &[]).ends_with(verdict.code).stdout);
    }
}

#[test]
fn saving_changes_nothing_about_the_report() {
    let world = verdicts::broken();
    let without = |mut document: Value| {
        document["durationMs"] = json!(0);
        document
    };
    let saved = world.diagnosis(&["--save", &world.argument("evidence")]);
    assert_eq!(without(saved), without(world.diagnosis(&[])));
}

#[test]
fn several_targets_are_saved_as_a_list() {
    let world = World::healthy();
    let save = world.argument("evidence");
    let live = world.run(&["doctor", "api-7c9f", "missing", "-o", "json", "--save", &save]).ends_with(3);
    assert_eq!(live.json(), from(&world, &["-o", "json"]).ends_with(3).json());
    assert!(world.read("evidence").contains("kind: EvidenceList"));
    let one = world.run(&["doctor", "deploy/api", "-o", "json", "--save", &save]).ends_with(0);
    let again = from(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!((&again["kind"], &again["samples"]), (&json!("DiagnosisList"), &one.json()["samples"]));
    let none = world.run(&["doctor", "-l", "app=nothing", "-o", "json", "--save", &save]).ends_with(3);
    assert_eq!(none.json(), from(&world, &["-o", "json"]).ends_with(3).json());
}

#[test]
fn a_saved_run_is_judged_anew_by_the_flags_of_the_second_one() {
    let world = verdicts::degraded();
    world.doctor(&["--save", &world.argument("evidence")]).ends_with(0);
    from(&world, &["--fail-on", "warning"]).ends_with(4);
    from(&world, &["--skip", "PID310", "-o", "json"]).ends_with(0);
    from(&world, &["-c", "app"]).ends_with(0);
    from(&world, &["-c", "nobody"]).ends_with(2).warns(&["no container is called nobody", "app"]);
}

#[test]
fn evidence_comes_from_standard_input_too() {
    let world = verdicts::broken();
    world.doctor(&["--save", &world.argument("evidence")]).ends_with(1);
    let saved = world.read("evidence");
    world.command(&["doctor", "--from", "-", "-o", "json"]).stdin(&saved).run().ends_with(1).json();
    let as_json: Value = serde_saphyr::from_str(&saved).expect("YAML");
    world.command(&["doctor", "--from", "-"]).stdin(&as_json.to_string()).run().ends_with(1);
}

#[test]
fn saving_and_reading_at_once_contradict() {
    let world = World::healthy();
    world.run(&["doctor", "--from", "a", "--save", "b"]).ends_with(2);
    world.run(&["doctor", "api-7c9f", "--from", "a"]).ends_with(2);
    world.run(&["doctor", "--from", "a", "--plan"]).ends_with(2);
}
