//! Evaluates a policy: allowed, denied, or not known.
//!
//! Source: IAM user guide, "Policy evaluation logic".

use super::document::Document;
use super::request::{Request, RequestPrincipal};
use super::statement::{Actions, Actual, Clause, Effect, Element, Principals, Problem, Statement};
use super::values::names_action;
use super::{request, statement};

/// What a document says of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decision {
    /// Surely allowed.
    Allowed,
    /// Surely not allowed.
    Denied(Denial),
    /// Depends on something that is not known.
    Undecided,
}

/// How a request is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Denial {
    /// A Deny statement matches.
    Explicit,
    /// No Allow statement can match, whatever the Deny statements do.
    Implicit,
}

/// What became of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It applies to the request.
    Matches,
    /// It does not, because of these clauses; never empty.
    DoesNotMatch(Vec<Clause>),
    /// It depends on these clauses; never empty.
    Undecidable(Vec<Clause>),
}

impl Outcome {
    /// The clauses that decide; none where it matches.
    pub fn clauses(&self) -> &[Clause] {
        match self {
            Self::Matches => &[],
            Self::DoesNotMatch(clauses) | Self::Undecidable(clauses) => clauses,
        }
    }
}

/// One statement's part in a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementVerdict {
    /// Its place in the list, from 0.
    pub index: usize,
    /// Where it stands: `Statement[0]`.
    pub place: String,
    /// The name its author gave it.
    pub sid: Option<String>,
    /// What it does; `None` where that cannot be read.
    pub effect: Option<Effect>,
    /// What became of it.
    pub outcome: Outcome,
}

/// A decision with its grounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluation {
    /// The decision.
    pub decision: Decision,
    /// Every statement, in the document's order.
    pub statements: Vec<StatementVerdict>,
}

impl Evaluation {
    /// The statements that decide: those that match, those that leave doubt, or the Allow statements that failed.
    pub fn deciding(&self) -> Vec<&StatementVerdict> {
        let decides = |verdict: &&StatementVerdict| match (self.decision, &verdict.outcome) {
            (Decision::Allowed, outcome) => verdict.effect == Some(Effect::Allow) && *outcome == Outcome::Matches,
            (Decision::Denied(Denial::Explicit), outcome) => {
                verdict.effect == Some(Effect::Deny) && *outcome == Outcome::Matches
            }
            (Decision::Denied(Denial::Implicit), _) => verdict.effect != Some(Effect::Deny),
            (Decision::Undecided, outcome) => matches!(outcome, Outcome::Undecidable(_)),
        };
        self.statements.iter().filter(decides).collect()
    }

    /// The clauses of the deciding statements.
    pub fn clauses(&self) -> Vec<&Clause> {
        self.deciding().into_iter().flat_map(|verdict| verdict.outcome.clauses()).collect()
    }
}

/// Evaluates a document against a request.
pub fn evaluate(document: &Document, request: &Request) -> Evaluation {
    let statements: Vec<StatementVerdict> =
        document.statements().iter().map(|statement| judge(document, statement, request)).collect();
    // What cannot be read of the document itself may be anything, such as the first of two effects.
    let decision = if document.problems().is_empty() { decide(&statements) } else { Decision::Undecided };
    Evaluation { decision, statements }
}

/// Deny decides first; doubt about a Deny matters only where something could allow.
fn decide(statements: &[StatementVerdict]) -> Decision {
    let some = |effects: &[Option<Effect>], matches: fn(&Outcome) -> bool| {
        statements.iter().any(|verdict| effects.contains(&verdict.effect) && matches(&verdict.outcome))
    };
    let sure = |outcome: &Outcome| *outcome == Outcome::Matches;
    let doubtful = |outcome: &Outcome| matches!(outcome, Outcome::Undecidable(_));
    let allow = [Some(Effect::Allow), None];
    let deny = [Some(Effect::Deny), None];
    if some(&deny[..1], sure) {
        Decision::Denied(Denial::Explicit)
    } else if !some(&allow, sure) && !some(&allow, doubtful) {
        Decision::Denied(Denial::Implicit)
    } else if some(&deny, doubtful) || !some(&allow[..1], sure) {
        Decision::Undecided
    } else {
        Decision::Allowed
    }
}

