//! `migrate` against a played cluster and a played AWS: what is done, what remains, and what stands in the way.

use podid_doubles::aws::{Fault, Kind as AwsKind};
use serde_json::{Value, json};

use super::list::{add_pod, associate, describe_a_namesake, healthy, without_variables};
use super::verdicts::change_cluster;
use crate::support::kubernetes::Kind;
use crate::support::run::Run;
use crate::support::world::World;

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0A1B";
const ROLE: &str = "arn:aws:iam::111122223333:role/older";

fn migrate(world: &World, more: &[&str]) -> Run {
    world.run(&[&["migrate"], more].concat())
}

/// Puts a role that trusts the cluster's identity provider only.
pub fn add_role(world: &World, name: &str) {
    let policy = json!({ "Version": "2012-10-17", "Statement": [{ "Effect": "Allow",
        "Principal": { "Federated": "arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/0A1B" },
        "Action": "sts:AssumeRoleWithWebIdentity" }] });
    let role = json!({ "assumeRolePolicyDocument": policy });
    let put = |state: &mut podid_doubles::aws::state::State| {
        let account = state.accounts.get_mut("111122223333").expect("the account");
        account.roles.insert(name.to_owned(), serde_json::from_value(role).expect("a role"));
    };
    world.aws.change(put).expect("a change");
}

pub fn annotate(world: &World, name: &str, role: &str) {
    world.kubernetes.put(json!({ "apiVersion": "v1", "kind": "ServiceAccount", "metadata": { "name": name,
        "namespace": "shop", "annotations": { "eks.amazonaws.com/role-arn": role } } }));
}

/// A pod that IRSA gave its variables.
pub fn add_irsa_pod(world: &World, name: &str, account: &str) {
    add_pod(world, name, |pod| {
        without_variables(pod);
        pod["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
        pod["spec"]["serviceAccountName"] = json!(account);
        pod["spec"]["containers"][0]["env"] = json!([
            { "name": "AWS_ROLE_ARN", "value": ROLE },
            { "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token" },
        ]);
    });
}

fn item<'d>(document: &'d Value, name: &str) -> &'d Value {
    let items = document["items"].as_array().expect("items");
    items.iter().find(|item| item["serviceAccount"] == name).unwrap_or_else(|| panic!("no {name}: {document:#}"))
}

fn done(item: &Value) -> Vec<bool> {
    item["steps"].as_array().expect("steps").iter().map(|step| step["done"].as_bool().expect("a bool")).collect()
}

#[test]
fn the_steps_stand_in_an_order_that_stops_no_pod() {
    let world = healthy();
    add_role(&world, "older");
    annotate(&world, "older", ROLE);
    add_irsa_pod(&world, "older-1", "older");
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    let own = item(&document, "older");
    assert_eq!((&own["state"], &own["pods"], &own["movedPods"]), (&json!("ready"), &json!(1), &json!(0)));
    let commands = commands(&document);
    let order = [
        "kubectl podid nodes",
        "kubectl podid explain PID490",
        "aws iam update-assume-role-policy --role-name older",
        "aws eks create-pod-identity-association",
        "kubectl podid wait sa/older -n shop --timeout",
        "kubectl -n shop rollout restart deployment/api",
        "kubectl -n shop rollout status deployment/api",
        "kubectl podid wait deployment/api -n shop --for=healthy",
        "kubectl -n shop annotate serviceaccount older eks.amazonaws.com/role-arn-",
    ];
    assert_eq!(commands.len(), order.len(), "{commands:#?}");
    for (command, start) in commands.iter().zip(order) {
        assert!(command.starts_with(start), "{command} is not {start}");
    }
    assert!(commands[2].contains("sts:AssumeRoleWithWebIdentity"), "what is trusted stays: {}", commands[2]);
    // Who has nothing to do with IRSA is not planned for.
    assert_eq!(document["items"].as_array().map(Vec::len), Some(1));
    let book = migrate(&world, &["-o", "markdown"]).ends_with(0).stdout;
    assert!(book.contains("- [ ] create the association") && book.contains("```sh"), "{book}");
    // What is done is seen by the next run.
    associate(&world, "shop", "older", "older");
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!(item(&document, "older")["state"], "underway");
    assert_eq!(done(item(&document, "older"))[..2], [false, true]);
    migrate(&world, &[]).ends_with(0).says(&["1 underway", "2 ✓ create the association"]);
}

