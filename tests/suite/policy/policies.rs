//! Each row of `policies.yaml`: a policy, a request, the decision, and the clauses that decide.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::requests::{context_value, document, named};
use podid::reasoning::iam::{Decision, Denial, Document, Evaluation, Request, evaluate};

#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub name: String,
    #[serde(default = "pod")]
    call: String,
    #[serde(default = "assume_role")]
    action: String,
    /// Condition keys beside those of the call.
    #[serde(default)]
    given: BTreeMap<String, Value>,
    /// Statements of the present version, each filled with what it lacks.
    statements: Option<Vec<Value>>,
    /// Or a whole document, as JSON or as its text.
    policy: Option<Value>,
    decision: String,
    #[serde(default)]
    because: Vec<String>,
    /// What the reason of the first clause says.
    why: Option<String>,
}

fn pod() -> String {
    "pod".to_owned()
}

fn assume_role() -> String {
    "sts:AssumeRole".to_owned()
}

pub fn rows() -> Vec<Row> {
    let mut rows = Vec::new();
    for text in [
        include_str!("principals.yaml"),
        include_str!("actions.yaml"),
        include_str!("statements.yaml"),
        include_str!("malformed.yaml"),
        include_str!("calls.yaml"),
    ] {
        rows.extend(serde_saphyr::from_str::<Vec<Row>>(text).expect("the table"));
    }
    rows
}

impl Row {
    pub fn document(&self) -> Document {
        match (&self.statements, &self.policy) {
            (Some(statements), None) => document(statements),
            (None, Some(policy)) => {
                Document::from_value(policy).unwrap_or_else(|error| panic!("{}: {error}", self.name))
            }
            _ => panic!("{}: statements or policy", self.name),
        }
    }

    pub fn request(&self) -> Request {
        let mut request = named(&self.call, &self.action);
        for (key, value) in &self.given {
            request.context = request.context.with(key, context_value(value));
        }
        request
    }
}

pub fn word(decision: Decision) -> &'static str {
    match decision {
        Decision::Allowed => "allowed",
        Decision::Denied(Denial::Explicit) => "explicit",
        Decision::Denied(Denial::Implicit) => "implicit",
        Decision::Undecided => "undecided",
    }
}

/// The places that decide: of a Deny the statement itself, of everything else its clauses.
fn places(evaluation: &Evaluation) -> Vec<String> {
    match evaluation.decision {
        Decision::Denied(Denial::Explicit) => {
            evaluation.deciding().iter().map(|verdict| verdict.place.clone()).collect()
        }
        _ => evaluation.clauses().iter().map(|clause| clause.place.clone()).collect(),
    }
}

#[test]
fn each_policy_decides_as_documented() {
    let mut wrong = Vec::new();
    for row in rows() {
        let evaluation = evaluate(&row.document(), &row.request());
        let (found, because) = (word(evaluation.decision), places(&evaluation));
        let reason = evaluation.clauses().iter().find_map(|clause| clause.reason.clone()).unwrap_or_default();
        let says = row.why.as_ref().is_none_or(|why| reason.contains(why.as_str()));
        if (found, &because) != (row.decision.as_str(), &row.because) || !says {
            let expected = (&row.decision, &row.because);
            wrong.push(format!(
                "{}: expected {expected:?}\n  found {found} because of {because:?} ({reason})",
                row.name
            ));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn each_row_has_a_name_of_its_own() {
    let rows = rows();
    let names: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names.len(), rows.len());
    assert!(rows.len() >= 150, "{} rows", rows.len());
}
