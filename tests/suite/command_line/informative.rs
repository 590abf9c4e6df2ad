//! The verbs that ask nobody: `demo`, `explain`, `permissions`, `schema`, `completion`, `version`.

use serde_json::{Value, json};

use crate::support::run::Run;

/// Runs without a kubeconfig, without AWS, and without anything that could be asked.
fn run(arguments: &[&str]) -> Run {
    let home = tempfile::tempdir().expect("a directory");
    crate::support::run::Command::new(home.path(), arguments).run()
}

#[test]
fn every_example_ends_as_its_verdict_says_in_every_format() {
    let list = run(&["demo", "-o", "json"]).ends_with(0).json();
    let examples = list.as_array().expect("a list");
    assert!(examples.len() >= 9, "a healthy one and at least eight broken ones: {list:#}");
    let mut verdicts = Vec::new();
    for name in examples.iter().map(|example| example["name"].as_str().expect("a name")) {
        let document = run(&["demo", name, "-o", "json"]).json();
        let code = i32::try_from(document["exitCode"].as_i64().expect("a code")).expect("a small code");
        for format in ["table", "wide", "short", "yaml", "markdown", "html", "junit"] {
            run(&["demo", name, "-o", format]).ends_with(code);
        }
        verdicts.push(document["verdict"].as_str().expect("a verdict").to_owned());
        run(&["demo"]).ends_with(0).says(&[name]);
    }
    assert_eq!(verdicts[0], "healthy");
    assert!(verdicts.iter().filter(|verdict| *verdict == "broken").count() >= 8, "{verdicts:?}");
}

#[test]
fn an_example_that_is_not_there_is_told_with_the_nearest_names() {
    run(&["demo", "helthy"]).ends_with(2).warns(&["helthy", "nearest: healthy"]);
    assert_eq!(run(&["demo", "helthy", "-o", "json"]).ends_with(2).json()["kind"], "Error");
}

#[test]
fn a_check_is_explained_by_code_and_by_name() {
    let by_code = run(&["explain", "PID220"]).ends_with(0);
    for name in ["pid220", "220", "association/created-before-pod", "Association/Created-Before-Pod"] {
        assert_eq!(run(&["explain", name]).ends_with(0).stdout, by_code.stdout, "{name}");
    }
    by_code.says(&["PID220", "association/created-before-pod", "How to fix"]);
    let keys = run(&["explain", "PID410"]).ends_with(0);
    keys.says(&["kubernetes:secrets: get secrets in the pod's namespace, only with --inspect-secrets"]);
    let document = run(&["explain", "PID220", "-o", "json"]).ends_with(0).json();
    for key in [
        "code",
        "name",
        "title",
        "area",
        "severity",
        "decisive",
        "since",
        "reads",
        "permissions",
        "requires",
        "explainedBy",
        "symptoms",
        "docs",
    ] {
        assert!(!document[key].is_null(), "{key}: {document:#}");
    }
}

#[test]
fn several_checks_and_areas_are_explained_at_once() {
    run(&["explain", "PID220", "410"]).ends_with(0).says(&[
        "PID220",
        "PID410",
        "How to fix",
        "association/created-before-pod",
    ]);
    let area = run(&["explain", "association"]).ends_with(0);
    assert!(area.stdout.contains("PID210") && !area.stdout.contains("PID410"), "{}", area.stdout);
    assert!(!area.stdout.contains("How to fix"), "an area is listed, not printed in full: {}", area.stdout);
    let both = run(&["explain", "association", "PID210", "PID410", "-o", "json"]).ends_with(0).json();
    let codes: Vec<&Value> = both.as_array().expect("a list").iter().map(|check| &check["code"]).collect();
    assert_eq!(codes.iter().filter(|code| ***code == "PID210").count(), 1, "named twice, listed once");
    assert_eq!(codes.last(), Some(&&json!("PID410")));
    run(&["explain", "PID220", "asociation"]).ends_with(2).warns(&["nearest: association"]);
}

#[test]
fn what_is_explained_fits_the_terminal() {
    for arguments in [vec!["explain"], vec!["explain", "PID340", "PID410", "PID620", "PID820"]] {
        let home = tempfile::tempdir().expect("a directory");
        let command = crate::support::run::Command::new(home.path(), &arguments).variable("COLUMNS", "80");
        let text = command.run().ends_with(0).stdout;
        let long = |line: &&str| line.chars().count() > 80 && line.trim().contains(' ') && !line.contains("https://");
        assert_eq!(text.lines().find(long), None, "{arguments:?}");
    }
}

#[test]
fn all_checks_are_listed() {
    let document = run(&["explain", "--all", "-o", "json"]).ends_with(0).json();
    let codes: Vec<&Value> = document.as_array().expect("a list").iter().map(|check| &check["code"]).collect();
    assert!(codes.len() >= 24, "{codes:?}");
    let yaml = run(&["explain", "--all", "-o", "yaml"]).ends_with(0).yaml();
    assert_eq!(document, yaml);
    let text = run(&["explain", "--all"]).ends_with(0).stdout;
    assert!(codes.iter().all(|code| text.contains(code.as_str().expect("a code"))), "{text}");
    assert_eq!(run(&["explain"]).ends_with(0).stdout, text);
}

