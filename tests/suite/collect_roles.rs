//! What is read of roles beside the associated one: target role, IRSA, condition keys; when, and what each answer becomes.

use podid::evidence::{Evidence, GapReason, PolicyNames, Source};
use podid_doubles::aws::{Fault, Kind, State};
use serde_json::{Value, json};

use crate::command_line::verdicts::{change_cluster, without_association};
use crate::support::world::World;

const ISSUER: &str = "oidc.eks.eu-west-1.amazonaws.com/id/0A1B2C3D4E5F60718293A4B5C6D7E8F9";
const ACCOUNT: &str = "111122223333";

fn evidence(world: &World) -> Evidence {
    world.doctor(&["--save", &world.argument("evidence"), "--timeout", "10s"]);
    Evidence::from_yaml(&world.read("evidence")).expect("evidence")
}

fn reason(evidence: &Evidence, source: Source) -> Option<GapReason> {
    evidence.source_gap(source).map(|gap| gap.reason.clone())
}

fn asked(world: &World, operation: &str) -> usize {
    world.aws.requests().iter().filter(|request| request.operation == operation).count()
}

fn change(world: &World, change: impl FnOnce(&mut State)) {
    world.aws.change(change).expect("a change");
}

/// A pod on IRSA, with all that it needs.
fn irsa() -> World {
    let world = World::healthy();
    without_association(&world);
    annotate(&world, "arn:aws:iam::111122223333:role/api");
    let mut pod = world.kubernetes.object(crate::support::world::POD);
    pod["spec"]["containers"][0]["env"] = json!([
        { "name": "AWS_REGION", "value": "eu-west-1" },
        { "name": "AWS_ROLE_ARN", "value": "arn:aws:iam::111122223333:role/api" },
        { "name": "AWS_WEB_IDENTITY_TOKEN_FILE", "value": "/var/run/secrets/eks.amazonaws.com/serviceaccount/token" },
    ]);
    pod["spec"]["containers"][0]["volumeMounts"] = json!([
        { "name": "aws-iam-token", "mountPath": "/var/run/secrets/eks.amazonaws.com/serviceaccount", "readOnly": true },
    ]);
    pod["spec"]["volumes"] = json!([{ "name": "aws-iam-token", "projected": { "sources": [
        { "serviceAccountToken": { "audience": "sts.amazonaws.com", "path": "token", "expirationSeconds": 86400 } },
    ] } }]);
    world.kubernetes.put(pod);
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
        "Principal": { "Federated": format!("arn:aws:iam::{ACCOUNT}:oidc-provider/{ISSUER}") },
        "Condition": { "StringEquals": { format!("{ISSUER}:sub"): "system:serviceaccount:shop:api" } },
    }] });
    change(&world, |state| {
        let account = state.accounts.get_mut(ACCOUNT).expect("the account");
        account.identity_providers = vec![ISSUER.to_owned()];
        account.roles.get_mut("api").expect("the role").assume_role_policy_document = trust;
    });
    world
}

fn annotate(world: &World, role: &str) {
    let path = "/api/v1/namespaces/shop/serviceaccounts/api";
    let mut account = world.kubernetes.object(path);
    account["metadata"]["annotations"] = json!({ "eks.amazonaws.com/role-arn": role });
    world.kubernetes.put(account);
}

/// A pod whose association has a target role in the same account.
fn chained(target: &str) -> World {
    let world = World::healthy();
    change_cluster(&world, |cluster| {
        let own = cluster.associations.iter_mut().find(|one| one.service_account == "api").expect("the association");
        own.target_role_arn = Some(target.to_owned());
    });
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Principal": { "AWS": "arn:aws:iam::111122223333:role/api" },
    }] });
    change(&world, |state| {
        let role = json!({ "assumeRolePolicyDocument": trust });
        let role = serde_json::from_value(role).expect("a role");
        state.accounts.get_mut(ACCOUNT).expect("the account").roles.insert("data".to_owned(), role);
    });
    world
}

#[test]
fn a_pod_on_irsa_is_judged_in_three_waves_and_twenty_requests() {
    let world = irsa();
    let diagnosis = world.doctor(&["-o", "json"]).ends_with(0).json();
    assert_eq!((&diagnosis["mode"], &diagnosis["causes"]), (&json!("irsa"), &json!([])), "{diagnosis:#}");
    for code in ["PID890", "PID892", "PID894", "PID896"] {
        assert_eq!(crate::support::world::check(&diagnosis, code)["status"], "passed", "{code}");
    }
    assert!(world.kubernetes.requests().len() + world.aws.requests().len() <= 20);
    assert_eq!((asked(&world, "GetRole"), asked(&world, "ListOpenIDConnectProviders")), (1, 1));
}

#[test]
fn all_of_it_is_planned() {
    for world in [irsa(), untagged_and_chained()] {
        crate::plan::all_is_planned(&world, &["doctor", "api-7c9f"]);
    }
}