/// A statement for IRSA that lets in one service account alone.
fn own_statement(name: &str) -> Value {
    json!({ "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}") },
        "Condition": { "StringEquals": { format!("{ISSUER}:sub"): format!("system:serviceaccount:shop:{name}") } } })
}

fn pods_statement() -> Value {
    json!({ "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" },
        "Action": ["sts:AssumeRole", "sts:TagSession"] })
}

fn set_policy(world: &World, statements: &[Value]) {
    let policy = json!({ "Version": "2012-10-17", "Statement": statements });
    let put = |state: &mut podid_doubles::aws::state::State| {
        let account = state.accounts.get_mut("111122223333").expect("the account");
        let role = json!({ "assumeRolePolicyDocument": policy });
        account.roles.insert("older".to_owned(), serde_json::from_value(role).expect("a role"));
    };
    world.aws.change(put).expect("a change");
    change_cluster(world, |cluster| {
        cluster.describe.insert("identity".to_owned(), json!({ "oidc": { "issuer": format!("https://{ISSUER}") } }));
    });
}

/// A pod with the variables of EKS Pod Identity.
fn add_moved_pod(world: &World, name: &str, account: &str) {
    add_pod(world, name, |pod| pod["spec"]["serviceAccountName"] = json!(account));
}

/// All commands of a document, in the order of the page.
fn commands(document: &Value) -> Vec<String> {
    let items = document["items"].as_array().expect("items").iter().map(|item| &item["steps"]);
    let lists = [&document["first"]].into_iter().chain(items).chain([&document["last"]]);
    let steps = lists.flat_map(|list| list.as_array().expect("steps"));
    steps.filter_map(|step| step["command"].as_str()).map(str::to_owned).collect()
}

#[test]
fn the_old_statement_goes_last_and_only_where_it_is_for_one_alone() {
    let world = healthy();
    let everyone = json!({ "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{ISSUER}") },
        "Condition": { "StringLike": { format!("{ISSUER}:sub"): "system:serviceaccount:*:*" } } });
    set_policy(&world, &[own_statement("one"), own_statement("two"), pods_statement()]);
    for name in ["one", "two"] {
        associate(&world, "shop", name, "older");
        add_moved_pod(&world, &format!("{name}-1"), name);
    }
    // Both have moved: one command takes both statements away, and keeps the third.
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!(document["items"].as_array().map(Vec::len), Some(2), "{document:#}");
    let cleared = |document: &Value| document["last"][0]["command"].as_str().map(str::to_owned);
    let command = cleared(&document).expect("a command");
    assert!(command.starts_with("aws iam update-assume-role-policy --role-name older"), "{command}");
    assert!(!command.contains("WebIdentity") && command.contains("pods.eks.amazonaws.com"), "{command}");
    migrate(&world, &[]).ends_with(0).says(&["last, once for each role", "2 underway; nothing was changed"]);
    // While one of them is on IRSA, only the other's goes.
    annotate(&world, "two", ROLE);
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    let command = cleared(&document).expect("a command");
    assert!(command.contains("shop:two") && !command.contains("shop:one"), "{command}");
    annotate(&world, "one", ROLE);
    assert_eq!(cleared(&migrate(&world, &["-o", "json"]).ends_with(0).json()), None);
    // Nor while a pod still runs on it that is being deleted, or whose template sets its variables.
    annotate(&world, "one", "");
    for change in [
        json!({ "metadata": { "deletionTimestamp": "2026-11-20T14:00:00Z", "deletionGracePeriodSeconds": 30 } }),
        json!({ "metadata": { "deletionTimestamp": null } }),
    ] {
        add_irsa_pod(&world, "one-0", "one");
        world.kubernetes.patch("/api/v1/namespaces/shop/pods/one-0", &change);
        assert_eq!(cleared(&migrate(&world, &["-o", "json"]).json()), None, "{change}");
    }
    world.kubernetes.remove("/api/v1/namespaces/shop/pods/one-0");
    assert!(cleared(&migrate(&world, &["-o", "json"]).ends_with(0).json()).is_some());
    // A statement that lets others in is never taken away by a command; nobody is under way because of it.
    annotate(&world, "two", "");
    set_policy(&world, &[everyone, pods_statement()]);
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!(document["items"], json!([]));
    // Nor is one that names the provider of another cluster.
    let other = own_statement("one").to_string().replace("0A1B", "9F9F");
    set_policy(&world, &[serde_json::from_str(&other).expect("a statement"), pods_statement()]);
    assert_eq!(migrate(&world, &["-o", "json"]).ends_with(0).json()["items"], json!([]));
}

