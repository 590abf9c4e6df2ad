//! What is allowed, what is denied, what is left open, and what each of them says.
#![expect(clippy::needless_pass_by_value, reason = "JSON is written where it is given")]

use podid::findings::FixFormat;
use podid::report::{ClausePart, TrustDecision};
use podid::trust_check::{Asked, judge, read};
use serde_json::{Value, json};

use super::{ROLE, check, of};

fn policy(statements: Value) -> String {
    json!({ "Version": "2012-10-17", "Statement": statements }).to_string()
}

fn allow(condition: Value) -> Value {
    json!([{ "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" },
        "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": condition }])
}

#[test]
fn each_condition_is_held_against_what_was_given() {
    assert_eq!(check(ROLE, of("payments", "web")).decision, TrustDecision::Allowed);
    let report = check(ROLE, of("shop", "api"));
    assert_eq!(report.decision, TrustDecision::Denied);
    assert_eq!(report.summary, "the trust policy of role api requires namespace payments; this pod is in shop");
    let [clause] = report.clauses.as_slice() else { panic!("{:#?}", report.clauses) };
    assert_eq!((clause.part, clause.actions.len()), (ClausePart::Denies, 2));
    assert_eq!(clause.place, "Statement[0].Condition.StringEquals[\"aws:RequestTag/kubernetes-namespace\"]");
    assert_eq!(
        &report.source.text[clause.span.clone().expect("a span")],
        "\"aws:RequestTag/kubernetes-namespace\": \"payments\""
    );
}

#[test]
fn what_was_not_given_is_undecided_and_never_denied() {
    for (namespace, service_account, flags) in [
        ("", "", &["--namespace NAMESPACE", "--service-account NAME"][..]),
        ("payments", "", &["--service-account NAME"]),
        ("", "web", &["--namespace NAMESPACE"]),
    ] {
        let report = check(ROLE, of(namespace, service_account));
        assert_eq!(report.decision, TrustDecision::Undecided, "{namespace} {service_account}");
        assert_eq!(report.missing.iter().map(|one| one.flag).collect::<Vec<_>>(), flags);
        assert!(report.remediation.is_empty(), "there is nothing to change yet");
    }
    // One condition that surely fails is enough, whatever was not given.
    let report = check(ROLE, of("", "worker"));
    assert_eq!((report.decision, report.missing.len()), (TrustDecision::Denied, 0));
}

#[test]
fn each_kind_of_input_is_asked_for_by_its_flag() {
    for (key, flag) in [
        ("aws:RequestTag/kubernetes-pod-name", "--pod NAME"),
        ("aws:RequestTag/kubernetes-pod-uid", "--pod-uid UID"),
        ("aws:RequestTag/eks-cluster-name", "--eks-cluster NAME"),
        ("aws:RequestTag/eks-cluster-arn", "--eks-cluster ARN"),
        ("aws:RequestedRegion", "--region REGION"),
    ] {
        let report = check(&policy(allow(json!({ "StringEquals": { key: "x" } }))), of("shop", "api"));
        assert_eq!(report.decision, TrustDecision::Undecided, "{key}");
        assert_eq!(report.missing.iter().map(|one| one.flag).collect::<Vec<_>>(), [flag]);
    }
    // No flag can tell what AWS does not document.
    let report = check(&policy(allow(json!({ "StringEquals": { "aws:SourceVpc": "vpc-1" } }))), of("shop", "api"));
    assert_eq!((report.decision, report.missing.len()), (TrustDecision::Undecided, 0));
    assert!(report.summary.contains("aws:SourceVpc"), "{}", report.summary);
}

