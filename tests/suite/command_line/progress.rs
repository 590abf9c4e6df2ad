//! The spinner on a terminal: shown while the answer is on its way, gone when it is there, and never elsewhere.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::world::World;

/// Diagnoses on a terminal. Gives what the terminal was sent.
fn on_terminal(world: &World, more: &str) -> String {
    let shown = run_on_terminal(world, &format!("doctor api-7c9f {more}"));
    let report = world.read("report.txt");
    assert!(report.contains("healthy") && !report.contains(['\u{1b}', '⠋']), "{report:?}");
    shown
}

/// Runs on a terminal that `script` (util-linux) makes, the report in a file. Gives what the terminal was sent.
fn run_on_terminal(world: &World, words: &str) -> String {
    world.set_latency(Duration::from_millis(400));
    let plugin = world.command(&[]).prepared();
    let line = format!("{} {words} > report.txt", env!("CARGO_BIN_EXE_kubectl-podid"));
    let mut command = Command::new("/usr/bin/script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env_clear();
    command.envs(plugin.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("TERM", "xterm").env("SHELL", "/bin/sh");
    command.current_dir(plugin.get_current_dir().expect("a home")).stdin(Stdio::null());
    let output = command.output().expect("script starts");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn waiting_says_what_it_saw_so_far() {
    let world = World::healthy();
    world.kubernetes.answer_dry_runs(vec![Some(super::wait::lacking()), None]);
    let shown = run_on_terminal(&world, "wait sa/api");
    assert!(shown.contains("asking about sa/api"), "{shown:?}");
    assert!(shown.contains("waiting for sa/api: 0 of 1 dry-runs with the variables"), "{shown:?}");
    let last = shown.rsplit("waiting for sa/api").next().unwrap_or_default();
    assert!(last.contains("\u{1b}[2K") || last.contains("\u{1b}[0K") || last.contains("\u{1b}[K"), "{shown:?}");
    assert!(world.read("report.txt").contains("✓ injected"));
    let world = World::healthy();
    world.kubernetes.answer_dry_runs(vec![Some(super::wait::lacking()), None]);
    assert_eq!(run_on_terminal(&world, "wait sa/api -q"), "");
}

#[test]
fn it_is_shown_and_taken_away() {
    let shown = on_terminal(&World::healthy(), "");
    assert!(shown.contains("reading api-7c9f"), "{shown:?}");
    assert!(["⠋", "⠙", "⠸"].iter().any(|mark| shown.contains(mark)), "{shown:?}");
    // What is left on the line after the last of it is erased: the cursor goes back, and the line is cleared.
    let last = shown.rsplit("reading api-7c9f").next().unwrap_or_default();
    assert!(last.contains("\u{1b}[2K") || last.contains("\u{1b}[0K") || last.contains("\u{1b}[K"), "{shown:?}");
}

#[test]
fn quiet_and_requests_leave_the_terminal_alone() {
    assert_eq!(on_terminal(&World::healthy(), "-q"), "");
    let requests = on_terminal(&World::healthy(), "-vv");
    assert!(!requests.contains('\u{1b}') && requests.contains("GET /"), "{requests:?}");
}

#[test]
fn where_there_is_no_unicode_it_turns_in_ascii() {
    let shown = on_terminal(&World::healthy(), "--ascii");
    assert!(shown.contains("reading api-7c9f") && shown.is_ascii(), "{shown:?}");
}
