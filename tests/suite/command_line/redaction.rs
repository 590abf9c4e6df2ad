//! `--redact`: nothing of the user's stands in the report, beside it or in the saved file, and the verdict is the same.

use serde_json::json;

use super::verdicts;
use crate::support::run::{Run, in_one_line};
use crate::support::world::World;

const OWN: [&str; 6] = ["shop", "api-7c9f", "api-7c9e", "111122223333", "role/api", "deployment/api"];

/// Makes sure that neither standard output nor standard error has a name of the healthy world.
#[track_caller]
fn tells_nothing(run: &Run) {
    for name in OWN {
        assert!(!run.stdout.contains(name) && !run.stderr.contains(name), "{name}: {run:#?}");
    }
}

#[test]
fn report_and_saved_file_tell_no_names_and_the_same_verdict() {
    for verdict in verdicts::every() {
        let world = verdict.world;
        let save = world.argument("evidence");
        let live = world.doctor(&["--redact", "all", "-o", "json", "--save", &save]).ends_with(verdict.code);
        tells_nothing(&live);
        let evidence = world.read("evidence");
        assert!(OWN.iter().all(|name| !evidence.contains(name)), "{evidence}");
        let plain = world.doctor(&["-o", "json"]).ends_with(verdict.code).json();
        let live = live.json();
        for (field, value) in [("verdict", json!(verdict.word)), ("exitCode", json!(verdict.code))] {
            assert_eq!(live[field], value);
        }
        let statuses = |document: &serde_json::Value| -> Vec<String> {
            let checks = document["checks"].as_array().expect("checks").iter();
            checks.map(|check| format!("{} {}", check["code"], check["status"])).collect()
        };
        assert_eq!(statuses(&live), statuses(&plain));
        let again = world.run(&["doctor", "--from", &save, "-o", "json"]).ends_with(verdict.code).json();
        assert_eq!(again, live);
    }
}

#[test]
fn every_format_tells_no_names() {
    let world = verdicts::broken();
    for format in ["table", "wide", "short", "yaml", "markdown", "html", "junit"] {
        tells_nothing(&world.doctor(&["--redact", "all", "-v", "-o", format]).ends_with(1));
    }
}

#[test]
fn a_saved_file_is_told_in_other_names_too() {
    let world = verdicts::broken();
    let save = world.argument("evidence");
    let plain = world.doctor(&["--save", &save, "-o", "json"]).ends_with(1).json();
    let told = world.run(&["doctor", "--from", &save, "--redact", "all", "-o", "json"]).ends_with(1);
    tells_nothing(&told);
    assert_eq!(told.json()["causes"][0]["code"], plain["causes"][0]["code"]);
}

#[test]
fn what_was_asked_for_and_the_container_are_told_in_other_names_too() {
    let world = World::healthy();
    tells_nothing(&world.run(&["doctor", "deploy/api", "-c", "app", "--redact", "all", "-o", "json"]).ends_with(0));
    let selected = world.run(&["doctor", "-l", "app=shop", "--redact", "all", "-o", "json"]).ends_with(3);
    tells_nothing(&selected);
    assert_eq!(selected.json()["kind"], "DiagnosisList");
    let wrong = world.run(&["doctor", "deploy/api", "-c", "shop", "--redact", "names"]).ends_with(2);
    assert!(!wrong.stderr.contains("shop") && !wrong.stderr.contains("app"), "{wrong:#?}");
    let accounts = world.doctor(&["--redact", "accounts", "-o", "json"]).ends_with(0);
    assert!(accounts.stdout.contains("api-7c9f") && !accounts.stdout.contains("111122223333"), "{accounts:#?}");
}

#[test]
fn an_error_tells_no_names_of_the_call_and_of_the_kubeconfig() {
    let world = World::healthy();
    world.configure(|kubeconfig| {
        let own = kubeconfig["contexts"][0]["context"].clone();
        kubeconfig["contexts"] = json!([{ "name": "staging", "context": own }]);
    });
    for more in [&["--context", "stagin"][..], &["--context", "staging", "--user", "nobody"]] {
        let arguments = [&["doctor", "api-7c9f", "--redact", "all", "-o", "json"], more].concat();
        let run = world.run(&arguments).ends_with(2);
        tells_nothing(&run);
        assert!(["stagin", "nobody"].iter().all(|name| !run.stdout.contains(name)), "{run:#?}");
        assert!(run.json()["message"].as_str().expect("a message").contains("the kubeconfig has no"), "{run:#?}");
    }
    let nowhere = world.argument("nowhere");
    let run = world.doctor(&["--redact", "names", "--kubeconfig", &nowhere]).ends_with(2);
    assert!(run.stderr.contains("~/nowhere"), "{run:#?}");
}

#[test]
fn what_shows_requests_is_refused() {
    let world = World::healthy();
    for more in ["-vv", "--plan"] {
        let run = world.doctor(&["--redact", "accounts", more]).ends_with(2);
        assert!(in_one_line(&run.stderr).contains(&format!("{more} shows requests")), "{run:#?}");
        world.doctor(&["--redact", "none", more]).ends_with(0);
    }
    assert!(!world.run(&["demo", "healthy", "--redact", "all", "-vv"]).ends_with(0).stdout.contains("shop"));
}