#[test]
fn a_cluster_is_told_by_arn_or_by_its_parts() {
    let arn = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
    let wanted = policy(allow(json!({ "StringEquals": { "aws:RequestTag/eks-cluster-arn": arn } })));
    let by = |cluster: &str, region: Option<&str>, account: Option<&str>| {
        let text = |value: Option<&str>| value.map(str::to_owned);
        let asked = Asked {
            cluster: Some(cluster.to_owned()),
            region: text(region),
            account: text(account),
            ..of("shop", "api")
        };
        check(&wanted, asked).decision
    };
    assert_eq!(by(arn, None, None), TrustDecision::Allowed);
    assert_eq!(by("prod", Some("eu-west-1"), Some("111122223333")), TrustDecision::Allowed);
    assert_eq!(by("prod", Some("eu-west-1"), Some("444455556666")), TrustDecision::Denied);
    assert_eq!(by("prod", Some("us-gov-west-1"), Some("111122223333")), TrustDecision::Denied);
    assert_eq!(by("prod", Some("eu-west-1"), None), TrustDecision::Undecided);
    // A region of a partition that is not known here tells no ARN.
    assert_eq!(by("prod", Some("us-iso-east-1"), Some("111122223333")), TrustDecision::Undecided);
}

#[test]
fn the_account_of_the_role_is_the_account_of_its_cluster() {
    let report = check(
        ROLE,
        Asked { cluster: Some("prod".to_owned()), region: Some("eu-west-1".to_owned()), ..of("shop", "api") },
    );
    assert_eq!(report.request.cluster_arn.as_deref(), Some("arn:aws:eks:eu-west-1:111122223333:cluster/prod"));
    let china = ROLE.replace("arn:aws:", "arn:aws-cn:");
    let report = check(
        &china,
        Asked { cluster: Some("prod".to_owned()), region: Some("cn-north-1".to_owned()), ..of("shop", "api") },
    );
    assert_eq!(report.request.cluster_arn.as_deref(), Some("arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod"));
}

#[test]
fn each_action_has_an_answer_of_its_own() {
    let irsa = json!({ "Effect": "Allow", "Principal": { "Federated": "arn:aws:iam::111122223333:oidc-provider/x" },
        "Action": "sts:AssumeRoleWithWebIdentity" });
    let report = check(&policy(json!([irsa])), of("shop", "api"));
    assert_eq!(report.summary, "the trust policy does not let EKS Pod Identity assume the role");
    assert!(report.clauses[0].place.ends_with(".Principal"), "{:#?}", report.clauses);
    let half =
        json!({ "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" }, "Action": "sts:AssumeRole" });
    let report = check(&policy(json!([irsa, half])), of("shop", "api"));
    assert_eq!(report.summary, "the trust policy does not let EKS Pod Identity tag its sessions");
    let [clause] = report.clauses.as_slice() else { panic!("{:#?}", report.clauses) };
    assert_eq!((clause.place.as_str(), clause.actions.as_slice()), ("Statement[1].Action", &["sts:TagSession"][..]));
    // Without session tags the one action is all that EKS asks for.
    let untagged = Asked { session_tags_disabled: true, ..of("shop", "api") };
    assert_eq!(check(&policy(json!([half])), untagged.clone()).decision, TrustDecision::Allowed);
    let report = check(ROLE, untagged);
    assert_eq!((report.decision, report.request.session_tags), (TrustDecision::Denied, false));
    assert!(report.remediation[0].does.starts_with("switch session tags on"), "{:?}", report.remediation);
}

#[test]
fn a_deny_is_pointed_at_and_nothing_is_added_against_it() {
    let mut statements = allow(json!({}));
    statements.as_array_mut().expect("a list").push(json!({ "Sid": "NotShop", "Effect": "Deny", "Principal": "*",
        "Action": "sts:*", "Condition": { "StringEquals": { "aws:RequestTag/kubernetes-namespace": "shop" } } }));
    let report = check(&policy(statements.clone()), of("shop", "api"));
    // A Deny for "*" holds for services too.
    assert_eq!(report.decision, TrustDecision::Denied, "{report:#?}");
    statements[1]["Principal"] = json!({ "Service": "pods.eks.amazonaws.com" });
    let report = check(&policy(statements), of("shop", "api"));
    assert_eq!(report.decision, TrustDecision::Denied);
    assert!(report.actions.iter().all(|answer| answer.is_explicit));
    assert_eq!(report.clauses[0].place, "Statement[1].Effect");
    assert!(report.summary.contains("Sid NotShop"), "{}", report.summary);
    assert_eq!(report.remediation[0].command, None);
}

