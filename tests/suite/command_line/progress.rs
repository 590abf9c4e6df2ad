//! The spinner on a terminal: shown while the answer is on its way, gone when it is there, and never elsewhere.
#![cfg(target_os = "linux")]

use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::world::World;

/// Runs on a terminal that `script` (util-linux) makes, the report in a file. Gives what the terminal was sent.
fn on_terminal(world: &World, more: &str) -> String {
    world.set_latency(Duration::from_millis(400));
    let plugin = world.command(&["doctor", "api-7c9f"]).prepared();
    let line = format!("{} doctor api-7c9f {more} > report.txt", env!("CARGO_BIN_EXE_kubectl-podid"));
    let mut command = Command::new("/usr/bin/script");
    command.args(["--quiet", "--return", "--command", &line, "/dev/null"]).env_clear();
    command.envs(plugin.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.env("TERM", "xterm").env("SHELL", "/bin/sh");
    command.current_dir(plugin.get_current_dir().expect("a home")).stdin(Stdio::null());
    let output = command.output().expect("script starts");
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let report = world.read("report.txt");
    assert!(report.contains("healthy") && !report.contains(['\u{1b}', '⠋']), "{report:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
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
