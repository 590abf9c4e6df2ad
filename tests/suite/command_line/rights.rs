//! `permissions` for each level, and `--check`: which of them this user has.

use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::run::Run;
use crate::support::world::World;

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

fn printed(world: &World, more: &[&str]) -> Value {
    world.run(&[&["permissions", "-o", "json"], more].concat()).ends_with(0).json()
}

fn check(world: &World, more: &[&str]) -> Run {
    world.run(&[&["permissions", "--check"], more].concat())
}

/// The rights of a document that are in a state: `get pods/log kube-system`.
fn rights(document: &Value, state: &str) -> Vec<String> {
    let all = document["rights"].as_array().expect("rights").iter();
    let own = all.filter(|one| one["state"] == state);
    own.map(|one| {
        let text = |name: &str| one[name].as_str().unwrap_or("*").to_owned();
        format!("{} {} {}", text("verb"), text("resource"), text("namespace"))
    })
    .collect()
}

#[test]
fn who_has_what_is_printed_lacks_nothing() {
    let world = World::healthy();
    for levels in ["read", "canary", "probe", "assume", "read,canary,probe,assume"] {
        for namespaces in ["shop", "shop,kube-system"] {
            let flags = ["--level", levels, "--for-namespace", namespaces];
            world.kubernetes.allow_only(printed(&world, &flags)["rbac"].clone());
            let document = check(&world, &[&flags[..], &["-o", "json"]].concat()).ends_with(0).json();
            assert_eq!(
                rights(&document, "held").len(),
                document["rights"].as_array().map_or(0, Vec::len),
                "{document:#}"
            );
        }
    }
    // Everything is asked of the cluster, and nothing of AWS; and where the agent is.
    let known = [REVIEWS, "/apis/apps/v1/daemonsets"];
    assert!(world.kubernetes.requests().iter().all(|request| known.contains(&request.path.as_str())));
    assert!(world.aws.requests().is_empty());
}

#[test]
fn what_is_missing_is_named_and_nothing_else() {
    let world = World::healthy();
    let mut roles = printed(&world, &["--for-namespace", "shop"])["rbac"].clone();
    let agent = roles[2]["rules"].as_array_mut().expect("rules");
    agent.retain(|rule| rule["resources"] != json!(["pods/log"]));
    world.kubernetes.allow_only(roles);
    let document = check(&world, &["-n", "shop", "-o", "json"]).ends_with(1).json();
    assert_eq!(rights(&document, "missing"), ["get pods/log kube-system"]);
    assert_eq!(check(&world, &["-n", "shop", "-o", "yaml"]).ends_with(1).yaml(), document);
    check(&world, &["-n", "shop"]).ends_with(1).says(&[
        "this user lacks 1 of the",
        "✗ get pods/log in kube-system — not allowed",
        "✓ get pods in shop",
        "IAM, not asked: eks:ListClusters",
        "next: kubectl podid permissions --for-namespace shop -o rbac",
    ]);
    assert_eq!(
        check(&world, &["-n", "shop", "-o", "short"]).ends_with(1).stdout,
        "missing get pods/log in kube-system\n"
    );
    // What another namespace would need is another right.
    let document = check(&world, &["--for-namespace", "other", "-o", "json"]).ends_with(1).json();
    assert!(rights(&document, "missing").contains(&"get pods other".to_owned()), "{document:#}");
}

/// Helm installs the agent where it is told to.
#[test]
fn an_agent_elsewhere_is_found_or_named() {
    let world = World::healthy();
    let path = "/apis/apps/v1/namespaces/kube-system/daemonsets/eks-pod-identity-agent";
    let mut agent = world.kubernetes.object(path);
    agent["metadata"]["namespace"] = json!("identity");
    world.kubernetes.remove(path);
    world.kubernetes.put(agent);
    let shop = ["--for-namespace", "shop"];
    // The role for an agent in kube-system does not do: the doctor would miss the log, and this must not deny it.
    world.kubernetes.allow_only(printed(&world, &shop)["rbac"].clone());
    let document = check(&world, &["-n", "shop", "-o", "json"]).ends_with(1).json();
    assert_eq!(document["agentNamespace"], "identity");
    assert_eq!(rights(&document, "missing"), ["list pods identity", "get pods/log identity"]);
    let elsewhere = [&shop[..], &["--agent-namespace", "identity"]].concat();
    check(&world, &["-n", "shop"]).ends_with(1).says(&[
        "for pods in namespace shop and an agent in identity",
        "next: kubectl podid permissions --for-namespace shop --agent-namespace identity -o rbac",
    ]);
    let roles = printed(&world, &elsewhere)["rbac"].clone();
    let places: Vec<&Value> =
        roles.as_array().expect("roles").iter().map(|role| &role["metadata"]["namespace"]).collect();
    assert_eq!(places, [&Value::Null, &json!("shop"), &json!("identity"), &json!("kube-system")]);
    // What EKS keeps in kube-system stays there.
    let configuration = |role: &Value| role.to_string().contains("configmaps");
    assert!(!configuration(&roles[2]) && configuration(&roles[3]), "{roles:#}");
    world.kubernetes.allow_only(roles);
    check(&world, &["-n", "shop"]).ends_with(0);
    world.run(&["permissions", "--agent-namespace", "Identity"]).ends_with(2).warns(&["names no namespace"]);
}