#[test]
fn a_policy_without_statements_lets_nobody_in() {
    let report = check(&policy(json!([])), of("shop", "api"));
    assert_eq!(report.decision, TrustDecision::Denied);
    assert_eq!(report.clauses[0].place, "Statement");
    assert!(report.remediation[0].command.as_deref().is_some_and(|policy| policy.contains("sts:TagSession")));
}

#[test]
fn a_target_role_is_asked_by_the_associated_role() {
    let source = "arn:aws:iam::111122223333:role/api";
    let trust = policy(json!([{ "Effect": "Allow", "Principal": { "AWS": source },
        "Action": ["sts:AssumeRole", "sts:TagSession"], "Condition": { "StringEquals": { "sts:ExternalId": "e-1" } } }]));
    let asked = |id: Option<&str>| Asked {
        source_role_arn: Some(source.to_owned()),
        external_id: id.map(str::to_owned),
        ..of("shop", "api")
    };
    assert_eq!(check(&trust, asked(Some("e-1"))).decision, TrustDecision::Allowed);
    let report = check(&trust, asked(None));
    assert_eq!((report.decision, report.missing[0].flag), (TrustDecision::Undecided, "--external-id ID"));
    let report = check(&trust, asked(Some("e-2")));
    assert_eq!(report.decision, TrustDecision::Denied);
    // EKS itself is not who asks for it.
    assert_eq!(check(&trust, of("shop", "api")).decision, TrustDecision::Denied);
    let report = check(ROLE, asked(Some("e-1")));
    assert!(report.summary.contains(&format!("does not let role {source} assume the role")), "{}", report.summary);
}

#[test]
fn the_edit_is_told_as_a_command_where_the_role_is_known() {
    let bare = policy(json!([]));
    let file = read("trust.json", &bare).expect("a policy");
    let remedy = |role: Option<&str>, format| judge(&file, of("shop", "api"), role, format).remediation.remove(0);
    let command = remedy(Some("my role"), FixFormat::Aws).command.expect("a command");
    assert!(
        command.starts_with("aws iam update-assume-role-policy --role-name 'my role' --policy-document '{"),
        "{command}"
    );
    let policy: Value = serde_json::from_str(&remedy(None, FixFormat::Aws).command.expect("a policy")).expect("JSON");
    assert_eq!(policy["Statement"][0]["Principal"]["Service"], "pods.eks.amazonaws.com");
    let block = remedy(None, FixFormat::Terraform).command.expect("a block");
    assert!(block.starts_with("statement {"), "{block}");
}

#[test]
fn a_missing_action_and_a_condition_are_mended_in_one_edit() {
    let half = policy(
        json!([{ "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" }, "Action": "sts:AssumeRole",
        "Condition": { "StringEquals": { "aws:RequestTag/kubernetes-namespace": "payments" } } }]),
    );
    let report = check(&half, of("shop", "api"));
    let command = report.remediation[0].command.clone().expect("a policy");
    assert_eq!(check(&command, of("shop", "api")).decision, TrustDecision::Allowed, "{command}");
    assert_eq!(check(&command, of("other", "api")).decision, TrustDecision::Denied, "{command}");
}

#[test]
fn what_cannot_be_read_is_undecided_with_its_place() {
    let report = check(
        &policy(json!([{ "Effect": "allow", "Principal": { "Service": "pods.eks.amazonaws.com" },
        "Action": ["sts:AssumeRole", "sts:TagSession"] }])),
        of("shop", "api"),
    );
    assert_eq!(report.decision, TrustDecision::Undecided);
    assert_eq!(report.clauses[0].place, "Statement[0].Effect");
    let twice = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*",
        "Principal":{"Service":"pods.eks.amazonaws.com"},"Action":"sts:*"}]}"#;
    assert_eq!(check(twice, of("shop", "api")).decision, TrustDecision::Undecided);
    // Inside what get-role prints, too.
    let role = format!(r#"{{"Role":{{"RoleName":"api","AssumeRolePolicyDocument":{twice}}}}}"#);
    let report = check(&role, of("shop", "api"));
    assert_eq!(report.decision, TrustDecision::Undecided);
    let span = report.clauses[0].span.clone().expect("a span");
    assert_eq!(&report.source.text[span], "\"Action\":\"sts:*\"");
}

