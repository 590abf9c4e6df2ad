//! `check-trust` as a user runs it: files and standard input, formats, exit codes, and what cannot be read.

use serde_json::{Value, json};

use crate::support::run::{Command, Run};

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},
 "Action":["sts:AssumeRole","sts:TagSession"],
 "Condition":{"StringEquals":{"aws:RequestTag/kubernetes-namespace":"shop"}}}]}"#;

/// Runs without a kubeconfig, without AWS, and with this on standard input.
fn run(arguments: &[&str], stdin: &str) -> Run {
    let home = tempfile::tempdir().expect("a directory");
    std::fs::write(home.path().join("trust.json"), POLICY).expect("a file");
    Command::new(home.path(), &[&["check-trust"], arguments].concat()).stdin(stdin).run()
}

#[test]
fn the_exit_code_is_the_decision_in_every_format() {
    for (namespace, code, decision) in [("shop", 0, "allowed"), ("other", 1, "denied"), ("", 3, "undecided")] {
        let arguments = ["-f", "trust.json", "-n", namespace];
        run(&arguments, "").ends_with(code).says(&[decision]);
        run(&[&arguments[..], &["-o", "short"]].concat(), "").ends_with(code);
        let document = run(&[&arguments[..], &["-o", "json"]].concat(), "").ends_with(code).json();
        assert_eq!((&document["kind"], &document["decision"]), (&json!("TrustCheck"), &json!(decision)));
        assert_eq!(run(&[&arguments[..], &["-o", "yaml"]].concat(), "").ends_with(code).yaml(), document);
    }
}

#[test]
fn a_place_is_told_by_line_and_column() {
    run(&["-f", "trust.json", "-n", "other"], "").ends_with(1).says(&["trust.json:3:31", "^^^^"]);
    let document = run(&["-f", "trust.json", "-n", "other", "-o", "json"], "").json();
    let clause = &document["clauses"][0];
    assert_eq!((&clause["line"], &clause["column"], &clause["part"]), (&json!(3), &json!(31), &json!("denies")));
    assert_eq!((&clause["wanted"], &clause["found"]), (&json!(["shop"]), &json!(["other"])));
    // Lines of what was decoded are no lines of the file.
    let encoded = Value::from(POLICY).to_string();
    let run = run(&["-f", "-", "-n", "other", "-o", "json"], &encoded).ends_with(1).json();
    assert_eq!((&run["clauses"][0]["line"], &run["file"]), (&Value::Null, &json!("standard input")));
}

#[test]
fn all_that_is_known_of_the_pod_can_be_given() {
    let arguments = [
        "--filename",
        "-",
        "--namespace",
        "shop",
        "--service-account",
        "api",
        "--pod",
        "api-1",
        "--pod-uid",
        "u-1",
        "--eks-cluster",
        "prod",
        "--region",
        "eu-west-1",
        "--account",
        "111122223333",
        "-o",
        "json",
    ];
    let tags = [
        ("kubernetes-namespace", "shop"),
        ("kubernetes-service-account", "api"),
        ("kubernetes-pod-name", "api-1"),
        ("kubernetes-pod-uid", "u-1"),
        ("eks-cluster-name", "prod"),
        ("eks-cluster-arn", "arn:aws:eks:eu-west-1:111122223333:cluster/prod"),
    ];
    let mut policy: Value = serde_json::from_str(POLICY).expect("JSON");
    for (tag, value) in tags {
        policy["Statement"][0]["Condition"]["StringEquals"][format!("aws:RequestTag/{tag}")] = json!(value);
    }
    policy["Statement"][0]["Condition"]["StringEquals"]["aws:RequestedRegion"] = json!("eu-west-1");
    run(&arguments, &policy.to_string()).ends_with(0);
    run(&[&arguments[..], &["--disable-session-tags"]].concat(), &policy.to_string()).ends_with(1);
    for without in (4..16).step_by(2).filter(|at| arguments[*at] != "--account") {
        let fewer: Vec<&str> = arguments
            .iter()
            .enumerate()
            .filter(|(at, _)| *at != without && *at != without + 1)
            .map(|(_, one)| *one)
            .collect();
        let document = run(&fewer, &policy.to_string()).ends_with(3).json();
        let missing = document["missingInputs"].to_string();
        assert!(
            missing.contains(arguments[without]) || missing.contains("--eks-cluster ARN"),
            "{}: {missing}",
            arguments[without]
        );
    }
}

#[test]
fn what_is_no_policy_is_a_usage_error_with_its_place() {
    run(&["-f", "-"], "{\n \"Version\": }").ends_with(2).warns(&["standard input", "2:13", "get-role"]);
    run(&["-f", "-"], "").ends_with(2).warns(&["holds no trust policy"]);
    run(&["-f", "absent.json"], "").ends_with(2).warns(&["absent.json could not be read"]);
    run(&["-f", "."], "").ends_with(2).warns(&["could not be read"]);
    run(&["-f", "-"], &" ".repeat(200_000)).ends_with(2).warns(&["128 KiB"]);
    run(&[], "").ends_with(2);
    assert_eq!(run(&["-f", "absent.json", "-o", "json"], "").ends_with(2).json()["kind"], "Error");
}

#[test]
fn what_is_given_wrongly_is_a_usage_error() {
    for (flags, expected) in [
        (["--eks-cluster", "arn:aws:s3:::bucket"], "cluster/NAME"),
        (["--account", "12345"], "twelve digits"),
        (["--source-role", "api"], "role/NAME"),
        (["-o", "rbac"], "possible values: table, short"),
    ] {
        run(&[&["-f", "trust.json"], &flags[..]].concat(), "").ends_with(2).warns(&[expected]);
    }
    run(&["-f", "trust.json", "--external-id", "x"], "").ends_with(2).warns(&["--source-role"]);
}

#[test]
fn utf_16_with_its_mark_is_read() {
    let home = tempfile::tempdir().expect("a directory");
    let bytes = |from: fn(u16) -> [u8; 2]| {
        std::iter::once(0xfeff).chain(POLICY.encode_utf16()).flat_map(from).collect::<Vec<u8>>()
    };
    for bytes in [bytes(u16::to_le_bytes), bytes(u16::to_be_bytes)] {
        std::fs::write(home.path().join("trust.json"), bytes).expect("a file");
        Command::new(home.path(), &["check-trust", "-f", "trust.json", "-n", "shop"]).run().ends_with(0);
    }
    std::fs::write(home.path().join("trust.json"), [0x7b, 0xff, 0x80]).expect("a file");
    Command::new(home.path(), &["check-trust", "-f", "trust.json"]).run().ends_with(2).warns(&["UTF-8"]);
}
