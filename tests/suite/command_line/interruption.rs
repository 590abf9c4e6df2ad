//! A reader that has seen enough, and a user who presses Ctrl-C.

use std::io::Read as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use super::verdicts;
use crate::support::kubernetes::{Kind, Recorded};
use crate::support::world::World;

#[test]
fn a_broken_pipe_is_success() {
    for verdict in verdicts::every() {
        for format in ["table", "json"] {
            let mut child = verdict.world.command(&["doctor", "api-7c9f", "-o", format, "-v"]).spawn();
            drop(child.stdout.take());
            let output = child.wait_with_output().expect("an end");
            assert_eq!(output.status.code(), Some(verdict.code), "{output:?}");
            assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        }
    }
    let world = World::healthy();
    let mut child = world.command(&["explain", "--all", "-o", "json"]).spawn();
    let mut first = [0; 16];
    child.stdout.take().expect("a pipe").read_exact(&mut first).expect("some bytes");
    let output = child.wait_with_output().expect("an end");
    assert_eq!((output.status.code(), String::from_utf8_lossy(&output.stderr).as_ref()), (Some(0), ""));
}

#[test]
fn a_full_disk_behind_standard_output_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("a device");
    let world = World::healthy();
    let mut command = world.command(&["explain", "--all", "-o", "json"]).prepared();
    let output =
        command.stdout(Stdio::from(full)).spawn().and_then(std::process::Child::wait_with_output).expect("an end");
    let told = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("standard output"), "{told}");
}

/// Runs until a request came, and then sends a signal.
fn interrupt(world: &World, words: &[&str], signal: &str) {
    let child = world.command(&[words, &["-o", "json"]].concat()).spawn();
    while world.kubernetes.requests().is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    let begun = Instant::now();
    let kill = std::process::Command::new("/bin/kill").args([signal, &child.id().to_string()]).status();
    assert!(kill.is_ok_and(|status| status.success()));
    let output = child.wait_with_output().expect("an end");
    assert!(begun.elapsed() < Duration::from_secs(2));
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&document["kind"], &document["exitCode"]), (&"Error".into(), &130.into()));
    assert!(String::from_utf8_lossy(&output.stderr).contains("interrupted"));
}

#[test]
fn ctrl_c_and_what_a_scheduler_sends_end_the_run_at_once() {
    for words in [&["doctor", "api-7c9f"][..], &["wait", "sa/api"], &["permissions", "--check"]] {
        for signal in ["-INT", "-TERM", "-HUP"] {
            let world = World::healthy();
            world.kubernetes.fault("*", Kind::Hang);
            interrupt(&world, words, signal);
        }
    }
}

#[test]
fn waiting_that_is_interrupted_leaves_nothing() {
    let world = World::healthy();
    world.kubernetes.answer_dry_runs(vec![Some(super::wait::lacking())]);
    interrupt(&world, &["wait", "sa/api", "--timeout", "1h"], "-INT");
    let asked = world.kubernetes.requests();
    let is_dry = |query: &[(String, String)]| query.iter().any(|(name, value)| name == "dryRun" && value == "All");
    let harmless = |one: &Recorded| is_dry(&one.query) || one.path.ends_with("selfsubjectaccessreviews");
    assert!(asked.iter().all(harmless), "{asked:?}");
}
