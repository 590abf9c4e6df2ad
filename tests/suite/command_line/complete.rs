//! Completion in the protocol that kubectl speaks with plugins: what can stand where the cursor is, and silence where nobody knows.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::kubernetes::Kind;
use crate::support::world::{POD, World};

/// The lines for a line whose last word is being typed, without the number at the end, and that number.
fn complete(world: &World, words: &[&str]) -> (Vec<String>, String) {
    let run = world.run(&[&["__complete"], words].concat()).ends_with(0);
    assert_eq!(run.stderr, "", "a message would land in the line that is typed");
    let mut lines: Vec<String> = run.stdout.lines().map(str::to_owned).collect();
    let directive = lines.pop().expect("a directive");
    (lines, directive)
}

fn words(world: &World, line: &[&str]) -> Vec<String> {
    let (lines, _) = complete(world, line);
    lines.iter().map(|line| line.split('\t').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn verbs_flags_and_their_values_are_told_with_what_they_mean() {
    let world = World::healthy();
    let (verbs, directive) = complete(&world, &[""]);
    assert!(verbs.contains(&"doctor\tDiagnose pods, workloads and service accounts".to_owned()), "{verbs:?}");
    assert_eq!(directive, ":4");
    assert_eq!(words(&world, &["dem"]), ["demo"]);
    assert_eq!(words(&world, &["doctor", "--cont"]), ["--container", "--context"]);
    assert_eq!(words(&world, &["doctor", "-o", "j"]), ["json", "junit"]);
    assert_eq!(words(&world, &["schema", "-o", "ju"]), Vec::<String>::new(), "each verb has its own");
    assert_eq!(words(&world, &["doctor", "--fail-on=w"]), ["warning"]);
    assert_eq!(words(&world, &["completion", "i"]), ["install"]);
    // Files are the shell's own matter.
    assert_eq!(complete(&world, &["doctor", "--from", "e"]), (vec![], ":0".to_owned()));
    assert!(world.kubernetes.requests().is_empty(), "nobody was asked");
}

#[test]
fn examples_and_checks_are_known_without_a_cluster() {
    let world = World::healthy();
    assert_eq!(words(&world, &["demo", "no-a"]), ["no-association", "no-agent"]);
    let (checks, _) = complete(&world, &["explain", "PID22"]);
    assert_eq!(checks.len(), 1, "{checks:?}");
    assert!(checks[0].starts_with("PID220\t"), "{checks:?}");
}

#[test]
fn names_come_from_the_cluster() {
    let world = World::healthy();
    assert_eq!(words(&world, &["doctor", "ap"]), ["api-7c9f"]);
    assert_eq!(words(&world, &["doctor", "-n", "shop", "ap"]), ["api-7c9f"]);
    assert_eq!(words(&world, &["doctor", "-nelsewhere", "sa/a"]), Vec::<String>::new());
    assert_eq!(words(&world, &["doctor", "api-7c9f", "ap"]), Vec::<String>::new(), "it is there already");
    assert_eq!(words(&world, &["doctor", "deploy/"]), ["deploy/api"]);
    assert_eq!(words(&world, &["wait", ""]), ["sa/api"]);
    assert_eq!(words(&world, &["wait", "deploy/"]), ["deploy/api"]);
    assert_eq!(words(&world, &["diff", "ap"]), ["api-7c9f"]);
    assert_eq!(words(&world, &["doctor", "api-7c9f", "-c", ""]), ["app"]);
    assert_eq!(words(&world, &["doctor", "-n", "sh"]), ["shop"]);
    assert_eq!(words(&world, &["doctor", "--namespace=sh"]), ["shop"]);
    assert_eq!(words(&world, &["doctor", "--context", ""]), ["arn:aws:eks:eu-west-1:111122223333:cluster/prod"]);
    let (kinds, directive) = complete(&world, &["doctor", "deploym"]);
    assert_eq!((kinds, directive.as_str()), (vec!["deployment/\tdeployment".to_owned()], ":6"), "no space behind it");
    let requests = world.kubernetes.requests();
    assert!(requests.iter().all(|request| request.method == "GET"), "{requests:?}");
}

#[test]
fn a_name_that_no_object_can_have_is_left_out() {
    let world = World::healthy();
    let mut pod = world.kubernetes.object(POD);
    pod["metadata"]["name"] = json!("api-\u{1b}[31m; rm -rf $HOME");
    world.kubernetes.put(pod);
    assert_eq!(words(&world, &["doctor", "ap"]), ["api-7c9f"]);
}

#[test]
fn a_cluster_that_is_away_says_nothing_and_keeps_nobody_waiting() {
    let world = World::healthy();
    world.kubernetes.fault("/api/v1/namespaces/shop/pods", Kind::Forbidden);
    assert_eq!(words(&world, &["doctor", "ap"]), Vec::<String>::new());
    world.kubernetes.set_latency(Duration::from_secs(20));
    let begun = Instant::now();
    assert_eq!(words(&world, &["wait", "sa/"]), Vec::<String>::new());
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    world.configure(|kubeconfig| kubeconfig["clusters"] = json!("garbage"));
    assert_eq!(words(&world, &["doctor", "ap"]), Vec::<String>::new());
    assert_eq!(words(&world, &["doctor", "--context", ""]), Vec::<String>::new());
}

#[test]
fn hostile_lines_end_in_an_answer() {
    let world = World::healthy();
    for line in [
        &[][..],
        &["--"],
        &["-"],
        &["doctor", "--", "-"],
        &["doctor", "-n"],
        &["--context"],
        &["x", "y", "z"],
        &["doctor", "--=", ""],
        &["doctor", "-é"],
    ] {
        complete(&world, line);
    }
}

#[cfg(unix)]
#[test]
fn install_writes_what_kubectl_looks_for() {
    use std::os::unix::fs::PermissionsExt as _;

    let world = World::healthy();
    let own = world.path("bin");
    std::fs::create_dir_all(&own).expect("a folder");
    std::os::unix::fs::symlink(assert_cmd::cargo::cargo_bin!("kubectl-podid"), own.join("kubectl-podid"))
        .expect("a link");
    let install = || {
        world.command(&["completion", "install"]).variable("PATH", &format!("{}:/usr/bin:/bin", own.display())).run()
    };
    let script = own.join("kubectl_complete-podid");
    install().ends_with(0).says(&["wrote", "kubectl_complete-podid"]);
    assert_eq!(std::fs::metadata(&script).expect("the script").permissions().mode() & 0o777, 0o755);
    assert_eq!(world.read("bin/kubectl_complete-podid"), "#!/bin/sh\nexec kubectl podid __complete \"$@\"\n");
    install().ends_with(0);
    // What somebody else put there stays.
    world.write("bin/kubectl_complete-podid", "#!/bin/sh\n");
    assert!(install().ends_with(2).stderr.contains("is something else"));
    assert!(
        world.command(&["completion", "install"]).run().ends_with(2).stderr.contains("not in a folder of the PATH")
    );
}