#[test]
fn what_iam_would_not_store_lets_nobody_in() {
    let trusts = |more: Value| {
        let mut statement = json!({ "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" },
            "Action": ["sts:AssumeRole", "sts:TagSession"] });
        statement.as_object_mut().expect("a statement").extend(more.as_object().expect("an object").clone());
        statement
    };
    let long: Vec<Value> = (0..60).map(|index| trusts(json!({ "Sid": format!("S{index}") }))).collect();
    for (statements, place, says) in [
        (json!([trusts(json!({ "Resource": "*" }))]), "Statement[0].Resource", "a trust policy has no Resource"),
        (json!(trusts(json!({ "NotResource": "*" }))), "Statement.NotResource", "a trust policy has no NotResource"),
        (
            json!([trusts(json!({ "Action": ["sts:TagSession", "*:AssumeRole"] }))]),
            "Statement[0].Action[1]",
            "actions of STS",
        ),
        (json!([trusts(json!({ "Action": "iam:PassRole" }))]), "Statement[0].Action", "actions of STS"),
        (json!([trusts(json!({ "Sid": "for shop" }))]), "Statement[0].Sid", "letters and digits"),
        (json!([trusts(json!({ "Sid": "A" })), trusts(json!({ "Sid": "A" }))]), "Statement[1].Sid", "the same Sid"),
        (json!([trusts(json!({ "Condition": { "StringEquals": { "aws:RequestTag/team": "–" } } }))]), "", "U+2013"),
        (json!(long), "", "4096 are the most"),
    ] {
        let report = check(&policy(statements), of("shop", "api"));
        assert_eq!(report.decision, TrustDecision::Denied, "{place}");
        assert!(report.summary.contains("IAM would not store this policy"), "{}", report.summary);
        let [clause] = report.clauses.as_slice() else { panic!("{:#?}", report.clauses) };
        assert_eq!(clause.place, place);
        assert!(clause.says.contains(says), "{} has {says}", clause.says);
        assert_eq!(clause.span.is_some(), !place.is_empty(), "{place}");
    }
    for fine in
        [json!({ "Sid": "ForShop1" }), json!({ "Action": ["STS:AssumeRole", "sts:TagSession"] }), json!({ "Sid": "" })]
    {
        assert_eq!(check(&policy(json!([trusts(fine)])), of("shop", "api")).decision, TrustDecision::Allowed);
    }
    // What is written as an escape is sent as one.
    let escaped = policy(json!([trusts(
        json!({ "Condition": { "StringLike": { "aws:RequestTag/kubernetes-namespace": "*DASH*" } } })
    )]));
    let report = check(&escaped.replace("DASH", "\\u2013"), of("a\u{2013}b", "api"));
    assert_eq!(report.decision, TrustDecision::Allowed, "{}", report.summary);
    // What IAM has printed it has stored, whatever we think of it.
    let stored = json!({ "Role": { "AssumeRolePolicyDocument": { "Version": "2012-10-17",
        "Statement": [trusts(json!({ "Resource": "*" }))] } } });
    assert!(!check(&stored.to_string(), of("shop", "api")).summary.contains("IAM would not store"));
}

#[test]
fn a_policy_on_one_line_is_shown_indented() {
    let line = policy(allow(json!({ "StringEquals": { "aws:RequestTag/kubernetes-namespace": "payments" } })));
    let report = check(&line, of("shop", "api"));
    assert!(report.source.text.lines().count() > 10 && !report.source.is_own, "{}", report.source.text);
    let span = report.clauses[0].span.clone().expect("a span");
    assert_eq!(&report.source.text[span], "\"aws:RequestTag/kubernetes-namespace\": \"payments\"");
}
