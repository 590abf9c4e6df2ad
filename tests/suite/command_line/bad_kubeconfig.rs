//! No way to the cluster: kubeconfigs that are broken, missing or wrong, and servers that are not there.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::run::{Command, in_one_line};
use crate::support::world::{CONTEXT, World};

/// Makes sure of a usage error in every form: what is told to a person, and the document.
#[track_caller]
fn refused(command: impl Fn(&[&str]) -> Command, told: &[&str]) {
    let run = command(&[]).run().ends_with(2);
    assert_eq!(run.stdout, "");
    let plain = in_one_line(&run.stderr);
    assert!(plain.starts_with("error: ") && plain.contains("next: "), "{plain}");
    for phrase in told {
        assert!(plain.contains(phrase), "{phrase:?} is missing: {plain}");
    }
    for format in ["json", "yaml"] {
        let run = command(&["-o", format]).run().ends_with(2);
        let document = if format == "json" { run.json() } else { run.yaml() };
        assert_eq!((&document["kind"], &document["apiVersion"]), (&json!("Error"), &json!("podid/v1")));
        assert!(document["hint"].as_str().is_some_and(|hint| !hint.is_empty()), "{document:#}");
        assert!(!run.stderr.is_empty(), "the same words stand on standard error");
    }
}

fn doctor(world: &World) -> impl Fn(&[&str]) -> Command {
    |more| world.command(&[&["doctor", "api-7c9f"], more].concat())
}

#[test]
fn a_context_that_is_not_there_is_told_with_the_nearest_names() {
    let world = World::healthy();
    world.configure(|kubeconfig| {
        let own = kubeconfig["contexts"][0]["context"].clone();
        kubeconfig["contexts"] =
            json!([{ "name": "staging", "context": own }, { "name": "production", "context": own }]);
    });
    refused(
        |more| world.command(&[&["doctor", "x", "--context", "stagin"], more].concat()),
        &["stagin", "nearest: staging"],
    );
    refused(doctor(&world), &[CONTEXT, "known: staging, production"]);
    refused(|more| world.command(&[&["doctor", "x", "--context=staging", "--cluster=nope"], more].concat()), &["nope"]);
    refused(|more| world.command(&[&["doctor", "x", "--context=staging", "--user=nope"], more].concat()), &["nope"]);
}

#[test]
fn a_kubeconfig_that_is_missing_or_broken_is_told_with_its_path() {
    let world = World::healthy();
    let missing = world.argument("nowhere");
    refused(|more| world.command(&[&["doctor", "x", "--kubeconfig", &missing], more].concat()), &["nowhere"]);
    refused(|more| doctor(&world)(more).variable("KUBECONFIG", &missing), &["there is no kubeconfig", "nowhere"]);
    refused(|more| doctor(&world)(more).without(&["KUBECONFIG"]), &["there is no kubeconfig", ".kube/config"]);
    for text in ["{", "\u{0}", "contexts: 12", "[1]", "apiVersion: v1\nclusters: [{name: }]\n\tx"] {
        world.write("kubeconfig", text);
        refused(doctor(&world), &["kubeconfig"]);
    }
    world.write("kubeconfig", "");
    refused(doctor(&world), &["no context"]);
    world.write("folder/x", "");
    refused(|more| doctor(&world)(more).variable("KUBECONFIG", &world.argument("folder")), &["folder"]);
}

/// Changes the kubeconfig and expects a usage error.
#[track_caller]
fn refuses(change: impl FnOnce(&mut Value), told: &[&str]) {
    let world = World::healthy();
    world.configure(change);
    refused(doctor(&world), told);
}