#[test]
fn an_add_on_moves_its_own_service_account() {
    let world = healthy();
    add_role(&world, "older");
    annotate(&world, "driver", ROLE);
    add_irsa_pod(&world, "driver-1", "driver");
    associate(&world, "shop", "snapshots", "api");
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    assert!(document.to_string().contains("create-pod-identity-association"), "no add-on gives it the role");
    let described = world.run(&["list", "-o", "json"]).json();
    let rows = described["items"].as_array().expect("items");
    let row = rows.iter().find(|row| row["serviceAccount"] == "snapshots").expect("a row");
    let id = row["associationId"].as_str().expect("an id").to_owned();
    let add_on = json!({ "serviceAccountRoleArn": ROLE, "podIdentityAssociations":
        [format!("arn:aws:eks:eu-west-1:111122223333:podidentityassociation/prod/{id}")] });
    change_cluster(&world, |cluster| {
        cluster.addons.insert("storage-driver".to_owned(), add_on.as_object().expect("members").clone());
    });
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    let own = item(&document, "driver");
    let command = own["steps"][1]["command"].as_str().expect("a command");
    // An update replaces the list: what the add-on has already stays in it.
    assert!(
        command.contains("--addon-name storage-driver --pod-identity-associations serviceAccount=driver,"),
        "{command}"
    );
    assert!(command.contains("serviceAccount=snapshots,roleArn=arn:aws:iam::111122223333:role/api"), "{command}");
    assert!(!own.to_string().contains("annotate serviceaccount"), "the add-on does that itself: {own:#}");
    let book = migrate(&world, &["--fix-format", "terraform"]).ends_with(0).stdout;
    assert!(book.contains("pod_identity_association {"), "{book}");
    // An association that was made beside the add-on stands in its way, as a second one would.
    associate(&world, "shop", "driver", "older");
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    assert!(item(&document, "driver")["why"].as_str().is_some_and(|why| why.contains("outside the add-on")));
    // Two accounts of one role: nobody can tell which is the add-on's.
    annotate(&world, "second", ROLE);
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    assert!(item(&document, "second")["why"].as_str().is_some_and(|why| why.contains("storage-driver")));
    // What was not read is said, and leaves the exit code no 0.
    world.aws.fault(Fault::on("eks:ListAddons", AwsKind::AccessDenied { message: None }));
    let run = migrate(&world, &["-o", "json"]).ends_with(3);
    assert_eq!(item(&run.json(), "driver")["state"], "unknown");
    migrate(&world, &[]).ends_with(3).says(&["which service accounts belong to an EKS add-on", "eks:ListAddons"]);
}

