//! Files that cannot be written, and files that hold no evidence: a clear error with the next step.

use serde_json::json;

use super::verdicts;
use crate::support::run::in_one_line;
use crate::support::world::{POD, World};

#[test]
fn a_report_comes_also_where_it_cannot_be_saved() {
    for (verdict, place) in
        verdicts::every().into_iter().zip(["/dev/full", "/nowhere/at/all", "/", "/dev/full", "/dev/full"])
    {
        let run = verdict.world.doctor(&["--save", place, "-o", "json"]).ends_with(2);
        let document = run.json();
        assert_eq!((&document["kind"], &document["verdict"]), (&json!("Diagnosis"), &json!(verdict.word)), "{run:#?}");
        let run = verdict.world.doctor(&["--save", place]).ends_with(2);
        assert!(run.stdout.contains(&format!("{}: ", verdict.word)), "{run:#?}");
        run.warns(&["could not be saved", place, "next"]);
    }
}

#[test]
fn nothing_is_left_of_a_file_that_could_not_be_finished() {
    let world = World::healthy();
    world.write("folder/keep", "");
    world.doctor(&["--save", &world.argument("folder")]).ends_with(2);
    let names = |folder: &str| -> Vec<String> {
        let entries = std::fs::read_dir(world.path(folder)).expect("a folder");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    };
    assert_eq!(names("folder"), ["keep"]);
    assert_eq!(names("").iter().filter(|name| name.contains("partial")).count(), 0);
}

#[test]
fn an_older_file_is_replaced_as_a_whole() {
    let world = World::healthy();
    world.write("evidence", &"older: text\n".repeat(10_000));
    world.doctor(&["--save", &world.argument("evidence")]).ends_with(0);
    assert!(!world.read("evidence").contains("older"));
    world.run(&["doctor", "--from", &world.argument("evidence")]).ends_with(0);
}

/// Files that are none, and what has to be said of them.
const FOREIGN: &[(&str, &str)] = &[
    ("", "no evidence"),
    ("apiVersion: v1\nkind: Pod\nmetadata: {name: api}\n", "kind Pod"),
    ("[1, 2, 3]", "no mapping"),
    ("just text", "no mapping"),
    ("apiVersion: podid/v2\nkind: Evidence\n", "newer form podid/v2"),
    ("apiVersion: podid/v2\nkind: EvidenceList\nitems: []\n", "podid/v2"),
    ("apiVersion: podid/v1\nkind: EvidenceList\n", "items"),
    ("apiVersion: podid/v1\nkind: Diagnosis\n", "kind Diagnosis"),
    ("apiVersion: podid/v1\nkind: Evidence\n", "field"),
    ("apiVersion: podid/v1\nkind: EvidenceList\nitems: [{kind: Pod, apiVersion: v1}]\n", "kind Pod"),
    ("{{{: not yaml", "not YAML"),
    ("a: &a [*a]\n", "no"),
];

#[test]
fn a_file_that_is_no_evidence_is_refused() {
    let world = World::healthy();
    for (text, told) in FOREIGN {
        world.write("evidence", text);
        let path = world.argument("evidence");
        let run = world.run(&["doctor", "--from", &path]).ends_with(2);
        assert_eq!(run.stdout, "");
        let told_plainly = in_one_line(&run.stderr);
        assert!(told_plainly.contains(told) && told_plainly.contains("next:"), "{text:?}: {told_plainly}");
        let document = world.run(&["doctor", "--from", &path, "-o", "json"]).ends_with(2).json();
        assert_eq!((&document["kind"], &document["exitCode"]), (&json!("Error"), &json!(2)));
        assert!(document["hint"].is_string(), "{document:#}");
        world.run(&["doctor", "--from", &path, "-o", "yaml"]).ends_with(2).yaml();
    }
}

#[test]
fn a_file_that_cannot_be_read_is_told_with_its_name() {
    let world = World::healthy();
    std::fs::write(world.path("bytes"), [0xff, 0xfe, 0x00, 0x80]).expect("a file");
    world.write("folder/keep", "");
    for name in ["missing", "bytes", "folder"] {
        let path = world.argument(name);
        world.run(&["doctor", "--from", &path]).ends_with(2).warns(&[name, "next"]);
        world.run(&["doctor", "--from", &path, "-o", "json"]).ends_with(2).json();
    }
    let nothing = world.command(&["doctor", "--from", "-"]).stdin("").run().ends_with(2);
    nothing.warns(&["standard input"]);
}

#[test]
fn no_file_makes_it_run_for_ever_or_out_of_memory() {
    let world = World::healthy();
    // Aliases that would grow to a billion scalars.
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..10 {
        let aliases = vec![format!("*a{}", level - 1); 10].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{aliases}]\n"));
    }
    let deep = "[".repeat(100_000);
    for text in [bomb, deep] {
        world.write("evidence", &text);
        let run = world.run(&["doctor", "--from", &world.argument("evidence")]).ends_with(2);
        assert!(run.took.as_secs() < 20, "{:?}", run.took);
    }
}

#[cfg(unix)]
#[test]
fn only_its_owner_reads_a_saved_file_and_no_link_is_followed() {
    use std::os::unix::fs::{PermissionsExt, symlink};
    let world = World::healthy();
    world.write("elsewhere", "kept");
    symlink(world.path("elsewhere"), world.path("evidence")).expect("a link");
    world.doctor(&["--save", &world.argument("evidence")]).ends_with(0);
    let saved = std::fs::symlink_metadata(world.path("evidence")).expect("a file");
    assert!(saved.is_file() && saved.permissions().mode() & 0o777 == 0o600, "{saved:?}");
    assert_eq!(world.read("elsewhere"), "kept");
}

#[test]
fn a_dash_is_standard_output_and_the_report_makes_way() {
    let world = World::healthy();
    let run = world.doctor(&["--save", "-"]).ends_with(0);
    assert!(run.stderr.contains("healthy: the pod gets its credentials"), "{run:#?}");
    let from = world.command(&["doctor", "--from", "-"]).stdin(&run.stdout).run().ends_with(0);
    assert!(from.stdout.contains("healthy: the pod gets its credentials"), "{from:#?}");
}

#[test]
fn nothing_hidden_stands_raw_in_evidence_on_standard_output() {
    let world = World::healthy();
    world.kubernetes.patch(POD, &json!({ "spec": { "priorityClassName": "x", "dnsPolicy": "\u{202e}\u{2066}" }, "status": { "phase": "Run\u{202e}ning" } }));
    let run = world.doctor(&["--save", "-"]);
    let raw = run.stdout.chars().find(|one| podid::render::escape::is_hidden(*one) && *one != '\n');
    assert_eq!(raw, None, "{}", run.stdout);
    assert!(run.stdout.contains("Run\\U0000202ening"), "the text is kept: {}", run.stdout);
    world.write("saved.yaml", &run.stdout);
    world.run(&["doctor", "--from", &world.argument("saved.yaml"), "-o", "json"]).json();
}
