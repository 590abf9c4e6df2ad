//! Ways to the cluster other than the plain one: a proxy, kubectl, other partitions of AWS, and ways that lead nowhere.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podid_doubles::tls_proxy::{TlsProxy, Upstream};
use podid_doubles::webhook::Certificate;
use serde_json::{Value, json};

use crate::support::agent;
use crate::support::kubeconfig;
use crate::support::scene::{Machine, Scene};
use crate::support::trust;

const HOST: &str = "0123456789ABCDEF0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com";

#[test]
fn a_proxy_that_ends_tls_with_its_own_certificate() {
    let scene = Scene::new("tls-proxy");
    scene.pod(json!({}));
    let mut authority = Value::Null;
    kubeconfig::changed("admin", scene.home.path(), |config| {
        authority = config["clusters"][0]["cluster"]["certificate-authority-data"].clone();
    });
    let authority = STANDARD.decode(authority.as_str().expect("a certificate")).expect("base64");
    let upstream = Upstream { host: HOST.to_owned(), port: 443, authority: String::from_utf8(authority).expect("PEM") };
    let certificate = Certificate::make().expect("a certificate");
    let proxy = TlsProxy::start("127.0.0.1:0".parse().expect("an address"), &certificate, upstream).expect("a proxy");
    let path = kubeconfig::changed("eks", scene.home.path(), |config| {
        config["clusters"][0]["cluster"] = json!({
            "server": format!("https://{}", proxy.address()),
            "certificate-authority-data": STANDARD.encode(&certificate.certificate),
        });
    });
    let report = scene.doctor(&["api"]).kubeconfig(&path).report();
    // The cluster's own certificate is in every namespace, whatever stands in between.
    report.expect("healthy", 0, &[]).statuses(&[("PID120", "passed")]);
}

#[test]
fn through_kubectl() {
    let scene = Scene::new("kubectl");
    scene.pod(json!({}));
    let folder = Path::new(env!("CARGO_BIN_EXE_kubectl-podid")).parent().expect("a folder").display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap_or_default());
    let outcome =
        scene.doctor(&["api", "-o", "short"]).variable("PATH", &path).run_as(Path::new("kubectl"), &["podid"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
    assert!(outcome.stdout.starts_with("ok "), "{outcome:?}");
}

#[test]
fn china() {
    let host = "0123456789ABCDEF0123456789ABCDEF.sk1.cn-north-1.eks.amazonaws.com.cn";
    healthy_in_another_partition("china", "222233334444", "aws-cn", "cn-north-1", host);
}

#[test]
fn gov_cloud() {
    let host = "0123456789ABCDEF0123456789ABCDEF.gr7.us-gov-west-1.eks.amazonaws.com";
    healthy_in_another_partition("gov-cloud", "333344445555", "aws-us-gov", "us-gov-west-1", host);
}

fn healthy_in_another_partition(name: &str, account: &str, partition: &str, region: &str, host: &str) {
    // The association in the cluster that `scripts/cluster` made is what lets the webhook inject.
    let scene = Scene::alone(name, Machine::Linux);
    agent::move_to(&scene.api, &scene.node, region);
    scene.place_in("kube-system").run(&agent::pod_for(&scene.api, &scene.node));
    scene.pod(json!({}));
    let mut authority = Value::Null;
    let path = kubeconfig::changed("admin", scene.home.path(), |config| {
        kubeconfig::rename(config, &format!("arn:{partition}:eks:{region}:{account}:cluster/prod"));
        config["clusters"][0]["cluster"]["server"] = json!(format!("https://{host}"));
        authority = config["clusters"][0]["cluster"]["certificate-authority-data"].clone();
    });
    let role = format!("arn:{partition}:iam::{account}:role/path/{}", scene.namespace);
    scene.amazon.change(json!({ "accounts": { account: {
        "partition": partition,
        "regions": { region: { "clusters": { "prod": {
            "describe": { "endpoint": format!("https://{host}"), "certificateAuthority": { "data": authority } },
            "addons": { "eks-pod-identity-agent": {} },
            "associations": [{ "namespace": scene.namespace, "serviceAccount": "api", "roleArn": role,
                               "createdAt": "2026-01-01T00:00:00Z" }],
        } } } },
        "roles": { &scene.namespace: { "assumeRolePolicyDocument": trust::pods(), "path": "/path/" } },
    } } }));
    scene.amazon.change_key(json!({ "account": account, "arn": format!("arn:{partition}:iam::{account}:user/admin") }));
    let report = scene.doctor(&["api"]).kubeconfig(&path).report();
    report.expect("healthy", 0, &[]).statuses(&[("PID110", "passed"), ("PID120", "passed"), ("PID820", "passed")]);
    assert_eq!(report.document["cluster"]["region"], region);
    assert_eq!(report.document["association"]["roleArn"], role);
}

#[test]
fn a_name_that_is_not_there() {
    let scene = Scene::new("no-such-pod");
    scene.pod(json!({}));
    let report = scene.doctor(&["apy"]).report();
    report.expect("inconclusive", 3, &[]).says("similar names: api");
    let table = scene.doctor(&["pod/api", "--namespace", "nowhere"]).run();
    assert_eq!(table.code, 3);
    table.says(&["namespace nowhere was not found", "next: kubectl get namespaces"]);
    let table = scene.doctor(&["deploy/api"]).run();
    assert_eq!(table.code, 3);
    table.says(&["deployment api was not found"]);
    assert!(!table.stdout.contains("no pod for"), "{}", table.stdout);
}

#[test]
fn another_region() {
    let scene = Scene::new("wrong-region");
    scene.pod(json!({}));
    let report = scene.doctor(&["api", "--region", "us-east-1"]).report();
    report.expect("inconclusive", 3, &[]).gaps(&[("PID120", "insufficient"), ("PID210", "insufficient")]);
    report.says("EKS knows no cluster prod in account 111122223333 and region us-east-1");
}

#[test]
fn a_server_that_is_not_there() {
    let scene = Scene::new("no-server");
    let path = kubeconfig::changed("admin", scene.home.path(), |config| {
        config["clusters"][0]["cluster"]["server"] = json!("https://127.0.0.1:1");
    });
    let report = scene.doctor(&["api"]).kubeconfig(&path).report();
    report.expect("inconclusive", 3, &[]);
    assert_eq!(report.document["targetGap"]["reason"], "unreachable", "{report}");
}
