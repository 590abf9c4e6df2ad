//! What is said where the tool itself has a bug.

use std::process::Command;

use podid::cli::output::OutputFormat;
use podid::commands::run;

/// The variable that makes a test of this program into one that has a bug.
const FORMAT: &str = "PODID_TESTS_BUG";

/// Has a bug where it is asked to; without the variable it is no test.
#[test]
fn has_a_bug() {
    let Ok(format) = std::env::var(FORMAT) else { return };
    run::tell((format == "json").then_some(OutputFormat::Report(podid::render::Format::Json)));
    std::thread::spawn(|| panic!("s3cret")).join().ok();
}

/// Runs that, in a process of its own: output, words and exit code.
fn met(format: &str) -> (String, String, Option<i32>) {
    let mut command = Command::new(std::env::current_exe().expect("this program"));
    command.args(["--exact", "command_line::bugs::has_a_bug", "--nocapture", "--quiet"]).env(FORMAT, format);
    let output = command.output().expect("a run");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (text(output.stdout), text(output.stderr), output.status.code())
}

#[test]
fn a_bug_says_where_it_is_and_nothing_of_what_was_read() {
    let (stdout, stderr, code) = met("table");
    assert_eq!(code, Some(70));
    assert!(stderr.contains("has met a bug of its own at ") && stderr.contains("bugs.rs:"), "{stderr}");
    assert!(!stdout.contains("s3cret") && !stderr.contains("s3cret") && !stdout.contains('{'), "{stdout}{stderr}");
}

#[test]
fn in_a_format_for_machines_a_bug_is_a_document() {
    let (stdout, stderr, code) = met("json");
    let document = &stdout[stdout.find('{').expect("a document")..];
    let document: serde_json::Value = serde_json::from_str(document).expect("JSON and nothing behind it");
    assert_eq!((document["kind"].as_str(), code), (Some("Error"), Some(70)));
    assert!(stderr.contains("has met a bug") && !stdout.contains("s3cret"), "{stdout}{stderr}");
}
