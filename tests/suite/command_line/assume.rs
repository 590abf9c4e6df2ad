//! `doctor --assume`: EKS Auth asked from here, what each answer tells, and that no secret gets out on any way.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use podid_doubles::aws::{Fault, Kind};
use serde_json::{Value, json};

use crate::plan::all_is_planned;
use crate::support::kubernetes::{self, token};
use crate::support::run::Run;
use crate::support::world::{POD, World, causes, check};

const ACTION: &str = "eks-auth:AssumeRoleForPodIdentity";
const TOKEN: &str = "/api/v1/namespaces/shop/serviceaccounts/api/token";

fn assume(world: &World) -> Value {
    check(&world.diagnosis(&["--assume"]), "PID960").clone()
}

fn calls(world: &World) -> usize {
    world.aws.requests().iter().filter(|request| request.action() == ACTION).count()
}

/// Makes sure that neither token nor credentials are in a text.
#[track_caller]
fn holds_no_secret(text: &str) {
    let signature = URL_SAFE_NO_PAD.encode(token::SIGNATURE);
    for secret in ["played-secret", "session-token-", "ASIAPLAYED", "eyJ", &signature, token::SIGNATURE] {
        assert!(!text.contains(secret), "{secret} came out: {text}");
    }
}

#[test]
fn the_role_of_the_association_is_given() {
    let world = World::healthy();
    let diagnosis = world.diagnosis(&["--assume"]);
    assert_eq!((check(&diagnosis, "PID960")["status"].as_str(), calls(&world)), (Some("passed"), 1));
    let effects = diagnosis["sideEffects"].as_array().expect("a list");
    assert!(effects.len() == 1 && effects[0].as_str().is_some_and(|one| one.contains("in memory only")), "{effects:?}");
    let sent = world.kubernetes.requests();
    assert_eq!(sent.iter().filter(|one| one.path == TOKEN && one.method == "POST").count(), 1);
    let identity = world.aws.requests().into_iter().filter(|one| one.action() == "sts:GetCallerIdentity").count();
    assert_eq!(identity, 2, "the caller's own, and that of the pod's credentials");
    // What is left behind is said also to whoever wants quiet.
    for quiet in [&[][..], &["-q"]] {
        let run = world.doctor(&[&["--assume"], quiet].concat()).ends_with(0);
        run.warns(&["--assume makes a token for pod shop/api-7c9f"]);
    }
}

/// All pods of a service account have one association: one of them stands for the rest.
#[test]
fn one_pod_of_a_service_account_is_asked_for() {
    let world = World::healthy();
    let mut other = world.kubernetes.object(POD);
    other["metadata"]["name"] = json!("api-7c9g");
    other["metadata"]["uid"] = json!("another");
    world.kubernetes.put(other);
    let list = world.run(&["doctor", "api-7c9f", "api-7c9g", "--assume", "-o", "json"]).json();
    let items = list["items"].as_array().expect("items");
    let found: Vec<_> = items.iter().map(|item| check(item, "PID960")).collect();
    assert_eq!((&found[0]["status"], &found[1]["status"]), (&json!("passed"), &json!("notApplicable")), "{found:#?}");
    let why = found[1]["reason"].as_str().unwrap_or_default();
    assert!(why.ends_with("pod api-7c9f of the same service account was asked for"), "{why}");
    assert_eq!(calls(&world), 1);
}

#[test]
fn nobody_is_asked_without_the_switch_or_without_aws() {
    let world = World::healthy();
    let found = check(&world.diagnosis(&[]), "PID960").clone();
    assert_eq!((found["reason"].as_str(), calls(&world)), (Some("not asked for: --assume does"), 0));
    world.doctor(&["--assume", "--no-aws"]).ends_with(2).warns(&["--no-aws leaves it out"]);
    world.doctor(&["--assume", "--from", "x.yaml"]).ends_with(2);
    let found = world.run(&["doctor", "sa/api", "--assume", "-o", "json"]).json();
    assert_eq!((check(&found, "PID960")["status"].as_str(), calls(&world)), (Some("notApplicable"), 0));
    assert!(world.kubernetes.requests().iter().all(|one| one.path != TOKEN));
}

#[test]
fn no_secret_gets_out_on_any_way() {
    let world = World::healthy();
    for format in ["table", "wide", "short", "json", "yaml", "markdown", "html", "junit"] {
        let Run { stdout, stderr, .. } =
            world.doctor(&["--assume", "-o", format, "-vv", "--save", &world.argument("evidence")]).ends_with(0);
        let saved = world.read("evidence");
        assert!(stderr.contains("AssumeRoleForPodIdentity") && saved.contains("sessionArn"), "{stderr}\n{saved}");
        for text in [stdout, stderr, saved] {
            holds_no_secret(&text);
        }
    }
    let saved = world.run(&["doctor", "--from", &world.argument("evidence"), "-o", "json"]).ends_with(0).json();
    assert_eq!(check(&saved, "PID960")["status"], "passed");
}

#[test]
fn a_role_that_cannot_be_assumed_is_the_roles_fault() {
    let world =
        World::patched(&json!({ "role": { "AssumeRolePolicyDocument": { "Version": "2012-10-17", "Statement": [
        { "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" }] } } }));
    let diagnosis = world.diagnosis(&["--assume"]);
    assert_eq!((causes(&diagnosis), &check(&diagnosis, "PID960")["status"]), (vec!["PID820"], &json!("failed")));
    let message = check(&diagnosis, "PID960")["findings"][0]["message"].clone();
    assert_eq!(message, "EKS may not assume the role of the association");
}

