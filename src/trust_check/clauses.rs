//! Which places of a policy decide, and what each of them says of the request.

use super::asked::Asked;
use super::file::Fault;
use super::file::PolicyFile;
use super::judge::Judged;
use crate::advice::words;
use crate::reasoning::iam::place::locate;
use crate::reasoning::iam::statement::is_session_tag_key;
use crate::reasoning::iam::{Actual, Clause, Decision, Denial, Effect, Element, Outcome, StatementVerdict};
use crate::report::{ClausePart, MissingInput, TrustClause, TrustDecision};

/// The most places that are looked up in the text. A policy that IAM takes has far fewer statements.
const LOCATED: usize = 200;

/// The places that decide the whole request, in the order of the text.
pub fn deciding(file: &PolicyFile, asked: &Asked, decision: TrustDecision, judged: &[Judged]) -> Vec<TrustClause> {
    let mut found: Vec<TrustClause> = Vec::new();
    for one in judged.iter().filter(|one| one.decision() == decision) {
        for clause in of_action(file, asked, one) {
            match found.iter_mut().find(|known| known.place == clause.place && known.says == clause.says) {
                Some(known) => known.actions.push(one.action),
                None => found.push(clause),
            }
        }
    }
    for clause in found.iter_mut().take(LOCATED) {
        clause.span = locate(&file.text.text, &in_file(file, &clause.place));
    }
    found.sort_by_key(|clause| clause.span.as_ref().map_or(usize::MAX, |span| span.start));
    found
}

/// A place that IAM would not store.
pub fn refused(file: &PolicyFile, fault: &Fault) -> TrustClause {
    TrustClause {
        place: fault.place.clone(),
        span: (!fault.place.is_empty()).then(|| locate(&file.text.text, &in_file(file, &fault.place))).flatten(),
        sid: None,
        actions: Vec::new(),
        part: ClausePart::Denies,
        says: fault.says.clone(),
        operator: None,
        key: None,
        wanted: Vec::new(),
        found: None,
    }
}

/// A place of the policy as a place of the text around it.
fn in_file(file: &PolicyFile, place: &str) -> String {
    match (file.prefix, place) {
        ("", place) => place.to_owned(),
        (prefix, "") => prefix.to_owned(),
        (prefix, place) => format!("{prefix}.{place}"),
    }
}

fn of_action(file: &PolicyFile, asked: &Asked, judged: &Judged) -> Vec<TrustClause> {
    let write = Writer { file, asked, action: judged.action };
    let statements = judged.evaluation.deciding();
    match judged.evaluation.decision {
        Decision::Allowed => {
            statements.into_iter().map(|one| write.statement(one, "Action", ClausePart::Allows)).collect()
        }
        Decision::Denied(Denial::Explicit) => {
            statements.into_iter().map(|one| write.statement(one, "Effect", ClausePart::Denies)).collect()
        }
        Decision::Denied(Denial::Implicit) => {
            let failed = nearest(judged);
            if failed.is_empty() {
                return vec![write.nothing()];
            }
            failed.into_iter().map(|(one, clause)| write.clause(one, clause, ClausePart::Denies)).collect()
        }
        Decision::Undecided => {
            let clauses = statements.into_iter().flat_map(|one| one.outcome.clauses().iter().map(move |c| (one, c)));
            clauses.map(|(one, clause)| write.clause(one, clause, ClausePart::Undecided)).collect()
        }
    }
}

/// Of the statements that do not match, those that come nearest: all but their conditions hold, else all but their
/// actions, else none; each with the clauses that keep it away.
pub fn nearest(judged: &Judged) -> Vec<(&StatementVerdict, &Clause)> {
    let failed = judged.evaluation.statements.iter().filter(|one| one.effect != Some(Effect::Deny));
    let failed: Vec<&StatementVerdict> = failed.filter(|one| matches!(one.outcome, Outcome::DoesNotMatch(_))).collect();
    let distance = |one: &StatementVerdict| one.outcome.clauses().iter().map(Distance::of).max();
    let least = failed.iter().filter_map(|one| distance(one)).min();
    let near = failed.into_iter().filter(|one| distance(one) == least);
    near.flat_map(|one| one.outcome.clauses().iter().map(move |clause| (one, clause)))
        .filter(|(_, clause)| Some(Distance::of(clause)) == least)
        .collect()
}

/// How far a clause that fails keeps its statement from the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Distance {
    Condition,
    Action,
    Principal,
}

impl Distance {
    fn of(clause: &Clause) -> Self {
        match clause.element {
            Element::Principal | Element::NotPrincipal => Self::Principal,
            Element::Action | Element::NotAction => Self::Action,
            Element::Document | Element::Statement | Element::Condition { .. } => Self::Condition,
        }
    }
}

