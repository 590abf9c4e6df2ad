//! No secret comes out, wherever it goes in: not in a report, not on standard error, not in a saved file.
//!
//! That standard output and standard error of *every* run of these tests hold none, [`Command::run`] makes sure of; here are
//! the places that were not tried otherwise, and the saved file.
//!
//! [`Command::run`]: crate::support::run::Command::run

use serde_json::{Value, json};

use podid::evidence::Evidence;
use podid_doubles::aws::{Fault, Kind as AwsKind};

use crate::plan::all_is_planned;
use crate::support::kubernetes::Kind;
use crate::support::world::{POD, SECRET, World};

/// A world with a secret in each place that the plugin reads.
fn world() -> World {
    let world = World::healthy();
    let value = |name: &str| json!({ "name": name, "value": format!("{SECRET}-{name}") });
    let address = |name: &str| {
        let value = format!("http://jo:{SECRET}-password@proxy.example:3128/{SECRET}-path?key={SECRET}-query");
        json!({ "name": name, "value": value })
    };
    let more = [
        value("AWS_ACCESS_KEY_ID"),
        value("AWS_SECRET_ACCESS_KEY"),
        value("AWS_SESSION_TOKEN"),
        value("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
        address("HTTPS_PROXY"),
        address("http_proxy"),
        json!({ "name": "PASSWORD", "valueFrom": { "secretKeyRef": { "name": "database", "key": "password" } } }),
    ];
    let mut pod = world.kubernetes.object(POD);
    pod["spec"]["containers"][0]["env"].as_array_mut().expect("variables").extend(more);
    pod["spec"]["containers"][0]["envFrom"] =
        json!([{ "configMapRef": { "name": "settings" } }, { "secretRef": { "name": "database" } }]);
    world.kubernetes.put(pod);
    let object = |kind: &str, name: &str, data: Value| {
        let metadata = json!({ "name": name, "namespace": "shop", "annotations": { "note": SECRET } });
        json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "data": data })
    };
    let data = json!({ "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_ACCESS_KEY_ID": SECRET, "TOKEN": SECRET });
    world.kubernetes.put(object("ConfigMap", "settings", data));
    world.kubernetes.put(object("Secret", "database", json!({ "password": SECRET })));
    world
}

#[test]
fn reports_and_saved_evidence_hold_none() {
    let world = world();
    for format in ["table", "short", "json", "yaml"] {
        // The run itself looks for the mark in what it printed.
        world.doctor(&["-o", format, "-vv", "--save", &world.argument("evidence")]).ends_with(1);
        let saved = world.read("evidence");
        assert!(saved.contains("AWS_SECRET_ACCESS_KEY"), "names are kept");
        assert!(!saved.contains(SECRET), "{saved}");
    }
}

#[test]
fn secrets_are_not_even_asked_for() {
    let world = world();
    world.doctor(&[]).ends_with(1);
    let requests = world.kubernetes.requests();
    assert!(requests.iter().any(|request| request.path.ends_with("/configmaps/settings")), "{requests:#?}");
    assert!(requests.iter().all(|request| !request.path.contains("/secrets")), "{requests:#?}");
    assert!(requests.iter().all(|request| request.method == "GET"), "{requests:#?}");
}