#[test]
fn a_check_is_found_by_the_text_of_an_error() {
    run(&["explain", "--grep", "Unable to locate credentials"]).ends_with(0).says(&["PID210"]);
    let log = "botocore.exceptions.NoCredentialsError: Unable   to locate CREDENTIALS";
    let found = run(&["explain", "--grep", log, "-o", "json"]).ends_with(0).json();
    assert!(found.as_array().is_some_and(|checks| checks.iter().any(|check| check["code"] == "PID210")), "{found:#}");
    run(&["explain", "--grep", "a text that no check has"]).ends_with(2).warns(&["next"]);
    run(&["explain", "--grep", ""]).ends_with(2);
    // The best fit comes first, whatever its code.
    let host = run(&["explain", "--grep", "Unsupported host '169.254.170.23'"]).ends_with(0);
    assert!(host.stdout.starts_with("PID490"), "{}", host.stdout);
    host.says(&["kubectl podid explain PID490"]);
}

#[test]
fn a_whole_log_is_read_from_standard_input() {
    let home = tempfile::tempdir().expect("a directory");
    let explain = |log: &str, more: &[&str]| {
        let arguments = [&["explain", "--grep", "-"], more].concat();
        crate::support::run::Command::new(home.path(), &arguments).stdin(log).run()
    };
    let log = "ready\nUnable to locate credentials\nUnable to locate credentials\n\u{1b}[2Jdial tcp 169.254.170.23:80: i/o timeout\n";
    let run = explain(log, &[]).ends_with(0);
    run.says(&["line 2 and 1 more: Unable to locate credentials", "line 4: [2Jdial tcp"]);
    let document = explain(log, &["-o", "json"]).ends_with(0).json();
    assert_eq!((&document[1]["code"], &document[1]["seen"]["lines"]), (&json!("PID210"), &json!(2)), "{document:#}");
    explain("all is well\n", &[]).ends_with(2).warns(&["1 lines"]);
    explain("", &[]).ends_with(2);
}

#[test]
fn a_check_that_is_not_there_is_told_with_the_nearest_names() {
    run(&["explain", "PID221"]).ends_with(2).warns(&["nearest", "PID220"]);
    run(&["explain", "association/exist"]).ends_with(2).warns(&["association/exists"]);
    run(&["explain", "nonsense"]).ends_with(2).warns(&["--all"]);
    assert_eq!(run(&["explain", "PID221", "-o", "json"]).ends_with(2).json()["kind"], "Error");
}

#[test]
fn verbs_that_ask_nobody_take_connection_flags_and_do_not_list_them() {
    for verb in ["explain", "demo", "schema", "version", "completion"] {
        let help = run(&[verb, "--help"]).ends_with(0).stdout;
        assert!(!help.contains("--kubeconfig") && !help.contains("--eks-cluster"), "{verb}: {help}");
        assert!(help.contains("--output") || verb == "completion", "{verb}: {help}");
    }
    let trust = run(&["check-trust", "--help"]).ends_with(0).stdout;
    assert!(trust.contains("--namespace") && trust.contains("--region") && !trust.contains("--kubeconfig"), "{trust}");
    assert!(run(&["doctor", "--help"]).stdout.contains("--kubeconfig"));
    run(&["explain", "PID220", "--context", "prod", "--no-aws"]).ends_with(0);
}

#[test]
fn permissions_are_counted_where_there_are_many_checks() {
    let home = tempfile::tempdir().expect("a directory");
    let print = |more: &[&str]| {
        let arguments = [&["permissions"], more].concat();
        crate::support::run::Command::new(home.path(), &arguments).variable("COLUMNS", "80").run().ends_with(0).stdout
    };
    let short = print(&[]);
    assert_eq!(short.lines().find(|line| line.chars().count() > 80), None, "{short}");
    assert!(short.contains(" checks") && short.contains("PID370 PID395"), "few are named, many are counted: {short}");
    assert!(print(&["-v"]).contains("PID160 PID210"), "all are named with -v");
}

