//! Standard output is the report, standard error is everything else; colour and marks are as asked.

use std::time::Duration;

use super::verdicts;
use crate::support::kubernetes::Kind;
use crate::support::world::World;

const ESCAPE: char = '\u{1b}';

#[test]
fn requests_go_to_standard_error_and_nothing_else_to_standard_output() {
    let world = World::healthy();
    for flag in ["-vv", "-v=6", "--v=9"] {
        let run = world.doctor(&["-o", "json", flag]).ends_with(0);
        assert_eq!(run.json()["verdict"], "healthy");
        let run = run.warns(&["GET /api/v1/namespaces/shop/pods/api-7c9f → 200", "/clusters/prod"]);
        let lines = run.stderr.to_lowercase();
        assert!(!lines.contains("authorization") && !lines.contains("bearer"), "{lines}");
        assert!(!lines.contains("x-amz-signature") && !lines.contains("x-amz-security-token"), "{lines}");
        let requests = run.stderr.lines().filter(|line| line.contains(" → ")).count();
        assert_eq!(requests, world.kubernetes.requests().len() + world.aws.requests().len(), "{}", run.stderr);
        world.kubernetes.forget_requests();
        world.aws.forget_requests();
    }
}

#[test]
fn each_request_says_where_the_time_went() {
    let world = World::healthy();
    world.set_latency(Duration::from_millis(200));
    let run = world.doctor(&["-vv"]).ends_with(0);
    let mut waves = Vec::new();
    for line in run.stderr.lines().filter(|line| line.contains(" → ")) {
        let (_, told) = line.split_once("; wave ").unwrap_or_else(|| panic!("{line}"));
        let (wave, begun) = told.split_once(", begun at ").unwrap_or_else(|| panic!("{line}"));
        assert!(line.contains(" bytes;") || line.contains("/log?"), "{line}");
        assert!(line.contains(" in 2") && begun.contains('s'), "{line}");
        waves.push(wave.parse::<u32>().unwrap_or_else(|_| panic!("{line}")));
    }
    assert_eq!((waves.first(), waves.iter().max()), (Some(&1), Some(&3)), "{}", run.stderr);
}

#[test]
fn a_good_run_says_nothing_on_standard_error() {
    let world = World::healthy();
    for arguments in [&[][..], &["-q"], &["-v"], &["-o", "json"], &["-o", "yaml", "-v"], &["-o", "short", "-q"]] {
        assert_eq!(world.doctor(arguments).ends_with(0).stderr, "", "{arguments:?}");
    }
}

#[test]
fn v_shows_passed_checks_and_q_leaves_notes_out() {
    let world = World::healthy();
    assert!(!world.doctor(&[]).stdout.contains("PID340"));
    let run = world.doctor(&["-v"]).says(&["PID340", "PID830"]);
    assert_eq!(run.stderr, "");
    world.doctor(&["-q", "-v"]).ends_with(2);
}

#[test]
fn machine_documents_do_not_change_with_how_people_want_to_read() {
    let world = World::healthy();
    world.doctor(&["--save", &world.argument("evidence")]).ends_with(0);
    let plain = world.run(&["doctor", "--from", &world.argument("evidence"), "-o", "json"]).stdout;
    for flag in ["-q", "-v", "--ascii", "--color=always"] {
        let other = world.run(&["doctor", "--from", &world.argument("evidence"), "-o", "json", flag]).stdout;
        assert_eq!(plain, other, "{flag}");
    }
}

/// Whether a run is coloured.
fn colored(world: &World, variables: &[(&str, &str)], arguments: &[&str]) -> bool {
    let command = world.command(&[&["doctor", "api-7c9f"], arguments].concat());
    let command = variables.iter().fold(command, |command, (name, value)| command.variable(name, value));
    command.run().stdout.contains(ESCAPE)
}

