//! Decides on a policy: each action by itself, the worst of them for the whole, and the headline.

use super::asked::Asked;
use super::file::Fault;
use super::file::PolicyFile;
use super::{advice, clauses};
use crate::advice::words;
use crate::findings::FixFormat;
use crate::reasoning::iam::calls::{ASSUME_ROLE, POD_IDENTITY_SERVICE, TAG_SESSION};
use crate::reasoning::iam::questions::{named, unconditional};
use crate::reasoning::iam::{Decision, Denial, Document, Evaluation, Naming, Request, evaluate};
use crate::report::{ActionAnswer, ClausePart, MissingInput, TrustClause, TrustDecision, TrustReport};

/// What a policy makes of one action.
#[derive(Debug, Clone)]
pub struct Judged {
    /// The action.
    pub action: &'static str,
    /// The request.
    pub request: Request,
    /// The decision and its grounds.
    pub evaluation: Evaluation,
}

impl Judged {
    /// The decision in the words of the report.
    pub fn decision(&self) -> TrustDecision {
        match self.evaluation.decision {
            Decision::Allowed => TrustDecision::Allowed,
            Decision::Denied(_) => TrustDecision::Denied,
            Decision::Undecided => TrustDecision::Undecided,
        }
    }
}

/// Judges the policy of a file. `role_name` is what the reader says, where the file does not tell it.
pub fn judge(file: &PolicyFile, asked: Asked, role_name: Option<&str>, format: FixFormat) -> TrustReport {
    let asked = asked.completed_by(file.role_arn.as_deref());
    let role_name = role_name.or(file.role_name.as_deref());
    if let Some((first, others)) = file.faults.split_first() {
        return not_stored(file, &asked, role_name, first, others.len());
    }
    let judged = all(&file.document, &asked);
    let decision = worst(&judged);
    let clauses = clauses::deciding(file, &asked, decision, &judged);
    let missing = clauses::missing(&asked, &judged);
    let policy = role_name.map_or("the trust policy".to_owned(), |name| format!("the trust policy of role {name}"));
    let notes = if decision == TrustDecision::Allowed { notes(&file.document, &judged) } else { Vec::new() };
    TrustReport {
        source: file.text.clone(),
        role_name: role_name.map(str::to_owned),
        decision,
        summary: format!("{policy} {}", headline(file, &asked, &judged, &clauses, &missing)),
        request: asked.told(),
        actions: judged.iter().map(answer).collect(),
        remediation: advice::remedies(&file.document, &asked, role_name, format, &judged),
        clauses,
        missing,
        notes,
    }
}

/// A policy that IAM would not store lets nobody in, so it is asked for nothing.
fn not_stored(file: &PolicyFile, asked: &Asked, role_name: Option<&str>, first: &Fault, others: usize) -> TrustReport {
    let more = if others == 0 { String::new() } else { format!(" (and {others} more)") };
    TrustReport {
        source: file.text.clone(),
        role_name: role_name.map(str::to_owned),
        decision: TrustDecision::Denied,
        summary: format!("IAM would not store this policy: {}{more}", first.says),
        request: asked.told(),
        actions: Vec::new(),
        remediation: Vec::new(),
        clauses: file.faults.iter().map(|fault| clauses::refused(file, fault)).collect(),
        missing: Vec::new(),
        notes: Vec::new(),
    }
}

/// Asks a policy for each action.
pub fn all(document: &Document, asked: &Asked) -> Vec<Judged> {
    let judge = |(action, request): (&'static str, Request)| Judged {
        action,
        evaluation: evaluate(document, &request),
        request,
    };
    asked.requests().into_iter().map(judge).collect()
}

/// The decision on the whole: EKS asks for all actions in one call.
pub fn worst(judged: &[Judged]) -> TrustDecision {
    let some = |decision| judged.iter().any(|one| one.decision() == decision);
    [TrustDecision::Denied, TrustDecision::Undecided]
        .into_iter()
        .find(|one| some(*one))
        .unwrap_or(TrustDecision::Allowed)
}

fn answer(judged: &Judged) -> ActionAnswer {
    let is_explicit = judged.evaluation.decision == Decision::Denied(Denial::Explicit);
    ActionAnswer { action: judged.action, decision: judged.decision(), is_explicit }
}

/// Who asks, in words.
pub fn who(asked: &Asked) -> String {
    match asked.principal().as_str() {
        POD_IDENTITY_SERVICE => "EKS Pod Identity".to_owned(),
        role => format!("role {role}"),
    }
}

fn headline(
    file: &PolicyFile,
    asked: &Asked,
    judged: &[Judged],
    clauses: &[TrustClause],
    missing: &[MissingInput],
) -> String {
    let who = who(asked);
    match worst(judged) {
        TrustDecision::Allowed if asked.session_tags_disabled => format!("lets {who} assume the role"),
        TrustDecision::Allowed => format!("lets {who} assume the role and tag its sessions"),
        TrustDecision::Denied => denied(&file.document, &who, judged, clauses),
        TrustDecision::Undecided if !missing.is_empty() => {
            let keys: Vec<&str> = missing.iter().map(|one| words::trust::named(&one.key)).collect();
            let were = if keys.len() == 1 { "was" } else { "were" };
            format!("depends on the {}, which {were} not given", keys.join(" and the "))
        }
        TrustDecision::Undecided => {
            let first = clauses.iter().find(|clause| clause.part == ClausePart::Undecided);
            match first.and_then(|clause| clause.key.as_deref()) {
                Some(key) => format!("depends on {key} in a way that cannot be told from outside"),
                None => "cannot be judged as a whole".to_owned(),
            }
        }
    }
}

fn denied(document: &Document, who: &str, judged: &[Judged], clauses: &[TrustClause]) -> String {
    let explicit = judged.iter().find(|one| one.evaluation.decision == Decision::Denied(Denial::Explicit));
    if let Some(one) = explicit {
        let statements: Vec<String> = one.evaluation.deciding().into_iter().map(words::trust::statement).collect();
        return format!("denies {} in {}", one.action, statements.join(" and "));
    }
    let unnamed = judged.iter().find(|one| {
        one.decision() == TrustDecision::Denied
            && named(document, &one.request.principal, &one.request.action) == Naming::NotNamed
    });
    match (unnamed.map(|one| one.action), clauses.iter().find(|clause| clause.part == ClausePart::Denies)) {
        (Some(ASSUME_ROLE), _) => format!("does not let {who} assume the role"),
        (Some(TAG_SESSION), _) => format!("does not let {who} tag its sessions"),
        (_, Some(clause)) => clause.says.clone(),
        (_, None) => format!("does not let {who} in"),
    }
}

/// What to know of a policy that allows.
fn notes(document: &Document, judged: &[Judged]) -> Vec<String> {
    let open = judged.iter().all(|one| !unconditional(document, &one.request).is_empty());
    let service = judged.iter().all(|one| one.request.principal.as_str() == POD_IDENTITY_SERVICE);
    let unscoped = "no condition limits it: any association of the account can use the role";
    let unseen = "whether an association gives the role to the service account, and policies of the organization, stand elsewhere";
    let first = (open && service).then(|| unscoped.to_owned());
    first.into_iter().chain([unseen.to_owned()]).collect()
}