#[test]
fn what_a_level_needs_besides_is_asked_for() {
    let world = World::healthy();
    world.kubernetes.allow_only(printed(&world, &["--for-namespace", "shop"])["rbac"].clone());
    let missing = |level: &str| {
        rights(&check(&world, &["-n", "shop", "--level", level, "-o", "json"]).ends_with(1).json(), "missing")
    };
    assert_eq!(missing("canary"), ["create pods shop"]);
    assert_eq!(missing("assume"), ["create serviceaccounts/token shop"]);
    let probe = missing("probe");
    for right in
        ["create pods/exec shop", "patch pods/ephemeralcontainers shop", "create pods shop", "delete pods shop"]
    {
        assert!(probe.contains(&right.to_owned()), "{probe:?}");
    }
}

#[test]
fn what_the_cluster_does_not_tell_is_not_known() {
    let world = World::healthy();
    world.kubernetes.fault(REVIEWS, Kind::Forbidden);
    let document = check(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!((rights(&document, "held").len(), rights(&document, "missing").len()), (0, 0));
    check(&world, &[]).ends_with(3).says(&["what this user may do in the cluster is not known", "? forbidden"]);
    check(&world, &["-o", "rbac"]).ends_with(2).warns(&["output format"]);
}

#[test]
fn a_name_that_no_namespace_has() {
    let world = World::healthy();
    for more in [&[][..], &["--check"], &["-o", "rbac"]] {
        let arguments = [&["permissions", "--for-namespace", "shop,Shop"], more].concat();
        world.run(&arguments).ends_with(2).warns(&["\"Shop\" names no namespace"]);
    }
    assert!(world.kubernetes.requests().is_empty());
}

#[test]
fn each_level_reads_and_only_its_own_is_added() {
    let world = World::healthy();
    let read = printed(&world, &[]);
    for (level, rule, action) in [
        ("canary", "\"create\"", None),
        ("probe", "pods/ephemeralcontainers", None),
        ("assume", "serviceaccounts/token", Some("eks-auth:AssumeRoleForPodIdentity")),
    ] {
        let own = printed(&world, &["--level", level]);
        assert_eq!(own["levels"], json!(["read", level]));
        assert!(own["rbac"].to_string().contains(rule) && !read["rbac"].to_string().contains(rule), "{level}");
        assert_eq!(own["iam"]["Statement"][0], read["iam"]["Statement"][0], "{level}");
        assert_eq!(
            own["iam"]["Statement"][1]["Action"].as_array().map(Vec::as_slice).unwrap_or_default(),
            action.map(Value::from).as_slice(),
            "{level}"
        );
        world.run(&["permissions", "--level", level]).ends_with(0).says(&[&format!("--{level}")]);
    }
}

#[test]
fn no_rule_is_printed_that_another_one_gives() {
    let world = World::healthy();
    for namespaces in [&[][..], &["--for-namespace", "shop"], &["--for-namespace", "shop,kube-system"]] {
        let mut seen = Vec::new();
        for role in printed(&world, namespaces)["rbac"].as_array().expect("roles") {
            for rule in role["rules"].as_array().expect("rules") {
                for verb in rule["verbs"].as_array().expect("verbs") {
                    let right = (rule["apiGroups"].clone(), rule["resources"].clone(), verb.clone());
                    let place = role["metadata"]["namespace"].clone();
                    let given = |(known, other): &&(_, Value)| *known == right && (other.is_null() || *other == place);
                    assert!(
                        !seen.iter().any(|one| given(&one)),
                        "{right:?} in {place} is given twice for {namespaces:?}"
                    );
                    seen.push((right, place));
                }
            }
        }
    }
}