/// Judges one statement; all of principal, action and conditions must hold.
pub fn judge(document: &Document, statement: &Statement, request: &Request) -> StatementVerdict {
    StatementVerdict {
        index: statement.index,
        place: statement.place.as_str().to_owned(),
        sid: statement.sid.clone(),
        effect: statement.effect,
        outcome: outcome(document, statement, request),
    }
}

fn outcome(document: &Document, statement: &Statement, request: &Request) -> Outcome {
    let unreadable = unreadable(document, statement);
    if !unreadable.is_empty() {
        return Outcome::Undecidable(unreadable);
    }
    let mut clauses = Vec::new();
    clauses.extend(
        statement.principals.as_ref().and_then(|element| principal(element, &request.principal, statement.is_deny())),
    );
    clauses.extend(statement.actions.as_ref().and_then(|element| action(element, &request.action)));
    for condition in &statement.conditions {
        let answer = statement::holds(condition, document.has_variables(), &request.context);
        clauses.extend(clause(answer, || Clause {
            place: condition.place.as_str().to_owned(),
            element: Element::Condition { operator: condition.operator.clone(), key: condition.key.clone() },
            wanted: condition.values.clone(),
            actual: request.context.get(&condition.key).into(),
            reason: None,
        }));
    }
    let (failed, doubtful): (Vec<_>, Vec<_>) = clauses.into_iter().partition(|clause| clause.reason.is_none());
    match (failed.is_empty(), doubtful.is_empty()) {
        (true, true) => Outcome::Matches,
        (false, _) => Outcome::DoesNotMatch(failed),
        (true, false) => Outcome::Undecidable(doubtful),
    }
}

/// The clauses that cannot be read, of the statement and of the document around it.
pub fn unreadable(document: &Document, statement: &Statement) -> Vec<Clause> {
    let clause = |problem: &Problem, element: Element| Clause {
        place: problem.place.as_str().to_owned(),
        element,
        wanted: Vec::new(),
        actual: Actual::Unknown,
        reason: Some(problem.reason.clone()),
    };
    let outside = document.problems().iter().map(|problem| clause(problem, Element::Document));
    let inside = statement.problems.iter().map(|problem| clause(problem, Element::Statement));
    outside.chain(inside).collect()
}

/// The clause of a principal element that does not surely hold.
pub fn principal(element: &Principals, asking: &RequestPrincipal, denies: bool) -> Option<Clause> {
    clause(request::cover(element, asking, denies), || Clause {
        place: element.place.as_str().to_owned(),
        element: if element.negated { Element::NotPrincipal } else { Element::Principal },
        wanted: element.entries.iter().map(|entry| entry.value.clone()).collect(),
        actual: Actual::Values(vec![asking.as_str().to_owned()]),
        reason: None,
    })
}

/// The clause of an action element that does not hold.
pub fn action(element: &Actions, asked: &str) -> Option<Clause> {
    let named = element.patterns.iter().any(|pattern| names_action(pattern, asked));
    clause(Ok(named != element.negated), || Clause {
        place: element.place.as_str().to_owned(),
        element: if element.negated { Element::NotAction } else { Element::Action },
        wanted: element.patterns.clone(),
        actual: Actual::Values(vec![asked.to_owned()]),
        reason: None,
    })
}

fn clause(answer: Answer, make: impl FnOnce() -> Clause) -> Option<Clause> {
    match answer {
        Ok(true) => None,
        Ok(false) => Some(make()),
        Err(reason) => Some(Clause { reason: Some(reason.0), ..make() }),
    }
}

/// Why a question has no sure answer, in words.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Undecidable(pub String);

/// The answer to one question: sure, or undecidable.
pub type Answer = Result<bool, Undecidable>;

/// Says that a question cannot be decided, and why.
pub fn undecidable(reason: impl Into<String>) -> Answer {
    Err(Undecidable(reason.into()))
}

/// Yes if one answer is yes; undecidable if none is and one could be; no otherwise.
pub fn any(answers: impl IntoIterator<Item = Answer>) -> Answer {
    let mut doubt = None;
    for answer in answers {
        match answer {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(reason) => doubt = doubt.or(Some(reason)),
        }
    }
    doubt.map_or(Ok(false), Err)
}

/// No if one answer is no; undecidable if none is and one could be; yes otherwise.
pub fn all(answers: impl IntoIterator<Item = Answer>) -> Answer {
    not(any(answers.into_iter().map(not)))
}

/// Turns a sure answer round and keeps doubt.
pub fn not(answer: Answer) -> Answer {
    answer.map(|yes| !yes)
}
