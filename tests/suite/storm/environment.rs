//! Storms around the process: signals at any moment, few files, no home, closed streams, odd variables.

use std::process::{Command as Process, Stdio};
use std::time::Duration;

use super::binary::safety;
use super::seeds;
use crate::support::cost::measure;
use crate::support::world::World;

/// How many signals are sent.
const SIGNALS: u64 = 90;
const LONGEST: Duration = Duration::from_secs(30);

/// What is under way when the signal comes.
const COMMANDS: &[&[&str]] = &[
    &["doctor", "api-7c9f", "-o", "json"],
    &["doctor", "api-7c9f", "--canary=20", "--assume", "--cloudtrail", "--node-logs", "-o", "json"],
    &["doctor", "-A", "-o", "json"],
    &["list", "-A", "--trust", "-o", "json"],
    &["nodes", "--logs", "-o", "json"],
    &["wait", "sa/api", "-o", "json"],
    &["migrate", "-o", "json"],
];

#[test]
fn a_signal_at_any_moment_ends_the_run_and_says_so() {
    let world = World::healthy();
    world.set_latency(Duration::from_millis(15));
    let mut interrupted = 0;
    for seed in seeds(SIGNALS) {
        let mut rng = fastrand::Rng::with_seed(seed);
        let arguments = COMMANDS[rng.usize(0..COMMANDS.len())];
        let signal = ["-INT", "-TERM", "-HUP"][rng.usize(0..3)];
        let moment = Duration::from_millis(rng.u64(0..150));
        let child = world.command(arguments).spawn();
        std::thread::sleep(moment);
        // It may have ended before.
        let sent = Process::new("/bin/kill").args([signal, &child.id().to_string()]).stderr(Stdio::null()).status();
        sent.expect("kill starts");
        let output = child.wait_with_output().expect("an end");
        let told = format!("seed {seed}: {arguments:?} {signal} after {moment:?}: {output:?}");
        match output.status.code() {
            // Before it listens to signals it has asked nobody anything.
            None => assert!(output.stdout.is_empty() && output.stderr.is_empty(), "{told}"),
            Some(code) => {
                assert!([0, 3, 130].contains(&code), "{told}");
                let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect(&told);
                interrupted += u32::from(code == 130);
                assert!(code != 130 || document["kind"] == "Error", "{told}");
            }
        }
    }
    assert!(interrupted > 10 || super::is_only_one(), "{interrupted} were interrupted");
}

#[test]
fn an_odd_environment_makes_no_healthy_pod_broken() {
    let world = World::healthy();
    let missing = world.argument("nowhere");
    let changes: &[&[(&str, &str)]] = &[
        &[("HOME", "")],
        &[("HOME", &missing)],
        &[("HOME", "/proc"), ("TMPDIR", "/proc")],
        &[("PATH", "")],
        &[("LANG", ""), ("LC_ALL", "nonsense")],
        &[("COLUMNS", "0")],
        &[("COLUMNS", "99999999999999999999")],
        &[("TERM", "\u{1b}[31m"), ("NO_COLOR", "")],
        &[("TZ", "Nowhere/Nothing")],
        &[("AWS_CONFIG_FILE", "/dev/zero"), ("AWS_SHARED_CREDENTIALS_FILE", "/dev/full")],
        &[("AWS_CONFIG_FILE", &missing)],
        &[("AWS_PROFILE", "")],
        &[("AWS_REGION", "")],
        &[("AWS_REGION", "\u{202e}")],
        &[("AWS_MAX_ATTEMPTS", "-1"), ("AWS_RETRY_MODE", "never")],
        &[("AWS_USE_FIPS_ENDPOINT", "perhaps")],
        &[("HTTPS_PROXY", "not a proxy"), ("NO_PROXY", "*")],
        &[("RUST_LOG", "trace"), ("RUST_BACKTRACE", "full")],
    ];
    for change in changes {
        let command = change
            .iter()
            .fold(world.command(&["doctor", "api-7c9f"]), |command, (name, value)| command.variable(name, value));
        let cost = measure(command.prepared(), LONGEST);
        assert_eq!(safety(&cost), Vec::<String>::new(), "{change:?}\n{}\n{}", cost.stdout, cost.stderr);
        assert!(cost.code != Some(1), "{change:?}: {}", cost.stdout);
        assert!(cost.code == Some(0) || !cost.stderr.is_empty() || !cost.stdout.is_empty(), "{change:?}");
    }
}

#[test]
fn few_files_and_closed_streams_are_no_crash() {
    let world = World::healthy();
    let own = world.command(&["doctor", "api-7c9f", "-o", "json"]).prepared();
    let binary = own.get_program().to_string_lossy().into_owned();
    let shells = [
        "ulimit -n 16; exec \"$0\" doctor api-7c9f",
        "ulimit -n 8; exec \"$0\" doctor api-7c9f",
        "ulimit -n 24; exec \"$0\" list -A --trust",
        "exec \"$0\" doctor api-7c9f >&-",
        "exec \"$0\" doctor api-7c9f 2>&-",
        "exec \"$0\" doctor api-7c9f <&-",
        "exec \"$0\" doctor api-7c9f <&- >&- 2>&-",
        "exec \"$0\" doctor api-7c9f >/dev/full",
        "exec \"$0\" doctor api-7c9f --save /dev/full",
        "mkdir gone && cd gone && rmdir ../gone && exec \"$0\" doctor api-7c9f",
    ];
    for shell in shells {
        let mut command = Process::new("/bin/sh");
        command.args(["-c", shell, &binary]).env_clear();
        command.envs(own.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(world.path("."));
        let cost = measure(command, LONGEST);
        assert_eq!(safety(&cost), Vec::<String>::new(), "{shell}\n{}\n{}", cost.stdout, cost.stderr);
        assert!(cost.code != Some(1), "{shell}: {}", cost.stdout);
    }
}