#[test]
fn inspected_secrets_leave_the_names_of_their_keys_only() {
    let world = world();
    let data = json!({ "password": SECRET, "AWS_ACCESS_KEY_ID": SECRET });
    let metadata = json!({ "name": "database", "namespace": "shop", "annotations": { "note": SECRET } });
    world.kubernetes.put(json!({ "apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data }));
    for format in ["table", "json"] {
        let save = world.argument("evidence");
        world.doctor(&["--inspect-secrets", "-o", format, "-vv", "--save", &save]).ends_with(1);
        let saved = Evidence::from_yaml(&world.read("evidence")).expect("evidence");
        let secrets = saved.secrets.known().expect("Secrets were read");
        let keys = secrets["database"].as_ref().map(|secret| secret.data.clone());
        assert_eq!(keys, Some(vec!["AWS_ACCESS_KEY_ID".to_owned(), "password".to_owned()]));
        assert!(!world.read("evidence").contains(SECRET), "{}", world.read("evidence"));
    }
    let asked = world.kubernetes.requests().iter().filter(|request| request.path.contains("/secrets")).count();
    assert_eq!(asked, 2, "once in each run");
}

#[test]
fn a_secret_that_may_not_be_inspected_is_told_with_its_right() {
    let world = world();
    world.kubernetes.fault("/api/v1/namespaces/shop/secrets/database", Kind::Forbidden);
    let report = world.doctor(&["--inspect-secrets", "-o", "json"]).ends_with(1).json();
    let missing = report["missingPermissions"].as_array().expect("a list");
    assert!(missing.iter().any(|one| one["permission"] == "get secrets in shop"), "{missing:#?}");
}

#[test]
fn inspecting_secrets_is_planned_and_its_right_printed_only_where_it_is_asked_for() {
    all_is_planned(&world(), &["doctor", "api-7c9f", "--inspect-secrets"]);
    let world = world();
    world.doctor(&["--plan", "--inspect-secrets"]).ends_with(0).says(&["all of them reads", "get secrets in shop"]);
    let printed = |more: &[&str]| world.run(&[&["permissions", "-o", "rbac"], more].concat()).ends_with(0).stdout;
    assert!(!printed(&["--level", "read,canary,probe,assume"]).contains("secrets"));
    assert!(printed(&["--inspect-secrets"]).contains("secrets"));
    let table = world.run(&["permissions", "--inspect-secrets"]).ends_with(0);
    table.says(&["get secrets in the pod's namespace"]);
}

#[test]
fn what_cannot_be_read_is_not_quoted() {
    let world = World::healthy();
    let body =
        r#"{"kind":"Pod","apiVersion":"v1","metadata":{"name":"MARKED-SECRET","creationTimestamp":"MARKED-SECRET"}}"#;
    world.kubernetes.fault("/api/v1/namespaces/shop/pods/api-7c9f", Kind::Page(200, "application/json", body));
    for format in ["table", "json"] {
        world.doctor(&["-o", format, "-vv", "--save", &world.argument("evidence")]).ends_with(3);
        assert!(!world.read("evidence").contains(SECRET), "{}", world.read("evidence"));
    }
    let page = "<html>MARKED-SECRET</html>";
    for code in [200, 403, 404, 500] {
        let world = World::healthy();
        world.kubernetes.fault("*", Kind::Page(code, "text/html", page));
        world.doctor(&["-vv", "--save", &world.argument("evidence")]).ends_with(3);
        assert!(!world.read("evidence").contains(SECRET), "{}", world.read("evidence"));
    }
}

#[test]
fn a_broken_kubeconfig_is_not_quoted() {
    let world = World::healthy();
    let broken = ["users: [{name: jo, user: {token: MARKED-SECRET", "MARKED-SECRET", "users: {token: MARKED-SECRET}"];
    for text in broken {
        world.write("kubeconfig", text);
        for format in ["table", "json"] {
            world.doctor(&["-o", format, "-vv"]).ends_with(2);
        }
    }
}

#[test]
fn a_token_on_the_command_line_is_not_repeated() {
    let world = World::healthy();
    world.doctor(&["--token", &format!("{SECRET}-of-the-flag"), "-vv"]).ends_with(3);
    let sent = world.kubernetes.requests()[0].header("authorization").map(str::to_owned);
    assert_eq!(sent.as_deref(), Some("Bearer MARKED-SECRET-of-the-flag"));
}

/// Each verb that reads, in each of its formats: the run itself looks for the mark in what it printed.
#[test]
fn no_verb_and_no_format_tells_any() {
    let world = world();
    let pod = world.kubernetes.object(POD);
    world.write("pod.yaml", &pod.to_string());
    super::list::add_pod(&world, "api-8d0a", |_pod| {});
    let role = world.argument("role.json");
    world.write("role.json", &json!({ "Version": "2012-10-17", "Statement": [], "Note": SECRET }).to_string());
    // What an agent, a server and a record say that should not.
    let fault = |action: &str| {
        let code = "SignatureDoesNotMatch".to_owned();
        let message = format!("The Canonical String for this request should have been\n'POST\n/\n\n{SECRET}'");
        Fault::on(action, AwsKind::Error { status: 403, code, message })
    };
    world.aws.fault(fault("iam:ListRolePolicies"));
    let pages = ["table", "wide", "short", "json", "yaml", "markdown", "html", "junit"];
    let lists = ["table", "wide", "json", "yaml", "name", "csv", "prometheus"];
    let verbs: &[(&[&str], &[&str])] = &[
        (&["doctor", "api-7c9f"], &pages),
        (&["doctor", "sa/api"], &pages),
        (&["doctor", "-l", "app=api"], &pages),
        (&["doctor", "api-7c9f", "--canary", "--assume", "--cloudtrail"], &["table", "json"]),
        (&["doctor", "-f", &world.argument("pod.yaml")], &["table", "json"]),
        (&["doctor", "api-7c9f", "--plan"], &["table"]),
        (&["list", "-A", "--trust"], &lists),
        (&["nodes", "--logs"], &["table", "json"]),
        (&["diff", "api-7c9f", "api-8d0a"], &["table", "json"]),
        (&["can-i", "s3:GetObject", "api-7c9f"], &["table", "json"]),
        (&["migrate"], &["table", "json"]),
        (&["check-trust", "-f", &role, "-n", "shop", "--service-account", "api"], &["table", "json"]),
        (&["permissions", "--check"], &["table"]),
    ];
    for (verb, formats) in verbs {
        for format in *formats {
            for verbosity in ["", "-v", "-vv"] {
                let more: Vec<&str> = ["-o", format, verbosity].into_iter().filter(|one| !one.is_empty()).collect();
                // `table` is what is drawn where nothing is said.
                let more = if *format == "table" { &more[2..] } else { &more[..] };
                let run = world.run(&[*verb, more].concat());
                assert!([0, 1, 3].contains(&run.code), "{run:#?}");
            }
        }
    }
}
