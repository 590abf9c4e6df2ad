//! What checks ask of a trust policy, each question answered once.

use serde_json::Value;

use super::document::Document;
use super::evaluate::{Outcome, StatementVerdict, action, evaluate, principal, unreadable};
use super::place::Place;
use super::request::{Request, RequestPrincipal};
use super::statement::{Clause, Effect, PrincipalKind, Statement};

/// Whether Allow statements name a principal and an action, whatever their conditions.
#[derive(Debug, Clone, PartialEq)]
pub enum Naming<'a> {
    /// These surely do; never empty.
    Named(Vec<&'a Statement>),
    /// None does.
    NotNamed,
    /// None surely does, and these clauses leave doubt; never empty.
    Undecidable(Vec<Clause>),
}

/// Whether an Allow statement names the principal and the action, whatever its conditions.
pub fn named<'a>(document: &'a Document, asking: &RequestPrincipal, asked: &str) -> Naming<'a> {
    let (mut sure, mut doubt) = (Vec::new(), Vec::new());
    for statement in document.statements().iter().filter(|statement| !statement.is_deny()) {
        match naming(document, statement, asking, asked) {
            Outcome::Matches => sure.push(statement),
            Outcome::DoesNotMatch(_) => {}
            Outcome::Undecidable(clauses) => doubt.extend(clauses),
        }
    }
    match (sure.is_empty(), doubt.is_empty()) {
        (false, _) => Naming::Named(sure),
        (true, true) => Naming::NotNamed,
        (true, false) => Naming::Undecidable(doubt),
    }
}

fn naming(document: &Document, statement: &Statement, asking: &RequestPrincipal, asked: &str) -> Outcome {
    let unreadable = unreadable(document, statement);
    if !unreadable.is_empty() {
        return Outcome::Undecidable(unreadable);
    }
    let who = statement.principals.as_ref().and_then(|element| principal(element, asking, statement.is_deny()));
    let what = statement.actions.as_ref().and_then(|element| action(element, asked));
    let clauses: Vec<Clause> = who.into_iter().chain(what).collect();
    let (failed, doubtful): (Vec<_>, Vec<_>) = clauses.into_iter().partition(|clause| clause.reason.is_none());
    match (failed.is_empty(), doubtful.is_empty()) {
        (true, true) => Outcome::Matches,
        (false, _) => Outcome::DoesNotMatch(failed),
        (true, false) => Outcome::Undecidable(doubtful),
    }
}

/// The Allow statements that name the principal and the action of a request, and what their conditions make of it.
pub fn would_allow(document: &Document, request: &Request) -> Vec<StatementVerdict> {
    let Naming::Named(statements) = named(document, &request.principal, &request.action) else {
        return Vec::new();
    };
    let indexes: Vec<usize> = statements.iter().map(|statement| statement.index).collect();
    verdicts(document, request, |verdict| indexes.contains(&verdict.index))
}

/// The Deny statements that surely match a request.
pub fn denying(document: &Document, request: &Request) -> Vec<StatementVerdict> {
    verdicts(document, request, |verdict| verdict.effect == Some(Effect::Deny) && verdict.outcome == Outcome::Matches)
}

/// The statements of which it is not known whether they deny a request.
pub fn perhaps_denying(document: &Document, request: &Request) -> Vec<StatementVerdict> {
    verdicts(document, request, |verdict| {
        verdict.effect != Some(Effect::Allow) && matches!(verdict.outcome, Outcome::Undecidable(_))
    })
}

fn verdicts(
    document: &Document,
    request: &Request,
    wanted: impl Fn(&StatementVerdict) -> bool,
) -> Vec<StatementVerdict> {
    evaluate(document, request).statements.into_iter().filter(wanted).collect()
}

/// The Allow statements without any condition that match a request: through them anything with the principal comes in.
pub fn unconditional<'a>(document: &'a Document, request: &Request) -> Vec<&'a Statement> {
    let evaluation = evaluate(document, request);
    let pairs = document.statements().iter().zip(evaluation.statements);
    pairs
        .filter(|(statement, verdict)| {
            verdict.effect == Some(Effect::Allow)
                && verdict.outcome == Outcome::Matches
                && statement.conditions.is_empty()
        })
        .map(|(statement, _)| statement)
        .collect()
}

/// One principal that a document trusts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    /// Where the statement stands.
    pub place: String,
    /// What kind of principal.
    pub kind: PrincipalKind,
    /// Its identifier as written.
    pub value: String,
    /// Whether it stands in `NotPrincipal`: everyone else is trusted.
    pub except: bool,
    /// The actions as written; where `but` is set, all others.
    pub actions: Vec<String>,
    /// Whether the actions stand in `NotAction`.
    pub but: bool,
    /// Whether conditions limit it.
    pub conditional: bool,
}

/// Whom the Allow statements trust with what, in the document's order; statements that cannot be read are left out.
pub fn trusted(document: &Document) -> Vec<Trusted> {
    let mut found = Vec::new();
    let readable = |statement: &&Statement| statement.effect == Some(Effect::Allow) && statement.problems.is_empty();
    for statement in document.statements().iter().filter(readable) {
        let (Some(principals), Some(actions)) = (&statement.principals, &statement.actions) else {
            continue;
        };
        found.extend(principals.entries.iter().map(|entry| Trusted {
            place: statement.place.as_str().to_owned(),
            kind: entry.kind,
            value: entry.value.clone(),
            except: principals.negated,
            actions: actions.patterns.clone(),
            but: actions.negated,
            conditional: !statement.conditions.is_empty(),
        }));
    }
    found
}

/// The places of any policy, a permissions policy too, that read session tags of Pod Identity from the principal:
/// `aws:PrincipalTag/kubernetes-…` and `aws:PrincipalTag/eks-cluster-…`, as keys or as variables.
pub fn session_tag_uses(policy: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(policy, &Place::root(), &mut found);
    found
}

fn walk(value: &Value, place: &Place, found: &mut Vec<String>) {
    match value {
        Value::String(text) if reads_session_tag(text, "${") => found.push(place.as_str().to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| walk(item, &place.item(index), found));
        }
        Value::Object(members) => {
            for (name, member) in members {
                let at = place.member(name);
                if reads_session_tag(name, "") {
                    found.push(at.as_str().to_owned());
                }
                walk(member, &at, found);
            }
        }
        _ => {}
    }
}

fn reads_session_tag(text: &str, before: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["kubernetes-", "eks-cluster-"].iter().any(|tag| text.contains(&format!("{before}aws:principaltag/{tag}")))
}