#[test]
fn neither_is_asked_for_a_pod_on_pod_identity() {
    let world = World::healthy();
    annotate(&world, "arn:aws:iam::111122223333:role/other");
    let seen = evidence(&world);
    assert_eq!((asked(&world, "GetRole"), asked(&world, "ListOpenIDConnectProviders")), (1, 0));
    for source in [
        Source::IrsaRole,
        Source::IdentityProviders,
        Source::TargetRole,
        Source::TargetRoleSimulation,
        Source::RoleContextKeys,
    ] {
        assert_eq!(reason(&seen, source), Some(GapReason::NotRequested), "{source:?}");
    }
}

#[test]
fn a_role_of_irsa_in_another_account_is_not_asked_for() {
    let world = irsa();
    annotate(&world, "arn:aws:iam::444455556666:role/api");
    let seen = evidence(&world);
    assert_eq!(reason(&seen, Source::IrsaRole), Some(GapReason::WrongAccount));
    assert_eq!(reason(&seen, Source::IdentityProviders), Some(GapReason::WrongAccount));
    assert_eq!((asked(&world, "GetRole"), asked(&world, "ListOpenIDConnectProviders")), (0, 0));
}

#[test]
fn no_providers_are_an_empty_list() {
    let world = irsa();
    change(&world, |state| state.accounts.values_mut().for_each(|account| account.identity_providers.clear()));
    assert!(evidence(&world).identity_providers.known().is_some_and(|known| known.list.is_empty()));
}

/// Each kind of answer that is none, for all the calls of this file at once.
fn gaps() -> Vec<(Kind, GapReason)> {
    let page = |status| Kind::Page { status, content_type: "text/html".to_owned(), body: "<html></html>".to_owned() };
    vec![
        (Kind::AccessDenied { message: None }, GapReason::Denied),
        (Kind::Throttled, GapReason::Throttled),
        (page(200), GapReason::Malformed),
        (Kind::Garbage, GapReason::Malformed),
        (Kind::Cut, GapReason::Unreachable),
    ]
}

#[test]
fn what_is_no_answer_is_a_gap() {
    std::thread::scope(|scope| {
        for (kind, expected) in gaps() {
            let cases: [(World, &[(&str, Source)]); 3] = [
                (
                    World::healthy(),
                    &[
                        ("iam:ListRolePolicies", Source::RoleInlinePolicies),
                        ("iam:ListAttachedRolePolicies", Source::RoleAttachedPolicies),
                    ],
                ),
                (
                    irsa(),
                    &[
                        ("iam:GetRole", Source::IrsaRole),
                        ("iam:ListOpenIDConnectProviders", Source::IdentityProviders),
                        ("iam:GetOpenIDConnectProvider", Source::IdentityProvider),
                    ],
                ),
                (
                    untagged_and_chained(),
                    &[
                        ("iam:GetRole", Source::TargetRole),
                        ("iam:SimulatePrincipalPolicy", Source::TargetRoleSimulation),
                        ("iam:GetContextKeysForPrincipalPolicy", Source::RoleContextKeys),
                    ],
                ),
            ];
            for (world, calls) in cases {
                let (kind, expected) = (kind.clone(), expected.clone());
                scope.spawn(move || {
                    for (action, _) in calls {
                        world.aws.fault(Fault::on(action, kind.clone()));
                    }
                    let seen = evidence(&world);
                    for (_, source) in calls {
                        assert_eq!(reason(&seen, *source), Some(expected.clone()), "{source:?} {kind:?}");
                    }
                });
            }
        }
    });
}

fn untagged_and_chained() -> World {
    let world = chained("arn:aws:iam::111122223333:role/data");
    change_cluster(&world, |cluster| {
        cluster.associations.iter_mut().for_each(|one| one.disable_session_tags = true);
    });
    world
}

#[test]
fn a_target_role_takes_two_requests_in_the_place_of_those_about_policies() {
    let world = World::healthy();
    world.doctor(&[]).ends_with(0);
    let before = world.aws.requests().len();
    let world = chained("arn:aws:iam::111122223333:role/data");
    let diagnosis = world.doctor(&["-o", "json"]).ends_with(0).json();
    assert_eq!(crate::support::world::check(&diagnosis, "PID840")["status"], "passed");
    assert_eq!(world.aws.requests().len(), before);
    assert_eq!((asked(&world, "ListRolePolicies"), asked(&world, "ListAttachedRolePolicies")), (0, 0));
    let simulated = world.aws.requests().into_iter().find(|one| one.operation == "SimulatePrincipalPolicy");
    let input: Value = serde_json::from_str(&simulated.expect("a simulation").input).expect("JSON");
    assert_eq!(input["PolicySourceArn"], "arn:aws:iam::111122223333:role/api");
    assert_eq!(input["ResourceArns.member.1"], "arn:aws:iam::111122223333:role/data");
    assert_eq!(
        (&input["ActionNames.member.1"], &input["ActionNames.member.2"]),
        (&json!("sts:AssumeRole"), &json!("sts:TagSession"))
    );
}

