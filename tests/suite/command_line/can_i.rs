//! `can-i` against a played cluster and a played AWS.

use podid_doubles::aws::state::Role;
use podid_doubles::aws::{Fault, Kind as AwsKind};
use serde_json::{Value, json};

use super::verdicts::{change_cluster, without_association};
use crate::support::run::Run;
use crate::support::world::{POD, World};

const OBJECT: &str = "arn:aws:s3:::bucket/key";

fn can_i(world: &World, more: &[&str]) -> Run {
    world.run(&[&["can-i"], more].concat())
}

fn get(world: &World, more: &[&str]) -> Run {
    can_i(world, &[&["s3:GetObject", "api-7c9f", "--resource", OBJECT], more].concat())
}

fn change_role(world: &World, change: impl FnOnce(&mut Role)) {
    let own = |state: &mut podid_doubles::aws::state::State| {
        let account = state.accounts.get_mut("111122223333").expect("the account");
        change(account.roles.get_mut("api").expect("the role"));
    };
    world.aws.change(own).expect("a change");
}

/// What was simulated, as the parameters of each request.
fn simulated(world: &World, operation: &str) -> Vec<Value> {
    let all = world.aws.requests();
    let own = all.iter().filter(|request| request.operation == operation);
    own.map(|request| serde_json::from_str(&request.input).expect("JSON"))
        .filter(|input: &Value| input["ActionNames.member.1"] != "eks-auth:AssumeRoleForPodIdentity")
        .collect()
}

#[test]
fn what_the_role_allows_is_allowed() {
    let world = World::healthy();
    change_role(&world, |role| role.matched_policy = Some("role_policy".to_owned()));
    let page = get(&world, &[]).ends_with(0);
    for words in ["acts as role api, by its association", "✓ allowed  s3:GetObject on arn:aws:s3:::bucket/key"] {
        assert!(page.stdout.contains(words), "{}", page.stdout);
    }
    assert!(page.stdout.contains("policy role_policy, line 3, column 17"), "{}", page.stdout);
    assert!(page.stdout.contains("not simulated: policies of the resource"), "{}", page.stdout);
    let [asked] = simulated(&world, "SimulatePrincipalPolicy").try_into().expect("one simulation");
    let text = asked.to_string();
    for (key, value) in [
        ("kubernetes-namespace", "shop"),
        ("kubernetes-service-account", "api"),
        ("kubernetes-pod-name", "api-7c9f"),
        ("eks-cluster-name", "prod"),
    ] {
        assert!(text.contains(&format!("aws:PrincipalTag/{key}")) && text.contains(value), "{key}: {text}");
    }
    let document = get(&world, &["-o", "json"]).ends_with(0).json();
    assert_eq!(document["actor"], json!({ "roleArn": "arn:aws:iam::111122223333:role/api", "way": "association" }));
    assert_eq!(document["answers"][0]["decision"], "allowed");
    assert_eq!(get(&world, &["-q"]).ends_with(0).stdout, "");
    assert_eq!(get(&world, &["-o", "short"]).ends_with(0).stdout, "allowed s3:GetObject arn:aws:s3:::bucket/key\n");
    // A workload and a service account have the same role.
    can_i(&world, &["s3:GetObject", "deploy/api"]).ends_with(0).says(&["on all resources"]);
    can_i(&world, &["s3:GetObject", "sa", "api"]).ends_with(0);
    // What holds for one pod of several is not asked for all of them.
    let asked = simulated(&world, "SimulatePrincipalPolicy").pop().expect("a simulation").to_string();
    assert!(asked.contains("kubernetes-namespace") && !asked.contains("kubernetes-pod-name"), "{asked}");
}

#[test]
fn what_is_denied_says_why() {
    let world = World::healthy();
    let set = |change: fn(&mut Role)| change_role(&world, change);
    set(|role| role.allowed_actions = Some(vec!["s3:List*".to_owned()]));
    get(&world, &[]).ends_with(1).says(&["✗ denied s3:GetObject", "no policy of the role allows it"]);
    set(|role| {
        role.denied_actions = vec!["s3:GetObject".to_owned()];
        role.matched_policy = Some("role_policy".to_owned());
    });
    get(&world, &[]).ends_with(1).says(&["a statement denies it", "policy role_policy, line 3"]);
    set(|role| {
        role.denied_actions.clear();
        role.allowed_actions = None;
        role.boundary_actions = Some(vec!["sqs:*".to_owned()]);
    });
    get(&world, &[]).ends_with(1).says(&["the permissions boundary of the role does not allow it"]);
    // One that is denied decides, whatever else is allowed.
    let actions = "sqs:SendMessage,s3:GetObject";
    let both = can_i(&world, &[actions, "api-7c9f", "--resource", OBJECT, "-o", "json"]).ends_with(1).json();
    let decisions: Vec<&Value> =
        both["answers"].as_array().expect("answers").iter().map(|one| &one["decision"]).collect();
    assert_eq!(decisions, ["allowed", "denied"]);
    // What is not allowed on everything may be allowed on the one thing that is meant.
    can_i(&world, &["s3:GetObject", "api-7c9f"]).ends_with(3).says(&["not allowed on every resource"]);
    set(|role| {
        role.boundary_actions = None;
        role.denied_actions = vec!["s3:GetObject".to_owned()];
    });
    can_i(&world, &["s3:GetObject", "api-7c9f"]).ends_with(1);
}

