//! The smallest change that lets the request in, tried before it is told.

use serde_json::Value;

use super::asked::Asked;
use super::clauses::nearest;
use super::judge::{Judged, all, who, worst};
use crate::advice::trust::{changed_blocks, loosen, replace};
use crate::advice::words;
use crate::findings::remediation::Command;
use crate::findings::{FixFormat, Part, Remediation};
use crate::reasoning::iam::edit::fixed;
use crate::reasoning::iam::{Clause, Decision, Denial, Document};
use crate::report::{ReportRemediation, TrustDecision};

/// What a person can do about a denied request.
pub fn remedies(
    document: &Document,
    asked: &Asked,
    role_name: Option<&str>,
    format: FixFormat,
    judged: &[Judged],
) -> Vec<ReportRemediation> {
    if worst(judged) != TrustDecision::Denied {
        return Vec::new();
    }
    let told = |remedy: &Remediation| ReportRemediation {
        part: remedy.part,
        does: remedy.does.clone(),
        command: remedy.command_in(format),
        changes: remedy.changes.clone(),
    };
    in_words(judged, asked).or_else(|| edit(document, asked, role_name)).as_ref().map(told).into_iter().collect()
}

/// What no edit of ours can fix.
fn in_words(judged: &[Judged], asked: &Asked) -> Option<Remediation> {
    let explicit = judged.iter().find(|one| one.evaluation.decision == Decision::Denied(Denial::Explicit));
    if let Some(statement) = explicit.and_then(|one| one.evaluation.deciding().into_iter().next()) {
        return Some(Remediation::words(
            format!(
                "narrow {} by a condition that leaves this request out, or take it away",
                words::trust::statement(statement)
            ),
            "everything else that statement blocks is then allowed",
        ));
    }
    let untagged =
        asked.session_tags_disabled && judged.iter().flat_map(nearest).any(|(_, clause)| clause.is_on_session_tags());
    untagged.then(|| {
        Remediation::words(
            "switch session tags on in the association, or take the conditions on tags out of the trust policy",
            "without session tags a request has none of the six tags",
        )
    })
}

/// The edited policy, if it lets the request in; else the conditions that keep it out.
fn edit(document: &Document, asked: &Asked, role_name: Option<&str>) -> Option<Remediation> {
    let requests: Vec<_> = asked.requests().into_iter().map(|(_, request)| request).collect();
    if let Some(edited) = fixed(document, &requests, asked.own_statement().as_ref()) {
        return Some(written(document, &edited, role_name, &format!("let {} assume the role", who(asked))));
    }
    let judged = all(document, asked);
    let denied = judged.iter().find(|one| one.decision() == TrustDecision::Denied)?;
    Some(match of_one_statement(denied).as_slice() {
        clauses @ [first, ..] if first.condition().is_some() => loosened(role_name, clauses),
        _ => Remediation::words(
            format!(
                "add a statement that allows {} to {}{}",
                asked.actions().join(" and "),
                asked.principal().as_str(),
                if asked.source_role_arn.is_none() {
                    ", bound to one service account; --namespace and --service-account word it"
                } else {
                    ""
                }
            ),
            "keep every statement that is there",
        ),
    })
}

fn loosened(role_name: Option<&str>, clauses: &[Clause]) -> Remediation {
    let remedy = loosen(role_name.unwrap_or_default(), clauses);
    let does = remedy.does.replace(" of role  at ", " at ");
    Remediation { part: Part::Step, does, ..remedy }
}

/// The clauses of the statement that fails by the fewest.
fn of_one_statement(denied: &Judged) -> Vec<Clause> {
    let near = nearest(denied);
    let count = |index: usize| near.iter().filter(|(one, _)| one.index == index).count();
    let first = near.iter().map(|(one, _)| one.index).min_by_key(|index| count(*index));
    near.iter().filter(|(one, _)| Some(one.index) == first).map(|(_, clause)| (*clause).clone()).collect()
}

/// The edit as a command where the role is known, else as the policy to put in its place.
fn written(before: &Document, after: &Document, role_name: Option<&str>, does: &str) -> Remediation {
    if let Some(name) = role_name {
        return replace(name, None, does, before, after);
    }
    let policy: &Value = after.value();
    Remediation {
        part: Part::Step,
        does: does.to_owned(),
        command: Command::Aws {
            aws: serde_json::to_string_pretty(policy).unwrap_or_default(),
            eksctl: None,
            terraform: Some(changed_blocks(before, after)),
        },
        changes:
            "the same policy with this change, the other statements as they are; --role-name NAME makes a command of it"
                .to_owned(),
    }
}