#[test]
fn a_target_role_elsewhere_is_not_asked_for_and_the_own_side_is() {
    let world = chained("arn:aws:iam::444455556666:role/data");
    let seen = evidence(&world);
    assert_eq!(reason(&seen, Source::TargetRole), Some(GapReason::WrongAccount));
    assert_eq!(seen.target_role_simulation.known().map(Vec::len), Some(2));
    assert_eq!(asked(&world, "GetRole"), 1, "only the associated role");
}

#[test]
fn a_target_role_that_is_gone_is_absent() {
    let world = chained("arn:aws:iam::111122223333:role/gone");
    assert_eq!(evidence(&world).target_role.known(), Some(&None));
    let diagnosis = world.doctor(&["-o", "json"]).ends_with(1).json();
    assert_eq!(crate::support::world::causes(&diagnosis), ["PID840"]);
}

#[test]
fn a_simulated_denial_is_read() {
    let world = chained("arn:aws:iam::111122223333:role/data");
    change(&world, |state| {
        let role = state.accounts.get_mut(ACCOUNT).expect("the account").roles.get_mut("api").expect("the role");
        role.denied_actions = vec!["sts:TagSession".to_owned()];
    });
    let seen = evidence(&world);
    let decisions: Vec<&str> =
        seen.target_role_simulation.known().expect("results").iter().map(|one| one.eval_decision.as_str()).collect();
    assert_eq!(decisions, ["allowed", "explicitDeny"]);
}

#[test]
fn condition_keys_are_read_where_session_tags_are_off() {
    let world = untagged_and_chained();
    change(&world, |state| {
        let role = state.accounts.get_mut(ACCOUNT).expect("the account").roles.get_mut("api").expect("the role");
        role.context_keys = vec!["aws:PrincipalTag/kubernetes-namespace".to_owned(), "aws:SourceIp".to_owned()];
    });
    let seen = evidence(&world);
    let keys = seen.role_context_keys.known().expect("keys");
    assert_eq!(keys.of_session_tags(), ["aws:PrincipalTag/kubernetes-namespace"]);
    assert_eq!(asked(&world, "GetContextKeysForPrincipalPolicy"), 1);
}

#[test]
fn one_policy_of_each_kind_is_asked_for() {
    let world = World::healthy();
    change(&world, |state| {
        let role = state.accounts.get_mut(ACCOUNT).expect("the account").roles.get_mut("api").expect("the role");
        role.attached_policies = Some(vec!["one".to_owned(), "two".to_owned()]);
    });
    let seen = evidence(&world);
    let names = |reading: &podid::evidence::Reading<Option<PolicyNames>>| {
        reading.present().map(|names| names.policy_names.clone())
    };
    assert_eq!(names(&seen.role_inline_policies), Some(Vec::new()));
    assert_eq!(names(&seen.role_attached_policies), Some(vec!["one".to_owned()]));
    assert_eq!((asked(&world, "ListRolePolicies"), asked(&world, "ListAttachedRolePolicies")), (1, 1));
}

#[test]
fn tags_of_tools_are_kept_and_others_dropped() {
    let world = World::healthy();
    change(&world, |state| {
        let role = state.accounts.get_mut(ACCOUNT).expect("the account").roles.get_mut("api").expect("the role");
        let tags = [
            ("Managed-By", "Terraform"),
            ("owner", "jo@example.com"),
            ("terraform", "false"),
            ("created_by", "jo"),
            ("aws:cloudformation:stack-name", "roles"),
        ];
        role.tags = tags.map(|(key, value)| (key.to_owned(), value.to_owned())).into();
    });
    let seen = evidence(&world);
    let kept: Vec<&str> = seen.role.present().expect("a role").tags.keys().map(String::as_str).collect();
    assert_eq!(kept, ["Managed-By", "aws:cloudformation:stack-name"]);
    assert!(!seen.to_yaml().expect("YAML").contains("jo@example.com"));
}

#[test]
fn what_an_identity_provider_accepts_is_read() {
    let world = irsa();
    let accepted = |seen: &Evidence| seen.identity_provider.present().map(|known| known.client_id_list.clone());
    assert_eq!(accepted(&evidence(&world)), Some(vec!["sts.amazonaws.com".to_owned()]));
    change(&world, |state| {
        state.accounts.get_mut(ACCOUNT).expect("the account").audiences = Some(vec!["sigstore".to_owned()]);
    });
    let diagnosis = world.doctor(&["-o", "json"]).ends_with(1).json();
    assert_eq!(crate::support::world::causes(&diagnosis), ["PID892"]);
    change(&world, |state| {
        state.accounts.get_mut(ACCOUNT).expect("the account").identity_providers.clear();
    });
    assert_eq!(evidence(&world).identity_provider.known(), Some(&None));
}