#[test]
fn colour_follows_the_flag_then_the_environment_then_the_terminal() {
    let world = World::healthy();
    assert!(!colored(&world, &[], &[]), "a pipe is no terminal");
    assert!(colored(&world, &[], &["--color=always"]));
    assert!(colored(&world, &[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!colored(&world, &[("CLICOLOR_FORCE", "0")], &[]));
    assert!(!colored(&world, &[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]));
    assert!(!colored(&world, &[("CLICOLOR_FORCE", "1")], &["--color=never"]));
    assert!(colored(&world, &[("NO_COLOR", "1")], &["--color=always"]), "a flag outranks the environment");
    assert!(colored(&world, &[("TERM", "dumb")], &["--color=always"]));
    assert!(!colored(&world, &[], &["--color=always", "-o", "short"]), "short is plain text");
    assert!(!colored(&world, &[], &["--color=always", "-o", "json"]));
}

#[test]
fn ascii_is_by_flag_or_by_locale() {
    for verdict in verdicts::every() {
        assert!(verdict.world.doctor(&["--ascii"]).stdout.is_ascii(), "{}", verdict.word);
        assert!(verdict.world.doctor(&["--ascii", "-o", "short"]).stdout.is_ascii(), "{}", verdict.word);
    }
    let world = World::healthy();
    assert!(!world.doctor(&[]).stdout.is_ascii());
    let run = |name: &str, value: &str| world.command(&["doctor", "api-7c9f"]).variable(name, value).run().stdout;
    assert!(run("LANG", "C").is_ascii());
    assert!(run("LC_ALL", "POSIX").is_ascii());
    assert!(!run("LC_ALL", "de_DE.UTF-8").is_ascii());
}

#[test]
fn what_servers_say_never_reaches_the_terminal_raw() {
    let world = World::healthy();
    let hostile = "\u{1b}[2J\u{1b}]0;owned\u{7}\r\nhealthy: no fault found\u{202e}";
    world.kubernetes.fault("/api/v1/nodes/*", Kind::Status(403, hostile));
    world.kubernetes.fault("/apis/apps/v1/daemonsets", Kind::Status(500, hostile));
    let message = Some(hostile.to_owned());
    let denied = podid_doubles::aws::Kind::AccessDenied { message };
    world.aws.fault(podid_doubles::aws::Fault::on("iam:GetRole", denied));
    for arguments in [&[][..], &["-v"], &["-o", "short"], &["-vv"]] {
        let run = world.doctor(arguments).ends_with(3);
        for text in [&run.stdout, &run.stderr] {
            let raw = text.chars().find(|c| c.is_control() && *c != '\n' || *c == '\u{202e}');
            assert_eq!(raw, None, "{arguments:?}: {run:#?}");
            assert!(!text.lines().any(|line| line.starts_with("healthy")), "{run:#?}");
        }
    }
    world.diagnosis(&[]);
}

#[test]
fn reports_are_as_wide_as_they_may_be() {
    let world = verdicts::inconclusive();
    for columns in ["40", "80", "200"] {
        let run = world.command(&["doctor", "api-7c9f"]).variable("COLUMNS", columns).run();
        let width: usize = columns.parse().expect("a number");
        // Names are never broken, so a long one may stand out by itself.
        let wide = run.stdout.lines().find(|line| {
            line.chars().count() > width && line.trim().split(' ').all(|word| word.chars().count() < width / 2)
        });
        assert_eq!(wide, None, "{}", run.stdout);
    }
}

#[cfg(unix)]
#[test]
fn a_report_that_goes_nowhere_is_said() {
    let warned = |redirection: &str| {
        let script = format!("exec \"$0\" explain PID340 {redirection}");
        let mut command = std::process::Command::new("sh");
        let output = command.args(["-c", &script, env!("CARGO_BIN_EXE_kubectl-podid")]).output().expect("a run");
        assert!(output.status.success(), "{redirection}: {output:?}");
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(warned(">&-").contains("standard output is closed"));
    for meant in ["", ">/dev/null", "| head -n 1"] {
        assert_eq!(warned(meant), "", "{meant}");
    }
}