#[test]
fn what_hangs_on_an_unknown_key_is_undecided() {
    let world = World::healthy();
    change_role(&world, |role| role.missing_context_values = vec!["aws:SourceVpc".to_owned()]);
    get(&world, &[]).ends_with(3).says(&[
        "? undecided s3:GetObject",
        "allowed as long as aws:SourceVpc has no value",
        "--condition aws:SourceVpc=VALUE",
    ]);
    get(&world, &["--condition", "aws:SourceVpc=vpc-1", "--condition", "AWS:sourcevpc=vpc-2"])
        .says(&["with aws:SourceVpc=vpc-1,vpc-2, as --condition says"]);
    get(&world, &["--condition", "aws:SourceIp=10.0.0.1"]);
    let typed = simulated(&world, "SimulatePrincipalPolicy").pop().expect("a simulation").to_string();
    assert!(typed.contains("\"ip\""), "{typed}");
    get(&world, &["--condition", "aws:SourceVpc=vpc-1,vpc-2"]);
    let asked = simulated(&world, "SimulatePrincipalPolicy").pop().expect("a simulation").to_string();
    assert!(asked.contains("aws:SourceVpc") && asked.contains("vpc-2") && asked.contains("stringList"), "{asked}");
    get(&world, &["--condition", "nonsense"]).ends_with(2).warns(&["gives no condition key a value"]);
}