#[test]
fn an_association_that_is_gone_is_told() {
    let world = World::healthy();
    super::verdicts::without_association(&world);
    let diagnosis = world.diagnosis(&["--assume"]);
    assert_eq!((causes(&diagnosis), &check(&diagnosis, "PID960")["status"]), (vec!["PID210"], &json!("failed")));
}

#[test]
fn ones_own_missing_rights_say_nothing_about_the_pod() {
    let world = World::healthy();
    world.aws.fault(Fault::on(ACTION, Kind::AccessDenied { message: None }));
    let found = assume(&world);
    assert_eq!((&found["status"], &found["gap"]["permission"]), (&json!("unknown"), &json!(ACTION)));
    let world = World::healthy();
    let roles = world.run(&["permissions", "-o", "json"]).json()["rbac"].clone();
    world.kubernetes.allow_only(roles);
    let found = assume(&world);
    assert_eq!(found["gap"]["permission"], "create serviceaccounts/token in shop");
    assert!(calls(&world) == 0 && world.kubernetes.requests().iter().all(|one| one.path != TOKEN));
    let roles = world.run(&["permissions", "--level", "assume", "-o", "json"]).json()["rbac"].clone();
    world.kubernetes.allow_only(roles);
    assert_eq!(assume(&world)["status"], "passed");
}

#[test]
fn what_eks_auth_does_not_answer_is_not_known() {
    let error =
        |status, code: &str, message: &str| Kind::Error { status, code: code.to_owned(), message: message.to_owned() };
    for kind in [
        Kind::Cut,
        Kind::Hang,
        Kind::Garbage,
        Kind::Throttled,
        Kind::ExpiredToken,
        error(500, "InternalServerException", "internal"),
        error(400, "InvalidRequestException", "semantic"),
        error(400, "ExpiredTokenException", "The token included in the request is expired: current date/time …"),
        Kind::Page { status: 502, content_type: "text/html".to_owned(), body: "<html>".to_owned() },
    ] {
        let world = World::healthy();
        world.aws.fault(Fault::on(ACTION, kind.clone()));
        let run = world.doctor(&["--assume", "--timeout", "3s", "-o", "json"]);
        let diagnosis = run.json();
        assert_eq!(check(&diagnosis, "PID960")["status"], "unknown", "{kind:?} {run:#?}");
        let is_lost = matches!(kind, Kind::Cut | Kind::Hang | Kind::Garbage | Kind::Page { .. })
            || matches!(kind, Kind::Error { status: 500, .. });
        let effects = diagnosis["sideEffects"].to_string();
        assert_eq!(effects.contains("and perhaps credentials"), is_lost, "{kind:?} {effects}");
    }
}

#[test]
fn a_token_that_is_not_accepted_is_only_suspected() {
    let world = World::healthy();
    let kind = Kind::Error { status: 400, code: "InvalidTokenException".to_owned(), message: String::new() };
    world.aws.fault(Fault::on(ACTION, kind));
    let diagnosis = world.diagnosis(&["--assume"]);
    assert_eq!((causes(&diagnosis), &diagnosis["exitCode"]), (vec!["PID960"], &json!(3)));
}

#[test]
fn a_token_that_cannot_be_made_is_not_known() {
    use kubernetes::Kind as Fault;
    // An answer that is lost, or cannot be read, may have been a token.
    let lost = [Fault::Cut, Fault::Hang, Fault::Garbage, Fault::Stranger, Fault::Status(500, "InternalError")];
    for (kind, is_lost) in lost.map(|kind| (kind, true)).into_iter().chain([(Fault::Status(404, "NotFound"), false)]) {
        let world = World::healthy();
        world.kubernetes.fault(TOKEN, kind.clone());
        let run = world.doctor(&["--assume", "--timeout", "2s", "-o", "json"]);
        let diagnosis = run.json();
        assert_eq!((check(&diagnosis, "PID960")["status"].as_str(), calls(&world)), (Some("unknown"), 0), "{kind:?}");
        let effects = diagnosis["sideEffects"].to_string();
        assert_eq!(effects.contains("a token for pod shop/api-7c9f may have been made"), is_lost, "{kind:?} {effects}");
    }
}

#[test]
fn nothing_is_asked_of_another_accounts_namesake() {
    let world = World::healthy();
    let command = world.command(&["doctor", "api-7c9f", "--assume", "-o", "json"]);
    let run = command.variable("AWS_ACCESS_KEY_ID", crate::support::world::OTHER_ACCOUNT_KEY).run();
    assert_eq!((check(&run.json(), "PID960")["status"].as_str(), calls(&world)), (Some("unknown"), 0));
}

#[test]
fn a_plan_lists_it() {
    all_is_planned(&World::healthy(), &["doctor", "api-7c9f", "--assume", "--canary"]);
    World::healthy().doctor(&["--plan", "--assume"]).ends_with(0).says(&[
        "those of the last wave no mere reads",
        "permission: create serviceaccounts/token in shop",
        "eks-auth:AssumeRoleForPodIdentity clusterName=prod",
    ]);
}
