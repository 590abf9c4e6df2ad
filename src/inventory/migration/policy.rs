//! The trust policy of each role, edited once for all service accounts that use it: a policy is replaced as a whole, so that a second
//! edit would undo the first.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::account::{Account, Checked, Obstacle};
use crate::evidence::{Gap, Inventory, Reading, Role, Source};
use crate::reasoning::iam::Document;
use crate::reasoning::iam::edit::{fixed, lets_in};
use crate::reasoning::role::irsa::provider_arn;

/// One role's.
pub struct Policy<'i> {
    /// The role.
    pub role: &'i Role,
    /// What it is now.
    pub before: Document,
    /// What lets all of them in.
    pub after: Document,
    /// The accounts that the edit lets in, by their places; the command stands with the first.
    pub let_in: Vec<usize>,
    /// Those that no edit lets in.
    pub kept_out: Vec<usize>,
    /// Those that have moved and have a statement for IRSA of their own left.
    pub left_behind: Vec<usize>,
    /// The policy without these statements; `None` where it cannot be edited without loss.
    pub cleared: Option<Document>,
}

/// Edits the policy of each role for those that can be moved, and for no others.
pub fn edited<'i>(
    accounts: &[Account<'i>],
    checked: &[Result<Checked<'i>, Obstacle>],
) -> BTreeMap<&'i str, Result<Policy<'i>, Gap>> {
    let mut all: BTreeMap<&str, Result<Policy<'_>, Gap>> = BTreeMap::new();
    for (account, checked) in accounts.iter().zip(checked) {
        let Ok(checked) = checked else { continue };
        let read = || {
            let before = checked.role.trust_policy(Source::Role)?;
            Ok(Policy {
                role: checked.role,
                after: before.clone(),
                before,
                let_in: Vec::new(),
                kept_out: Vec::new(),
                left_behind: Vec::new(),
                cleared: None,
            })
        };
        let Ok(policy) = all.entry(checked.arn).or_insert_with(read) else { continue };
        let evidence = account.evidence();
        let requests = evidence.trust_requests(checked.has_session_tags);
        if !lets_in(&policy.after, &requests) {
            match fixed(&policy.after, &requests, evidence.own_trust_statement(checked.has_session_tags).as_ref()) {
                Some(edited) => {
                    policy.after = edited;
                    policy.let_in.push(account.place);
                }
                None => policy.kept_out.push(account.place),
            }
            continue;
        }
        let issuer = account.read.inventory.cluster.present().and_then(|cluster| cluster.issuer());
        let own =
            issuer.map(|issuer| own_statements(&policy.before, checked.arn, issuer, account.namespace, account.name));
        let own = own.filter(|own| checked.has_moved && !own.is_empty());
        if let Some(own) = own {
            let rest = policy.cleared.take().unwrap_or_else(|| policy.before.clone());
            // The places move with each statement that goes, so that they are sought anew in what is left.
            let own: Vec<Value> =
                own.into_iter().filter_map(|index| policy.before.statement_value(index).cloned()).collect();
            policy.cleared = rest.without_statements(&own);
            policy.left_behind.push(account.place);
        }
    }
    all
}

/// The service accounts that have an association, and whose role has a statement that is for IRSA and for them alone.
pub fn left_behind(inventory: &Inventory) -> BTreeSet<(String, String)> {
    let Some(issuer) = inventory.cluster.present().and_then(|cluster| cluster.issuer()) else { return BTreeSet::new() };
    let mut documents: BTreeMap<&str, Option<Document>> = BTreeMap::new();
    let mut found = BTreeSet::new();
    for association in inventory.described.values().filter_map(Reading::present) {
        let read = || {
            let role = inventory.roles.get(&association.role_arn)?.present()?;
            let document = role.trust_policy(Source::Role).ok()?;
            document.to_json().contains(issuer).then_some(document)
        };
        let Some(document) = documents.entry(&association.role_arn).or_insert_with(read) else { continue };
        let (namespace, name) = (&association.namespace, &association.service_account);
        if !own_statements(document, &association.role_arn, issuer, namespace, name).is_empty() {
            found.insert((namespace.clone(), name.clone()));
        }
    }
    found
}

/// The places of the statements that let in one service account through the cluster's identity provider, and nobody else.
pub fn own_statements(document: &Document, role_arn: &str, issuer: &str, namespace: &str, name: &str) -> Vec<usize> {
    let Some(provider) = provider_arn(role_arn, issuer) else { return Vec::new() };
    let (subject, key) = (format!("system:serviceaccount:{namespace}:{name}"), format!("{issuer}:sub"));
    let is_own = |statement: &Value| {
        let condition = statement.get("Condition").and_then(Value::as_object);
        let binds = |operator: &str| {
            let keys = condition.and_then(|all| all.get(operator)).and_then(Value::as_object);
            let mut wanted = keys.into_iter().flatten().filter(|(one, _)| one.eq_ignore_ascii_case(&key));
            wanted.any(|(_, value)| is_only(value, &subject))
        };
        statement.get("Effect").and_then(Value::as_str) == Some("Allow")
            && statement.get("Principal").and_then(Value::as_object).is_some_and(|all| {
                all.len() == 1 && all.get("Federated").is_some_and(|value| is_only(value, &provider))
            })
            && statement.get("Action").is_some_and(|value| is_only(value, "sts:AssumeRoleWithWebIdentity"))
            && (binds("StringEquals") || binds("StringLike"))
    };
    let places = 0..document.statements().len();
    places.filter(|index| document.statement_value(*index).is_some_and(is_own)).collect()
}

/// Whether a value is this text, or a list of it alone.
fn is_only(value: &Value, text: &str) -> bool {
    match value {
        Value::String(one) => one == text,
        Value::Array(all) => all.len() == 1 && all[0] == text,
        _ => false,
    }
}
