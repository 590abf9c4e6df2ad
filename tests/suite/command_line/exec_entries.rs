//! Exec entries of the kubeconfig: answered in this process where they are understood, else run as written.

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::world::{OTHER_ACCOUNT_KEY, SECRET, World};

/// An entry as `aws eks update-kubeconfig` writes it.
fn get_token() -> Value {
    json!({ "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws",
        "args": ["--region", "eu-west-1", "eks", "get-token", "--cluster-name", "prod", "--output", "json"] })
}

/// A world that lets native tokens in, and the token of a program `aws` on the path, which notes that it was called.
fn world() -> World {
    let world = World::healthy();
    world.kubernetes.let_in("Bearer k8s-aws-v1.*");
    world.kubernetes.let_in("Bearer of-the-program");
    let credential = json!({ "apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
        "status": { "token": "of-the-program" } });
    program(&world, "aws", &format!("echo called >>\"$HOME/called\"\necho '{credential}'"));
    world.log_in_by(&get_token());
    world
}

fn program(world: &World, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    world.write(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(world.path(&format!("bin/{name}")), executable).expect("permissions");
}

/// Runs `doctor` with the world's own programs on the path.
fn doctor(world: &World, more: &[&str]) -> crate::support::run::Run {
    let path = format!("{}:/usr/bin:/bin", world.argument("bin"));
    world.command(&[&["doctor", "api-7c9f"], more].concat()).variable("PATH", &path).run()
}

fn was_called(world: &World) -> bool {
    world.path("called").exists()
}

fn logins(world: &World) -> Vec<String> {
    let requests = world.kubernetes.requests();
    let mut logins: Vec<String> =
        requests.iter().filter_map(|request| request.header("authorization").map(str::to_owned)).collect();
    assert_eq!(logins.len(), requests.len(), "each request has a login");
    logins.dedup();
    logins
}

#[test]
fn a_token_of_the_aws_cli_is_made_without_starting_it() {
    for way in ["auto", "native"] {
        let world = world();
        doctor(&world, &["--exec-auth", way]).ends_with(0);
        assert!(!was_called(&world), "{way}");
        let logins = logins(&world);
        assert_eq!(logins.len(), 1, "one token for the whole run");
        let token = logins[0].strip_prefix("Bearer k8s-aws-v1.").expect("a token of EKS");
        let url = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).expect("base64");
        let url = String::from_utf8(url).expect("text");
        for part in ["Action=GetCallerIdentity", "AKIAHEALTHY", "X-Amz-Expires=60", "host%3Bx-k8s-aws-id"] {
            assert!(url.contains(part), "{part}: {url}");
        }
    }
}

#[test]
fn the_entry_is_run_where_it_is_to_be() {
    let world = world();
    doctor(&world, &["--exec-auth", "exec"]).ends_with(0);
    assert!(was_called(&world));
    assert_eq!(world.read("called"), "called\n", "once");
    assert_eq!(logins(&world), ["Bearer of-the-program"]);
}

#[test]
fn an_entry_that_is_not_understood_is_run_as_written() {
    let world = world();
    let mut entry = get_token();
    entry["args"].as_array_mut().expect("arguments").push(json!("--endpoint-url=https://elsewhere.example"));
    world.log_in_by(&entry);
    doctor(&world, &[]).ends_with(0);
    assert!(was_called(&world));
    let run = doctor(&world, &["--exec-auth", "native"]).ends_with(3);
    run.says(&["exec entry"]);
}

#[test]
fn an_entry_that_cannot_be_answered_natively_is_run_with_auto() {
    let world = world();
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
    let path = format!("{}:/usr/bin:/bin", world.argument("bin"));
    let run = |more: &[&str]| {
        let arguments = [&["doctor", "api-7c9f", "--no-aws"], more].concat();
        let command = world.command(&arguments).variable("PATH", &path).without(&keys);
        command.variable("AWS_EC2_METADATA_DISABLED", "true").run().ends_with(3)
    };
    let native = run(&["--exec-auth", "native", "-o", "json"]).json();
    assert_eq!(native["targetGap"]["reason"], "noCredentials", "{native:#}");
    assert!(!was_called(&world));
    let auto = run(&["-o", "json"]).json();
    assert_eq!(auto["targetGap"], json!(null), "{auto:#}");
    assert!(was_called(&world));
}

#[test]
fn the_identity_of_the_entry_is_that_of_aws_calls_unless_flags_choose_another() {
    let world = world();
    let keys = format!("aws_secret_access_key = {SECRET}");
    let credentials = format!(
        "[ours]\naws_access_key_id = AKIAHEALTHY\n{keys}\n[theirs]\naws_access_key_id = {OTHER_ACCOUNT_KEY}\n{keys}\n"
    );
    world.write(".aws/credentials", &credentials);
    let mut entry = get_token();
    entry["env"] = json!([{ "name": "AWS_PROFILE", "value": "ours" }]);
    world.log_in_by(&entry);
    let run = |more: &[&str]| {
        let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
        world.aws.forget_requests();
        world.command(&[&["doctor", "api-7c9f"], more].concat()).without(&keys).run()
    };
    run(&[]).ends_with(0);
    assert!(world.aws.requests().iter().all(|request| request.access_key.as_deref() == Some("AKIAHEALTHY")));
    run(&["--aws-profile", "theirs"]).ends_with(3);
    assert!(world.aws.requests().iter().all(|request| request.access_key.as_deref() == Some(OTHER_ACCOUNT_KEY)));
    let run = run(&["--aws-profile", "nobody"]).ends_with(3);
    run.says(&["nobody"]);
}

#[test]
fn a_login_that_fails_is_told_and_judges_nothing() {
    let install = "install it from the company's shelf";
    for (command, arguments, told) in [
        ("false", vec![], "failed"),
        ("no-such-program", vec![], "is not on the PATH"),
        ("echo", vec!["MARKED-SECRET no credential"], "no credential"),
        ("/bin/sh", vec!["-c", "echo MARKED-SECRET; exit 3"], "failed"),
        ("echo", vec![r#"{"kind":"ExecCredential","status":{}}"#], "neither a token nor a certificate"),
    ] {
        let world = World::healthy();
        world.log_in_by(
            &json!({ "apiVersion": "client.authentication.k8s.io/v1", "command": command, "args": arguments,
            "installHint": install, "interactiveMode": "Never" }),
        );
        let document = world.doctor(&["-o", "json"]).ends_with(3).json();
        assert_eq!((&document["kind"], &document["verdict"]), (&json!("Diagnosis"), &json!("inconclusive")));
        assert_eq!(document["targetGap"]["reason"], "noCredentials", "{document:#}");
        let detail = document["targetGap"]["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(told), "{detail}");
        if command == "no-such-program" {
            assert!(detail.contains(install), "{detail}");
        }
        let checks = document["checks"].as_array().expect("checks");
        assert!(checks.iter().all(|check| check["status"] != "passed" && check["status"] != "failed"), "{document:#}");
        assert!(world.kubernetes.requests().is_empty(), "nobody asks without a login");
        world.doctor(&[]).ends_with(3).says(&["inconclusive"]);
    }
}
