//! Each row of `operators.yaml`: an operator, what it wants, what the request has, and whether it holds.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::requests::{context_value, document, pod};
use podid::reasoning::iam::operators::{Operator, Test};
use podid::reasoning::iam::{Decision, Denial, Outcome, evaluate};

const KEY: &str = "test:key";

#[derive(Debug, serde::Deserialize)]
struct Row(String, Value, Value, Answer);

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    Holds,
    Fails,
    Undecidable,
}

fn rows() -> Vec<(String, Row)> {
    let groups: BTreeMap<String, Vec<Row>> = serde_saphyr::from_str(include_str!("operators.yaml")).expect("the table");
    let named = |(group, rows): (String, Vec<Row>)| {
        rows.into_iter().map(move |row| (format!("{group}: {} {} / {}", row.0, row.1, row.2), row))
    };
    groups.into_iter().flat_map(named).collect()
}

/// What the evaluator makes of a condition in an Allow statement, with the clauses named.
fn in_allow(row: &Row, wanted: &Value) -> (Answer, Vec<String>) {
    let request = request(row);
    let policy = document(&[json!({ "Condition": { &row.0: { KEY: wanted } } })]);
    let evaluation = evaluate(&policy, &request);
    let clauses = evaluation.clauses().iter().map(|clause| clause.place.clone()).collect();
    let holds = match evaluation.decision {
        Decision::Allowed => Answer::Holds,
        Decision::Denied(Denial::Implicit) => Answer::Fails,
        Decision::Undecided => Answer::Undecidable,
        Decision::Denied(Denial::Explicit) => panic!("nothing denies"),
    };
    (holds, clauses)
}

/// The same in a Deny statement beside one that allows.
fn in_deny(row: &Row) -> Answer {
    let policy = document(&[json!({}), json!({ "Effect": "Deny", "Condition": { &row.0: { KEY: &row.1 } } })]);
    let evaluation = evaluate(&policy, &request(row));
    assert_eq!(evaluation.statements[0].outcome, Outcome::Matches);
    match evaluation.decision {
        Decision::Denied(Denial::Explicit) => Answer::Holds,
        Decision::Allowed => Answer::Fails,
        Decision::Undecided => Answer::Undecidable,
        Decision::Denied(Denial::Implicit) => panic!("something allows"),
    }
}

fn request(row: &Row) -> podid::reasoning::iam::Request {
    let mut request = pod().request("sts:AssumeRole");
    request.context = request.context.with(KEY, context_value(&row.2));
    request
}

#[test]
fn each_operator_compares_as_documented() {
    let mut wrong = Vec::new();
    for (name, row) in rows() {
        let (holds, clauses) = in_allow(&row, &row.1);
        let place = if row.0.contains(':') { format!("[\"{}\"]", row.0) } else { format!(".{}", row.0) };
        let place = format!("Statement[0].Condition{place}[\"{KEY}\"]");
        let named = if row.3 == Answer::Holds { Vec::new() } else { vec![place] };
        if holds != row.3 || clauses != named {
            wrong.push(format!("{name}: expected {:?}, found {holds:?} because of {clauses:?}", row.3));
        }
        let denied = in_deny(&row);
        if denied != row.3 {
            wrong.push(format!("{name} in a Deny: expected {:?}, found {denied:?}", row.3));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_list_of_one_is_the_same_as_one() {
    for (name, row) in rows() {
        let other = match &row.1 {
            Value::Array(items) if items.len() == 1 => items[0].clone(),
            Value::Array(_) => continue,
            one => json!([one]),
        };
        assert_eq!(in_allow(&row, &row.1).0, in_allow(&row, &other).0, "{name}");
    }
}

#[test]
fn every_operator_has_rows_that_hold_and_rows_that_fail() {
    let rows = rows();
    assert!(rows.len() >= 250, "{} rows", rows.len());
    for base in [
        "StringEquals",
        "StringNotEquals",
        "StringEqualsIgnoreCase",
        "StringNotEqualsIgnoreCase",
        "StringLike",
        "StringNotLike",
        "NumericEquals",
        "NumericNotEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateNotEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "NotIpAddress",
        "ArnEquals",
        "ArnLike",
        "ArnNotEquals",
        "ArnNotLike",
        "Null",
    ] {
        let of = |holds: Answer| rows.iter().filter(|(_, row)| row.0 == base && row.3 == holds).count();
        assert!(of(Answer::Holds) > 0 && of(Answer::Fails) > 0 && of(Answer::Undecidable) > 0, "{base}");
        let null = Operator::parse(base).expect("an operator").test == Test::Null;
        for name in [format!("{base}IfExists"), format!("ForAnyValue:{base}"), format!("ForAllValues:{base}")] {
            assert_eq!(Operator::parse(&name).is_none(), null, "{name}");
        }
    }
}