#[test]
fn permissions_come_in_all_formats() {
    run(&["permissions"]).ends_with(0).says(&["get pods", "eks:ListPodIdentityAssociations", "iam:GetRole"]);
    let policy = run(&["permissions", "-o", "iam"]).ends_with(0).json();
    assert_eq!(policy["Version"], "2012-10-17");
    let document = run(&["permissions", "-o", "json"]).ends_with(0).json();
    assert_eq!((&document["kind"], &document["iam"]), (&json!("Permissions"), &policy));
    let rbac = run(&["permissions", "-o", "rbac"]).ends_with(0).stdout;
    let manifests: Vec<Value> = rbac.split("\n---\n").map(|text| serde_saphyr::from_str(text).expect("YAML")).collect();
    assert_eq!(document["rbac"], json!(manifests));
    // Whom the roles are for is left to the reader: a binding for each stands there as a comment.
    let comments: Vec<&str> = rbac.lines().filter_map(|line| line.strip_prefix("# ")).skip(2).collect();
    let bindings = comments.join("\n");
    let bindings: Vec<Value> =
        bindings.split("\n---\n").map(|text| serde_saphyr::from_str(text).expect("YAML")).collect();
    assert_eq!(bindings.len(), manifests.len());
    for (binding, role) in bindings.iter().zip(&manifests) {
        assert_eq!(binding["roleRef"]["name"], role["metadata"]["name"]);
        assert_eq!(binding["metadata"]["namespace"], role["metadata"]["namespace"]);
    }
    let rules = serde_json::to_string(&manifests).expect("JSON");
    for verb in ["create", "update", "patch", "delete", "\"*\"", "secrets"] {
        assert!(!rules.contains(verb), "{verb} in {rules}");
    }
    let shop = run(&["permissions", "--for-namespace", "shop", "-o", "rbac"]).ends_with(0).stdout;
    assert!(shop.contains("namespace: shop"), "{shop}");
    assert_eq!(run(&["permissions", "-n", "shop", "-o", "rbac"]).ends_with(0).stdout, shop);
    run(&["permissions", "-n", "Shop", "-o", "rbac"]).ends_with(2);
}

#[test]
fn schema_completion_and_version() {
    let schema = run(&["schema"]).ends_with(0).json();
    assert!(schema["$schema"].is_string());
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        run(&["completion", shell]).ends_with(0).says(&["podid", "doctor"]);
    }
    run(&["completion", "tcsh"]).ends_with(2);
    let version = env!("CARGO_PKG_VERSION");
    run(&["version"]).ends_with(0).says(&[version, "probe inside: "]);
    assert_eq!(run(&["version", "-o", "json"]).ends_with(0).json()["version"], version);
    assert_eq!(run(&["version", "-o", "yaml"]).ends_with(0).yaml()["version"], version);
}

#[test]
fn the_version_is_a_flag_too_and_says_what_was_built() {
    let verb = run(&["version"]).ends_with(0).says(&["target ", std::env::consts::ARCH]);
    assert_eq!(run(&["--version"]).ends_with(0).stdout, verb.stdout);
    assert_eq!(run(&["-V"]).ends_with(0).stdout, verb.stdout);
}

#[test]
fn a_target_without_a_verb_is_told_what_to_type() {
    for (word, command) in
        [("api-7c9f", "kubectl podid doctor api-7c9f"), ("deploy/api", "kubectl podid doctor deploy/api")]
    {
        let told = run(&[word]).ends_with(2);
        assert!(told.stderr.trim_end().lines().last().is_some_and(|line| line.ends_with(command)), "{told:#?}");
    }
    // A verb that was mistyped is no pod.
    let told = run(&["docter", "api"]).ends_with(2);
    assert!(told.stderr.contains("'doctor'") && !told.stderr.contains("podid doctor docter"), "{told:#?}");
}

#[test]
fn help_is_success_and_goes_to_standard_output() {
    for arguments in
        [&["--help"][..], &["-h"], &["doctor", "--help"], &["explain", "-h"], &["help"], &["help", "doctor"]]
    {
        let help = run(arguments).ends_with(0).says(&["kubectl podid"]);
        assert_eq!(help.stderr, "");
    }
}

#[test]
fn formats_that_a_verb_has_no_use_for_are_usage_errors() {
    for arguments in
        [&["explain", "PID220", "-o", "rbac"][..], &["version", "-o", "iam"], &["demo", "healthy", "-o", "iam"]]
    {
        let format = arguments[arguments.len() - 1];
        run(arguments).ends_with(2).warns(&[&format!("'{format}' for '--output"), "possible values: table"]);
    }
}

#[test]
fn what_stands_beside_the_plugin_in_an_archive_is_written_by_the_plugin() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    run(&["__companions", &folder.path().display().to_string()]).ends_with(0).says(&["15 pages"]);
    let read = |name: &str| std::fs::read_to_string(path(name)).expect("a file");
    let page = read("man/kubectl-podid-doctor.1");
    assert!(page.contains("\\fBkubectl podid doctor\\fR") && page.contains("inspect\\-secrets"), "{page}");
    assert!(path("man/kubectl-podid.1").is_file());
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let printed = run(&["completion", shell]).ends_with(0).stdout;
        assert!(printed == read(&format!("completions/kubectl-podid.{shell}")), "{shell} is another script");
    }
    assert_eq!(read("kubectl_complete-podid"), "#!/bin/sh\nexec kubectl podid __complete \"$@\"\n");
    assert_eq!(read("kubectl_complete-podid.cmd"), "@kubectl podid __complete %*\r\n");
    run(&["__companions"]).ends_with(2);
    run(&["__companions", "/dev/null/folder"]).ends_with(2).warns(&["/dev/null/folder"]);
}
