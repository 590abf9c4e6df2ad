//! The trust policy of each role, edited once for all service accounts that use it: a policy is replaced as a whole, so that a second
//! edit would undo the first.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::account::{Account, Checked, Obstacle};
use crate::advice::trust::{GREATEST_LENGTH, length};
use crate::evidence::{Gap, Inventory, Reading, Role, Source};
use crate::reasoning::iam::edit::{fixed, lets_in};
use crate::reasoning::iam::{Clause, Decision, Document, evaluate};
use crate::reasoning::role::irsa::provider_arn;

/// One role's.
pub struct Policy<'i> {
    /// The role.
    pub role: &'i Role,
    /// What it is now.
    pub before: Document,
    /// What lets all of them in.
    pub after: Document,
    /// What it comes to for each account, by its place.
    pub trust: BTreeMap<usize, Trust>,
    /// Those that have moved and have a statement for IRSA of their own left, by their places.
    pub left_behind: Vec<usize>,
    /// The policy without these statements; `None` where there are none, or where it cannot be edited without loss.
    pub cleared: Option<Document>,
}

/// Whether EKS Pod Identity may assume the role for an account.
pub enum Trust {
    /// It may already.
    Given,
    /// It may after the edit.
    ByEdit,
    /// No edit lets it in without loss.
    KeptOut,
    /// A condition cannot be decided.
    Undecided(Gap),
    /// The edited policy would have so many characters, more than IAM takes.
    TooLong(usize),
}

impl Policy<'_> {
    /// Whether the policy has to be replaced to let somebody in.
    pub fn is_edited(&self) -> bool {
        self.trust.values().any(|one| matches!(one, Trust::ByEdit))
    }
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
            let (role, after) = (checked.role, before.clone());
            Ok(Policy { role, before, after, trust: BTreeMap::new(), left_behind: Vec::new(), cleared: None })
        };
        let Ok(policy) = all.entry(checked.arn).or_insert_with(read) else { continue };
        let trust = let_in(policy, account, checked);
        let is_given = matches!(trust, Trust::Given);
        policy.trust.insert(account.place, trust);
        let issuer = account.read.inventory.cluster.present().and_then(|cluster| cluster.issuer());
        let own = issuer.filter(|_| is_given && checked.has_moved);
        let own =
            own.map(|issuer| own_statements(&policy.before, checked.arn, issuer, account.namespace, account.name));
        if let Some(own) = own.filter(|own| !own.is_empty()) {
            let rest = policy.cleared.take().unwrap_or_else(|| policy.before.clone());
            // The places move with each statement that goes, so that they are sought in what is left.
            let own: Vec<Value> = own.into_iter().filter_map(|at| policy.before.statement_value(at).cloned()).collect();
            policy.cleared = rest.without_statements(&own);
            policy.left_behind.push(account.place);
        }
    }
    all
}

/// Edits a policy so that it surely allows what EKS asks for an account.
fn let_in(policy: &mut Policy<'_>, account: &Account<'_>, checked: &Checked<'_>) -> Trust {
    let evidence = account.evidence();
    let requests = evidence.trust_requests(checked.has_session_tags());
    let allows = |document: &Document| requests.iter().all(|one| evaluate(document, one).decision == Decision::Allowed);
    let doubt = |document: &Document| {
        let open = requests.iter().map(|one| evaluate(document, one));
        let open = open.filter(|one| one.decision == Decision::Undecided);
        let clauses: Vec<Clause> =
            open.flat_map(|one| one.clauses().into_iter().cloned().collect::<Vec<_>>()).collect();
        evidence.gap_of_clauses(&clauses)
    };
    if allows(&policy.after) {
        return if allows(&policy.before) { Trust::Given } else { Trust::ByEdit };
    }
    if lets_in(&policy.after, &requests) {
        return Trust::Undecided(doubt(&policy.after));
    }
    let own = evidence.own_trust_statement(checked.has_session_tags());
    match fixed(&policy.after, &requests, own.as_ref()) {
        None => Trust::KeptOut,
        Some(edited) if !allows(&edited) => Trust::Undecided(doubt(&edited)),
        Some(edited) if length(&edited) > GREATEST_LENGTH => Trust::TooLong(length(&edited)),
        Some(edited) => {
            policy.after = edited;
            Trust::ByEdit
        }
    }
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