#[test]
fn a_template_that_could_not_use_it_is_told_before_anything_is_changed() {
    let world = healthy();
    add_role(&world, "older");
    annotate(&world, "older", ROLE);
    add_irsa_pod(&world, "older-1", "older");
    // The template that the pod was made from stands in its replica set.
    let pod = world.kubernetes.object("/api/v1/namespaces/shop/pods/older-1");
    let owner = pod["metadata"]["ownerReferences"][0]["name"].as_str().expect("an owner");
    let path = &format!("/apis/apps/v1/namespaces/shop/replicasets/{owner}");
    let template = |container: Value| json!({ "spec": { "template": { "spec": { "containers": [container] } } } });
    let old = json!({ "name": "app", "image": "amazon/aws-cli:2.9.0" });
    let fixed = json!({ "name": "app", "image": "registry.example/api:1", "env": [
        { "name": "AWS_ROLE_ARN", "value": ROLE }, { "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/t" }] });
    for (container, words) in [(old, "AWS CLI"), (fixed, "sets AWS_WEB_IDENTITY_TOKEN_FILE itself")] {
        world.kubernetes.patch(path, &template(container));
        let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
        let own = item(&document, "older");
        assert_eq!(own["state"], "blocked", "{own:#}");
        assert!(
            own["why"].as_str().is_some_and(|why| why.contains("deployment/api") && why.contains(words)),
            "{own:#}"
        );
    }
    world.kubernetes.patch(path, &template(json!({ "name": "app", "image": "registry.example/api:1" })));
    assert_eq!(item(&migrate(&world, &["-o", "json"]).json(), "older")["state"], "ready");
}

#[test]
fn nothing_that_could_lose_work_is_a_command() {
    let world = healthy();
    add_role(&world, "older");
    annotate(&world, "older", ROLE);
    let owners = [
        (
            "job",
            json!([{ "apiVersion": "batch/v1", "kind": "Job", "name": "nightly", "uid": "1", "controller": true }]),
        ),
        ("bare", json!([])),
        (
            "rollout",
            json!([{ "apiVersion": "argoproj.io/v1", "kind": "Rollout", "name": "r", "uid": "2", "controller": true }]),
        ),
    ];
    world.kubernetes.put(json!({ "apiVersion": "batch/v1", "kind": "Job", "spec": { "template": { "spec": {
        "containers": [{ "name": "app", "image": "registry.example/api:1" }] } } },
        "metadata": { "name": "nightly", "namespace": "shop" } }));
    for (name, owner) in owners {
        add_irsa_pod(&world, name, "older");
        world.kubernetes.patch(
            &format!("/api/v1/namespaces/shop/pods/{name}"),
            &json!({ "metadata": { "ownerReferences": owner } }),
        );
    }
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    let all = commands(&document).join("\n");
    assert!(!all.contains("delete") && !all.contains("create job") && !all.contains("restart"), "{all}");
    let own = item(&document, "older").to_string();
    for words in ["nothing to do for job/nightly", "nothing else recreates it", "with the tool that made it"] {
        assert!(own.contains(words), "{words}: {own}");
    }
    // Workloads that could not be read are not passed.
    world.kubernetes.fault("/apis/batch/v1/namespaces/shop/jobs/nightly", Kind::Forbidden);
    assert_eq!(item(&migrate(&world, &["-o", "json"]).ends_with(3).json(), "older")["state"], "unknown");
}