#[test]
fn a_session_policy_narrows_the_role() {
    let world = World::healthy();
    change_cluster(&world, |cluster| {
        let own = cluster.associations.iter_mut().find(|one| one.service_account == "api").expect("the association");
        own.disable_session_tags = true;
        own.policy =
            Some(json!({ "Statement": [{ "Effect": "Allow", "Action": "sqs:*", "Resource": "*" }] }).to_string());
    });
    get(&world, &[]).ends_with(1).says(&["the role allows it, and the association's session policy does not"]);
    can_i(&world, &["sqs:SendMessage", "api-7c9f"]).ends_with(0);
    let asked = simulated(&world, "SimulatePrincipalPolicy");
    assert!(asked.iter().all(|one| !one.to_string().contains("aws:PrincipalTag/")), "a session without tags has none");
    world.aws.fault(Fault::on("iam:SimulateCustomPolicy", AwsKind::AccessDenied { message: None }));
    let document = get(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(document["answers"][0]["gap"]["permission"], "iam:SimulateCustomPolicy");
}

#[test]
fn it_says_whose_rights_they_are() {
    let world = World::patched(&json!({ "association": { "targetRoleArn": "arn:aws:iam::111122223333:role/target" },
        "targetRole": { "RoleName": "target", "Arn": "arn:aws:iam::111122223333:role/target",
            "AssumeRolePolicyDocument": { "Statement": [] } } }));
    let document = get(&world, &["-o", "json"]).json();
    assert_eq!(document["actor"]["way"], "targetRole", "{document:#}");
    assert!(document["obstacle"].as_str().is_some_and(|words| !words.is_empty()), "its trust lets nobody in");
    get(&world, &[]).says(&["the target role of its association", "the pod does not act as this role now"]);

    let world = World::healthy();
    without_association(&world);
    world.kubernetes.patch(
        "/api/v1/namespaces/shop/serviceaccounts/api",
        &json!({ "metadata": { "annotations": {
        "eks.amazonaws.com/role-arn": "arn:aws:iam::111122223333:role/api" } } }),
    );
    let document = can_i(&world, &["s3:GetObject", "sa/api", "-o", "json"]).json();
    assert_eq!(document["actor"]["way"], "webIdentity");
    // A pod that has the variables of Pod Identity is not on IRSA, whatever its account says.
    get(&world, &[]).ends_with(3).says(&["there is no association any more"]);
    // One that came before the association keeps what it has.
    let world = World::healthy();
    world.kubernetes.patch(
        POD,
        &json!({ "spec": { "containers": [{ "name": "app", "env": [
        { "name": "AWS_ROLE_ARN", "value": "arn:aws:iam::111122223333:role/api" },
        { "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token" },
    ] }] } }),
    );
    assert_eq!(get(&world, &["-o", "json"]).json()["actor"]["way"], "webIdentity");

    // Without any, a pod falls back to its node; what that is may not be known.
    let world = World::healthy();
    without_association(&world);
    world.kubernetes.patch(POD, &json!({ "spec": { "containers": [{ "name": "app" }] } }));
    let document = get(&world, &["-o", "json"]).json();
    let is_node = document["actor"]["way"] == "node";
    assert!(is_node || document["exitCode"] == 3 && document["gap"] != Value::Null, "{document:#}");
    can_i(&world, &["s3:GetObject", "sa/api"]).ends_with(3).says(&["the role it acts as is not known"]);
}

#[test]
fn what_was_not_simulated_is_not_known() {
    let world = World::healthy();
    world.aws.fault(Fault::on("iam:SimulatePrincipalPolicy", AwsKind::AccessDenied { message: None }));
    let document = get(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(document["answers"][0]["decision"], "undecided");
    assert_eq!(document["answers"][0]["gap"]["permission"], "iam:SimulatePrincipalPolicy");
    get(&world, &[]).ends_with(3).says(&["iam:SimulatePrincipalPolicy denied"]);
    get(&world, &["--no-aws"]).ends_with(3);
    let world = World::healthy();
    can_i(&world, &["s3:GetObject", "no-such-pod"]).ends_with(3);
    world.aws.fault(Fault::on("eks:DescribePodIdentityAssociation", AwsKind::AccessDenied { message: None }));
    get(&world, &[]).ends_with(3).says(&["the role it acts as is not known"]);
}

#[test]
fn actions_are_read_from_a_list() {
    let world = World::healthy();
    change_role(&world, |role| role.denied_actions = vec!["s3:PutObject".to_owned()]);
    world.write("actions", "# of the application\ns3:GetObject arn:aws:s3:::a/*\n\ns3:PutObject arn:aws:s3:::a/*  # writes\nsqs:SendMessage\n");
    let file = world.argument("actions");
    let document = can_i(&world, &["--list", "-f", &file, "api-7c9f", "-o", "json"]).ends_with(1).json();
    let rows: Vec<String> = document["answers"]
        .as_array()
        .expect("answers")
        .iter()
        .map(|one| format!("{} {} {}", one["action"], one["resource"], one["decision"]).replace('"', ""))
        .collect();
    assert_eq!(
        rows,
        ["s3:GetObject arn:aws:s3:::a/* allowed", "s3:PutObject arn:aws:s3:::a/* denied", "sqs:SendMessage * allowed"]
    );
    assert_eq!(simulated(&world, "SimulatePrincipalPolicy").len(), 2, "those on one resource together");
    world.write("bad", "s3:GetObject\nnonsense\n");
    can_i(&world, &["-f", &world.argument("bad"), "api-7c9f"]).ends_with(2).warns(&["line 2 of", "is no action"]);
    world.write("more", "s3:GetObject arn:aws:s3:::a/b c\n");
    can_i(&world, &["-f", &world.argument("more"), "api-7c9f"]).ends_with(2).warns(&["stands behind the resource"]);
    world.write("sign", "s3:GetObject arn:aws:s3:::a/b#1\n");
    let signed = can_i(&world, &["-f", &world.argument("sign"), "api-7c9f", "-o", "json"]).json();
    assert_eq!(signed["answers"][0]["resource"], "arn:aws:s3:::a/b#1");
    world.write("empty", "# nothing\n");
    can_i(&world, &["-f", &world.argument("empty"), "api-7c9f"]).ends_with(2).warns(&["lists no action"]);
    can_i(&world, &["-f", "/no/such/file", "api-7c9f"]).ends_with(2);
}

#[test]
fn what_cannot_be_asked_is_refused_before_anybody_is_asked() {
    let world = World::healthy();
    for (arguments, words) in [
        (&["api-7c9f"][..], "is no action"),
        (&["s3:GetObject"], "takes one target"),
        (&["s3:*", "api-7c9f"], "stands for several actions"),
        (&["s3:GetObject", "api-7c9f", "cart-1"], "takes one target"),
        (&["s3:GetObject", "cm/api"], "unknown resource type"),
    ] {
        can_i(&world, arguments).ends_with(2).warns(&[words]);
    }
    let plan = can_i(&world, &["s3:GetObject", "api-7c9f", "--plan"]).ends_with(0).stdout;
    assert!(plan.contains("iam:SimulatePrincipalPolicy policySourceArn=ROLE actionNames=s3:GetObject"), "{plan}");
    assert_eq!((world.kubernetes.requests().len(), world.aws.requests().len()), (0, 0));
}