#[test]
fn an_entry_that_cannot_be_used_is_told() {
    let cluster = |kubeconfig: &mut Value, key: &str, value: Value| kubeconfig["clusters"][0]["cluster"][key] = value;
    let user = |kubeconfig: &mut Value, value: Value| kubeconfig["users"][0]["user"] = value;
    refuses(|k| cluster(k, "certificate-authority-data", json!("bm90IGEgY2VydGlmaWNhdGU=")), &["certificate"]);
    refuses(|k| cluster(k, "certificate-authority-data", json!("%%%")), &["base64"]);
    refuses(|k| cluster(k, "server", json!("ftp://x")), &["URL"]);
    refuses(|k| cluster(k, "proxy-url", json!("gopher://x")), &["proxy"]);
    refuses(|k| user(k, json!({ "tokenFile": "/nowhere/token" })), &["/nowhere/token"]);
    refuses(
        |k| user(k, json!({ "client-certificate": "/nowhere/cert", "client-key": "/nowhere/key" })),
        &["/nowhere/cert"],
    );
    refuses(|k| user(k, json!({ "exec": { "apiVersion": "client.authentication.k8s.io/v1" } })), &["command"]);
    refuses(|k| k["current-context"] = json!(""), &["no current context"]);
}

/// Makes sure of a report that judges nothing, because the cluster gave no answer.
#[track_caller]
fn inconclusive(world: &World, more: &[&str], reason: &str, told: &str) {
    let document = world.doctor(&[&["-o", "json"], more].concat()).ends_with(3).json();
    assert_eq!((&document["kind"], &document["verdict"]), (&json!("Diagnosis"), &json!("inconclusive")));
    assert_eq!(document["targetGap"]["reason"], reason, "{document:#}");
    let checks = document["checks"].as_array().expect("checks");
    assert!(checks.iter().all(|check| check["status"] != "failed"), "{document:#}");
    let table = in_one_line(&world.doctor(more).ends_with(3).stdout);
    assert!(table.contains("inconclusive: ") && table.contains(told), "{told}: {table}");
    world.doctor(&[&["-o", "short"], more].concat()).ends_with(3).says(&["unknown shop/api-7c9f"]);
}

#[test]
fn a_server_that_cannot_be_reached() {
    let world = World::healthy();
    let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    inconclusive(&world, &["--server", &format!("https://{free}")], "unreachable", "refused");
}

#[test]
fn a_server_that_is_another_one() {
    let world = World::healthy();
    world.configure(|kubeconfig| {
        drop(
            kubeconfig["clusters"][0]["cluster"]
                .as_object_mut()
                .map(|cluster| cluster.remove("certificate-authority-data")),
        );
    });
    inconclusive(&world, &[], "unreachable", "unknown authority");
    inconclusive(&World::healthy(), &["--tls-server-name", "other.example"], "unreachable", "another name");
    // The played AWS speaks plain HTTP.
    let world = World::healthy();
    inconclusive(&world, &["--server", &world.aws.url().replace("http:", "https:")], "unreachable", "TLS");
}

#[test]
fn a_login_that_is_refused() {
    let world = World::healthy();
    inconclusive(&world, &["--token", "wrong"], "noCredentials", "Unauthorized");
    let world = World::healthy();
    world.kubernetes.fault("*", Kind::Page(401, "text/html", "<html>log in</html>"));
    inconclusive(&world, &[], "noCredentials", "401");
}

#[test]
fn a_user_who_may_nothing() {
    let world = World::healthy();
    world.kubernetes.fault("/api*", Kind::Forbidden);
    inconclusive(&world, &[], "denied", "get pods");
    let document = world.diagnosis(&[]);
    let permissions: Vec<&Value> = document["missingPermissions"].as_array().expect("a list").iter().collect();
    assert!(permissions.iter().any(|one| one["permission"] == "get pods in shop"), "{permissions:#?}");
    let run = world.run(&["doctor", "-l", "app=api"]).ends_with(3);
    run.warns(&["could not be listed", "list pods"]);
    let document = world.run(&["doctor", "-l", "app=api", "-o", "json"]).ends_with(3).json();
    assert_eq!(document["kind"], "Error");
}