#[test]
fn what_is_not_surely_so_is_not_done() {
    let world = healthy();
    set_policy(&world, &[own_statement("older"), pods_statement()]);
    annotate(&world, "older", ROLE);
    add_irsa_pod(&world, "older-1", "older");
    let state = || item(&migrate(&world, &["-o", "json"]).json(), "older").clone();
    assert_eq!((state()["state"].clone(), done(&state())[0]), (json!("underway"), true));
    // A guard of which nothing is known.
    let mut guard = pods_statement();
    guard["Effect"] = json!("Deny");
    guard["Condition"] = json!({ "StringNotEquals": { "aws:SourceVpc": "vpc-1" } });
    set_policy(&world, &[own_statement("older"), pods_statement(), guard]);
    assert_eq!(state()["state"], "unknown", "{:#}", state());
    migrate(&world, &[]).ends_with(3);
    // An association that gives other rights than the role of the annotation.
    set_policy(&world, &[own_statement("older"), pods_statement()]);
    associate(&world, "shop", "older", "older");
    assert_eq!(state()["state"], "underway");
    change_cluster(&world, |cluster| {
        for one in cluster.associations.iter_mut().filter(|one| one.service_account == "older") {
            one.target_role_arn = Some("arn:aws:iam::999988887777:role/other".to_owned());
        }
    });
    assert_eq!(state()["state"], "blocked", "{:#}", state());
    // An annotation that was not read is not absent.
    world.kubernetes.fault("/api/v1/serviceaccounts", Kind::Forbidden);
    assert_eq!(state()["state"], "unknown", "{:#}", state());
}

#[test]
fn another_cluster_than_the_one_that_kubectl_talks_to_is_not_changed() {
    let world = healthy();
    add_role(&world, "older");
    annotate(&world, "older", ROLE);
    add_irsa_pod(&world, "older-1", "older");
    assert!(!commands(&migrate(&world, &["-o", "json"]).ends_with(0).json()).is_empty());
    describe_a_namesake(&world);
    let document = migrate(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(item(&document, "older")["state"], "unknown", "{document:#}");
    assert_eq!(commands(&document), Vec::<String>::new());
}

#[test]
fn one_policy_lets_in_all_that_share_a_role() {
    let world = healthy();
    add_role(&world, "older");
    for name in ["one", "two"] {
        annotate(&world, name, ROLE);
    }
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    let text = document.to_string();
    assert_eq!(text.matches("aws iam update-assume-role-policy").count(), 1, "a second would undo the first: {text}");
    let command = &commands(&document)[2];
    assert!(command.contains("\"one\"") && command.contains("\"two\""), "{command}");
}

#[test]
fn what_stands_in_the_way_is_told() {
    let world = healthy();
    add_role(&world, "older");
    annotate(&world, "elsewhere", "arn:aws:iam::999988887777:role/older");
    annotate(&world, "missing", "arn:aws:iam::111122223333:role/no-such");
    annotate(&world, "other", ROLE);
    associate(&world, "shop", "other", "api");
    annotate(&world, "nonsense", "older");
    annotate(&world, "windows", ROLE);
    add_pod(&world, "windows-1", |pod| {
        without_variables(pod);
        pod["spec"]["serviceAccountName"] = json!("windows");
        pod["spec"]["os"] = json!({ "name": "windows" });
    });
    let document = migrate(&world, &["-o", "json"]).ends_with(0).json();
    for (name, words) in [
        ("elsewhere", "the role is in account 999988887777"),
        ("missing", "the role does not exist"),
        ("other", "decide which of the two is right"),
        ("nonsense", "is not the ARN of a role"),
        ("windows", "cannot use EKS Pod Identity"),
    ] {
        let own = item(&document, name);
        assert_eq!(own["state"], "blocked", "{own:#}");
        assert!(own["why"].as_str().is_some_and(|why| why.contains(words)), "{own:#}");
        assert_eq!(own["steps"], json!([]));
    }
    // What was not read is not absent.
    world.kubernetes.fault("/api/v1/pods", Kind::Forbidden);
    let document = migrate(&world, &["-o", "json"]).ends_with(3).json();
    annotate(&world, "fine", ROLE);
    assert_eq!(item(&document, "missing")["state"], "blocked");
    let document = migrate(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(item(&document, "fine")["state"], "unknown");
    let plan = migrate(&world, &["--plan"]).ends_with(0).stdout;
    assert!(plan.contains("iam:GetRole roleName=ROLE"), "{plan}");
    migrate(&world, &["-o", "csv"]).ends_with(2);
    let none = healthy();
    migrate(&none, &[]).ends_with(0).says(&["no service account is on IAM roles for service accounts (IRSA)"]);
}
