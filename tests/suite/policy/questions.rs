//! What checks ask of a policy.

use podid::reasoning::iam::questions::{
    denying, named, perhaps_denying, session_tag_uses, trusted, unconditional, would_allow,
};
use podid::reasoning::iam::{Actual, Document, Naming, Outcome, PrincipalKind, RequestPrincipal};
use serde_json::{Value, json};

use super::requests::{ISSUER, SERVICE, document, named as call};

fn service() -> RequestPrincipal {
    RequestPrincipal::Service(SERVICE.to_owned())
}

fn indexes(naming: &Naming<'_>) -> Vec<usize> {
    match naming {
        Naming::Named(statements) => statements.iter().map(|statement| statement.index).collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn conditions_do_not_matter_to_who_is_named() {
    let elsewhere = json!({ "Condition": { "StringEquals": { "aws:RequestTag/kubernetes-namespace": "web" } } });
    let policy = document(&[json!({ "Effect": "Deny" }), elsewhere, json!({ "Action": "sts:*" })]);
    assert_eq!(indexes(&named(&policy, &service(), "sts:TagSession")), [1, 2]);
}

#[test]
fn who_is_not_named_is_not_named() {
    let irsa = json!({ "Principal": { "Federated": "arn:aws:iam::1:oidc-provider/x" } });
    let only_deny = document(&[json!({ "Effect": "Deny" })]);
    assert_eq!(named(&document(&[irsa]), &service(), "sts:AssumeRole"), Naming::NotNamed);
    assert_eq!(
        named(&document(&[json!({ "Action": "sts:AssumeRole" })]), &service(), "sts:TagSession"),
        Naming::NotNamed
    );
    assert_eq!(named(&only_deny, &service(), "sts:AssumeRole"), Naming::NotNamed);
    assert_eq!(named(&Document::empty(), &service(), "sts:AssumeRole"), Naming::NotNamed);
}

#[test]
fn doubt_about_who_is_named_has_its_clause() {
    for (statement, place) in [
        (json!({ "Principal": { "AWS": "*" } }), "Statement[0].Principal"),
        (json!({ "Effect": "allow" }), "Statement[0].Effect"),
        (json!({ "Extra": 1 }), "Statement[0].Extra"),
    ] {
        match named(&document(&[statement]), &service(), "sts:AssumeRole") {
            Naming::Undecidable(clauses) => assert_eq!(clauses[0].place, place),
            other => panic!("{other:?}"),
        }
    }
    let sure = document(&[json!({ "Principal": { "AWS": "*" } }), json!({})]);
    assert_eq!(indexes(&named(&sure, &service(), "sts:AssumeRole")), [1]);
}

#[test]
fn a_condition_that_rules_out_is_told_in_full() {
    let policy = document(&[
        json!({ "Principal": { "Service": "ec2.amazonaws.com" } }),
        json!({ "Condition": { "StringEquals": { "aws:RequestTag/kubernetes-namespace": ["web", "batch"] } } }),
        json!({ "Condition": { "StringEquals": { "aws:SourceOrgID": "111122223333" } } }),
    ]);
    let verdicts = would_allow(&policy, &call("pod", "sts:AssumeRole"));
    assert_eq!(verdicts.iter().map(|verdict| verdict.index).collect::<Vec<_>>(), [1, 2]);
    let clause = &verdicts[0].outcome.clauses()[0];
    assert_eq!(clause.condition(), Some(("StringEquals", "aws:RequestTag/kubernetes-namespace")));
    assert_eq!(clause.wanted, ["web", "batch"]);
    assert_eq!(clause.actual, Actual::Values(vec!["shop".to_owned()]));
    assert!(clause.is_on_session_tags());
    assert_eq!(
        clause.to_string(),
        r#"Statement[1].Condition.StringEquals["aws:RequestTag/kubernetes-namespace"] requires "web" or "batch"; the request has "shop""#
    );
    assert!(matches!(verdicts[1].outcome, Outcome::Undecidable(_)));
    assert!(!verdicts[1].outcome.clauses()[0].is_on_session_tags());
}

#[test]
fn disabled_session_tags_are_seen_in_the_clause() {
    for (operator, key) in [
        ("StringEquals", "aws:RequestTag/kubernetes-namespace"),
        ("StringLike", "AWS:requesttag/team"),
        ("ForAnyValue:StringEquals", "aws:TagKeys"),
        ("ForAnyValue:StringEquals", "sts:TransitiveTagKeys"),
    ] {
        let policy = document(&[json!({ "Condition": { operator: { key: "shop" } } })]);
        let verdicts = would_allow(&policy, &call("untagged", "sts:AssumeRole"));
        let clause = &verdicts[0].outcome.clauses()[0];
        assert_eq!((clause.actual.clone(), clause.is_on_session_tags()), (Actual::Absent, true), "{key}");
    }
}

#[test]
fn denying_statements_are_sure_or_perhaps() {
    let policy = document(&[
        json!({}),
        json!({ "Effect": "Deny", "Sid": "surely" }),
        json!({ "Effect": "Deny", "Sid": "never", "Action": "s3:*" }),
        json!({ "Effect": "Deny", "Sid": "perhaps", "Condition": { "StringEquals": { "aws:SourceOrgID": "o-1" } } }),
        json!({ "Effect": "Block", "Sid": "unreadable" }),
    ]);
    let request = call("pod", "sts:AssumeRole");
    let names = |verdicts: Vec<podid::reasoning::iam::StatementVerdict>| {
        verdicts.into_iter().filter_map(|verdict| verdict.sid).collect::<Vec<_>>()
    };
    assert_eq!(names(denying(&policy, &request)), ["surely"]);
    assert_eq!(names(perhaps_denying(&policy, &request)), ["perhaps", "unreadable"]);
}

#[test]
fn trust_without_conditions_is_seen() {
    let scoped = json!({ "Condition": { "StringEquals": { "aws:RequestTag/kubernetes-namespace": "shop" } } });
    let policy = document(&[scoped, json!({}), json!({ "Action": "s3:*" }), json!({ "Condition": {} })]);
    let open = unconditional(&policy, &call("pod", "sts:AssumeRole"));
    assert_eq!(open.iter().map(|statement| statement.index).collect::<Vec<_>>(), [1, 3]);
}

#[test]
fn whom_else_a_role_trusts_is_listed() {
    let policy = document(&[
        json!({ "Principal": { "Federated": format!("arn:aws:iam::1:oidc-provider/{ISSUER}") },
            "Action": "sts:AssumeRoleWithWebIdentity", "Condition": { "StringEquals": { "x:aud": "y" } } }),
        json!({ "Principal": { "Service": ["ec2.amazonaws.com", "eks.amazonaws.com"] }, "Action": "sts:AssumeRole" }),
        json!({ "Principal": "*", "Effect": "Deny" }),
        json!({ "Principal": "*", "Extra": 1 }),
        json!({ "NotPrincipal": { "AWS": "1" }, "NotAction": "sts:TagSession" }),
    ]);
    let all = trusted(&policy);
    let values: Vec<_> = all.iter().map(|one| (one.kind, one.value.as_str(), one.conditional)).collect();
    let provider = format!("arn:aws:iam::1:oidc-provider/{ISSUER}");
    assert_eq!(
        values,
        [
            (PrincipalKind::Federated, provider.as_str(), true),
            (PrincipalKind::Service, "ec2.amazonaws.com", false),
            (PrincipalKind::Service, "eks.amazonaws.com", false),
            (PrincipalKind::Aws, "1", false),
        ]
    );
    assert_eq!(
        (all[0].place.as_str(), &all[0].actions[..]),
        ("Statement[0]", &["sts:AssumeRoleWithWebIdentity".to_owned()][..])
    );
    assert_eq!((all[3].except, all[3].but, all[1].except, all[1].but), (true, true, false, false));
}

#[test]
fn permissions_that_read_session_tags_are_found() {
    let policy: Value = json!({ "Statement": [
        { "Resource": ["arn:aws:s3:::x", "arn:aws:s3:::x/${aws:PrincipalTag/kubernetes-namespace}/*"],
          "Condition": { "StringEquals": { "AWS:principaltag/eks-cluster-name": "prod", "aws:PrincipalTag/team": "x" } } },
        { "Resource": "aws:PrincipalTag/kubernetes-namespace" },
    ] });
    assert_eq!(
        session_tag_uses(&policy),
        ["Statement[0].Resource[1]", r#"Statement[0].Condition.StringEquals["AWS:principaltag/eks-cluster-name"]"#]
    );
    assert_eq!(session_tag_uses(&json!(null)), Vec::<String>::new());
}
