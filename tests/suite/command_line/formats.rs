//! The exit code is the same in every format, and documents say the same in each.

use serde_json::{Value, json};

use super::verdicts;
use crate::support::world::World;

#[test]
fn a_verdict_has_one_exit_code_in_every_format() {
    for verdict in verdicts::every() {
        for format in ["table", "wide", "short", "json", "yaml", "markdown", "html", "junit"] {
            verdict.world.doctor(&["-o", format]).ends_with(verdict.code);
        }
    }
}

#[test]
fn documents_say_the_verdict_and_the_exit_code() {
    for verdict in verdicts::every() {
        let json = verdict.world.diagnosis(&[]);
        let yaml = verdict.world.doctor(&["-o", "yaml"]).yaml();
        assert_eq!((&json["verdict"], &json["exitCode"]), (&json!(verdict.word), &json!(verdict.code)), "{json:#}");
        assert_eq!(without_times(json), without_times(yaml));
    }
}

#[test]
fn people_read_the_verdict_first() {
    for verdict in verdicts::every() {
        let table = verdict.world.doctor(&[]).stdout;
        let first = table.lines().find(|line| line.contains(": ")).unwrap_or_default();
        assert!(first.contains(&format!("{}: ", verdict.word)), "{table}");
        let short = verdict.world.doctor(&["-o", "short"]).stdout;
        let beginning = match verdict.word {
            "healthy" => "ok shop/api-7c9f ",
            "broken" => "error shop/api-7c9f PID210 ",
            "degraded" => "warning shop/api-7c9f PID310 ",
            _ => "unknown shop/api-7c9f ",
        };
        assert!(short.starts_with(beginning), "{short}");
    }
}

#[test]
fn fail_on_decides_about_the_exit_code_and_not_about_the_verdict() {
    for verdict in verdicts::every() {
        let strict = if verdict.word == "degraded" { 4 } else { verdict.code };
        for (fail_on, code) in [("error", verdict.code), ("warning", strict), ("never", 0)] {
            let run = verdict.world.doctor(&["--fail-on", fail_on, "-o", "json"]).ends_with(code);
            assert_eq!(run.json()["verdict"], verdict.word);
            verdict.world.doctor(&["--fail-on", fail_on]).ends_with(code);
        }
    }
}

#[test]
fn a_format_that_doctor_has_no_use_for_is_a_usage_error() {
    let world = World::healthy();
    world.doctor(&["-o", "rbac"]).ends_with(2).warns(&["'rbac' for '--output", "possible values: table, wide"]);
    let mistyped = world.doctor(&["-o", "nonsense"]).ends_with(2).warns(&["nonsense", "markdown", "junit"]);
    assert!(!mistyped.stderr.contains("rbac"), "{}", mistyped.stderr);
    assert!(world.kubernetes.requests().is_empty(), "nothing is asked for a call that cannot be meant");
}

/// A document without what differs from run to run.
fn without_times(mut document: Value) -> Value {
    document["durationMs"] = Value::Null;
    document
}
