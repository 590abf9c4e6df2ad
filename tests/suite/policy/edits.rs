//! The smallest edits: they let in what was asked for, and lose nothing.

use serde_json::{Value, json};

use super::policies::rows;
use super::requests::{SERVICE, document, filled, named as call};
use podid::reasoning::iam::calls::{ASSUME_ROLE, TAG_SESSION};
use podid::reasoning::iam::questions::named;
use podid::reasoning::iam::{Decision, Document, Naming, RequestPrincipal, evaluate};

const BOTH: [&str; 2] = [ASSUME_ROLE, TAG_SESSION];

fn service() -> RequestPrincipal {
    RequestPrincipal::Service(SERVICE.to_owned())
}

fn allowing(policy: &Document) -> Document {
    policy.allowing(&service(), &BOTH).expect("it can be edited")
}

fn statements(policy: &Document) -> Vec<Value> {
    match &policy.value()["Statement"] {
        Value::Array(items) => items.clone(),
        one => vec![one.clone()],
    }
}

#[test]
fn a_statement_is_added_behind_those_of_irsa() {
    let irsa = json!({ "Principal": { "Federated": "arn:aws:iam::1:oidc-provider/x" }, "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": { "x:sub": "y" } } });
    let edited = allowing(&document(std::slice::from_ref(&irsa)));
    assert_eq!(
        statements(&edited),
        [
            filled(&irsa),
            json!({ "Effect": "Allow", "Principal": { "Service": SERVICE }, "Action": ["sts:AssumeRole", "sts:TagSession"] })
        ]
    );
    assert_eq!(evaluate(&edited, &call("pod", TAG_SESSION)).decision, Decision::Allowed);
}

#[test]
fn a_missing_action_joins_the_statement_that_has_the_other() {
    let scope = json!({ "StringEquals": { "aws:RequestTag/kubernetes-namespace": "shop" } });
    let policy = document(&[json!({ "Action": "sts:AssumeRole", "Condition": scope })]);
    let edited = allowing(&policy);
    assert_eq!(statements(&edited), [filled(&json!({ "Action": BOTH, "Condition": scope }))]);
    let listed = document(&[json!({ "Action": ["sts:AssumeRole"] })]);
    assert_eq!(statements(&allowing(&listed)), [filled(&json!({ "Action": BOTH }))]);
}

#[test]
fn an_action_does_not_join_where_others_would_gain_it() {
    let scope = json!({ "StringEquals": { "aws:RequestTag/kubernetes-namespace": "shop" } });
    let shared = json!({ "Principal": { "Service": ["ec2.amazonaws.com", SERVICE] }, "Action": "sts:AssumeRole", "Condition": scope });
    let edited = allowing(&document(std::slice::from_ref(&shared)));
    assert_eq!(
        statements(&edited),
        [filled(&shared), filled(&json!({ "Action": "sts:TagSession", "Condition": scope }))]
    );
}

#[test]
fn what_is_allowed_already_is_left_alone() {
    for policy in [document(&[json!({})]), document(&[json!({ "Action": "sts:*" })])] {
        assert_eq!(allowing(&policy), policy);
    }
}

#[test]
fn one_statement_without_a_list_becomes_the_first_of_a_list() {
    let one = json!({ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": "sts:AssumeRole" });
    let policy = Document::from_value(&json!({ "Version": "2012-10-17", "Statement": one })).expect("a policy");
    let edited = allowing(&policy);
    assert_eq!(edited.value()["Statement"][0], one);
    assert_eq!(evaluate(&edited, &call("pod", ASSUME_ROLE)).decision, Decision::Allowed);
    let single = json!({ "Effect": "Allow", "Principal": { "Service": SERVICE }, "Action": "sts:AssumeRole" });
    let policy = Document::from_value(&json!({ "Statement": single })).expect("a policy");
    assert_eq!(allowing(&policy).value()["Statement"]["Action"], json!(BOTH));
}

#[test]
fn a_document_is_built_up_from_nothing() {
    assert_eq!(
        allowing(&Document::empty()).to_json(),
        r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}"#
    );
}

#[test]
fn a_document_that_would_lose_something_is_not_edited() {
    let text = r#"{"Statement":[],"Id":"a","Id":"b"}"#;
    assert_eq!(Document::parse(text).expect("a policy").allowing(&service(), &BOTH), None);
}

#[test]
fn conditions_are_added_and_those_that_are_there_stay() {
    let there = json!({ "StringEquals": { "aws:RequestTag/kubernetes-namespace": ["shop", "web"] }, "Bool": { "a:b": "true" } });
    let policy = document(&[json!({ "Condition": there })]);
    let add = [
        ("StringEquals", "aws:RequestTag/kubernetes-namespace", "batch"),
        ("StringEquals", "aws:RequestTag/kubernetes-service-account", "api"),
        ("ArnEquals", "aws:RequestTag/eks-cluster-arn", "arn:aws:eks:eu-west-1:1:cluster/prod"),
    ];
    let edited = policy.with_conditions(0, &add).expect("it can be edited");
    assert_eq!(
        edited.value()["Statement"][0]["Condition"],
        json!({
            "StringEquals": { "aws:RequestTag/kubernetes-namespace": ["shop", "web"], "aws:RequestTag/kubernetes-service-account": "api" },
            "Bool": { "a:b": "true" },
            "ArnEquals": { "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-west-1:1:cluster/prod" },
        })
    );
    assert_eq!(policy.with_conditions(7, &add), None);
}

#[test]
fn every_document_of_the_tables_can_be_made_to_name_the_service() {
    for row in rows() {
        let policy = row.document();
        let Some(edited) = policy.allowing(&service(), &BOTH) else {
            assert!(!policy.is_whole(), "{}", row.name);
            continue;
        };
        if policy.problems().is_empty() {
            for action in BOTH {
                assert!(matches!(named(&edited, &service(), action), Naming::Named(_)), "{}", row.name);
            }
        }
        let (before, after) = (statements(&policy), statements(&edited));
        for (index, statement) in before.iter().enumerate() {
            let mut now = after[index].clone();
            if let (Some(now), Some(old)) = (now.as_object_mut(), statement.get("Action")) {
                now.insert("Action".to_owned(), old.clone());
            }
            assert_eq!(now, *statement, "{}", row.name);
        }
        assert!(after.len() <= before.len() + 1, "{}", row.name);
    }
}