/// What was not given and would settle one of the clauses.
pub fn missing(asked: &Asked, judged: &[Judged]) -> Vec<MissingInput> {
    let open = judged.iter().filter(|one| one.evaluation.decision == Decision::Undecided);
    let mut missing: Vec<MissingInput> = Vec::new();
    for clause in open.flat_map(|one| one.evaluation.clauses()) {
        let Some((flag, key)) = input(asked, clause) else { continue };
        if missing.iter().all(|known| known.flag != flag) {
            missing.push(MissingInput { flag, key: key.to_owned() });
        }
    }
    missing
}

/// The flag that would tell what a clause asks for, and its key.
fn input<'c>(asked: &Asked, clause: &'c Clause) -> Option<(&'static str, &'c str)> {
    let (_, key) = clause.condition().filter(|_| clause.actual == Actual::Unknown)?;
    let folded = key.to_ascii_lowercase();
    let tag = folded.strip_prefix("aws:requesttag/").or_else(|| folded.strip_prefix("aws:principaltag/"));
    let flag = match tag.unwrap_or(&folded) {
        "kubernetes-namespace" if asked.namespace.is_none() => "--namespace NAMESPACE",
        "kubernetes-service-account" if asked.service_account.is_none() => "--service-account NAME",
        "kubernetes-pod-name" if asked.pod_name.is_none() => "--pod NAME",
        "kubernetes-pod-uid" if asked.pod_uid.is_none() => "--pod-uid UID",
        "eks-cluster-name" if asked.cluster.is_none() => "--eks-cluster NAME",
        // A name alone is not enough for it, so the flag is asked for even where it was given.
        "eks-cluster-arn" => "--eks-cluster ARN",
        "aws:requestedregion" if asked.region.is_none() => "--region REGION",
        "sts:externalid" if asked.source_role_arn.is_some() && asked.external_id.is_none() => "--external-id ID",
        _ => return None,
    };
    Some((flag, key))
}

/// Writes down what clauses of one action say.
struct Writer<'a> {
    file: &'a PolicyFile,
    asked: &'a Asked,
    action: &'static str,
}

impl Writer<'_> {
    /// A statement that decides as a whole, shown by one of its elements.
    fn statement(&self, verdict: &StatementVerdict, element: &str, part: ClausePart) -> TrustClause {
        let statement = self.file.document.statements().iter().find(|one| one.index == verdict.index);
        let action = statement.and_then(|one| one.actions.as_ref()).filter(|_| element == "Action");
        let place = action.map_or_else(|| format!("{}.{element}", verdict.place), |one| one.place.to_string());
        let verb = if part == ClausePart::Allows { "allows" } else { "denies" };
        let says = format!("{} {verb} it to {}", words::trust::statement(verdict), self.asked.principal().as_str());
        TrustClause { sid: verdict.sid.clone(), ..self.bare(place, part, says) }
    }

    fn clause(&self, verdict: &StatementVerdict, clause: &Clause, part: ClausePart) -> TrustClause {
        let says = match (&clause.reason, input(self.asked, clause)) {
            (Some(_), Some((flag, key))) => {
                let flag = flag.split(' ').next().unwrap_or_default();
                format!(
                    "requires {} {}, and what the request has is not known without {flag}",
                    words::trust::named(key),
                    clause.wanted.join(" or ")
                )
            }
            (Some(reason), None) => reason.clone(),
            (None, _) => self.fails(clause),
        };
        let condition = clause.condition();
        TrustClause {
            sid: verdict.sid.clone(),
            operator: condition.map(|(operator, _)| operator.to_owned()),
            key: condition.map(|(_, key)| key.to_owned()),
            wanted: clause.wanted.clone(),
            found: match &clause.actual {
                Actual::Values(values) => Some(values.clone()),
                Actual::Absent => Some(Vec::new()),
                Actual::Unknown => None,
            },
            ..self.bare(clause.place.clone(), part, says)
        }
    }

    /// A policy without a statement that could allow.
    fn nothing(&self) -> TrustClause {
        self.bare("Statement".to_owned(), ClausePart::Denies, "no statement allows anything".to_owned())
    }

    fn fails(&self, clause: &Clause) -> String {
        let untagged =
            self.asked.session_tags_disabled && clause.condition().is_some_and(|(_, key)| is_session_tag_key(key));
        if untagged {
            return "requires a session tag, and the association switches session tags off".to_owned();
        }
        let wanted = clause.wanted.join(", ");
        let found = words::trust::actual(clause);
        match clause.element {
            Element::Principal | Element::Action => format!("names {wanted} and not {found}"),
            Element::NotPrincipal | Element::NotAction => format!("leaves out {wanted}"),
            _ => words::trust::asks(clause).unwrap_or_default(),
        }
    }

    fn bare(&self, place: String, part: ClausePart, says: String) -> TrustClause {
        TrustClause {
            span: None,
            place,
            sid: None,
            actions: vec![self.action],
            part,
            says,
            operator: None,
            key: None,
            wanted: Vec::new(),
            found: None,
        }
    }
}
