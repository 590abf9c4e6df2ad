//! No secret comes out, wherever it goes in: not in a report, not on standard error, not in a saved file.
//!
//! That standard output and standard error of *every* run of these tests hold none, [`Command::run`] makes sure of; here are
//! the places that were not tried otherwise, and the saved file.
//!
//! [`Command::run`]: crate::support::run::Command::run

use serde_json::{Value, json};

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
