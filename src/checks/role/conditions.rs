//! Asks whether the conditions under which the role trusts EKS hold for this very pod.
//!
//! It is separate because it needs the whole request: tags, cluster, region. What no reading can tell stays undecidable.

use crate::advice;
use crate::advice::words;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Strikes, Success, Verdict};
use crate::evidence::kubernetes::agent_log::{AgentError, LoggedOutcome};
use crate::evidence::{Evidence, Gap, Source};
use crate::reasoning::iam::calls::SOURCE_ARN;
use crate::reasoning::iam::edit::lets_in;
use crate::reasoning::iam::questions::named;
use crate::reasoning::iam::{Clause, Document, Effect, Naming, Outcome, Request, StatementVerdict, evaluate as judge};

/// The check.
pub static CHECK: Check = Check {
    code: Code(830),
    name: "role/conditions",
    area: &super::AREA,
    title: "the trust conditions match this pod",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Role, Source::Association, Source::Cluster, Source::Pod],
    requires: &[&super::trusts_service::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    tells: &[78, 79, 80],
    hints_at: &[147],
    symptoms: &["Unauthorized Exception! EKS does not have permissions to assume the associated role."],
    docs: r#"## What it checks
That the conditions of the statements which allow `sts:AssumeRole` and `sts:TagSession` to EKS
hold for this pod: the six tags of the session (`aws:RequestTag/kubernetes-namespace` and others),
their keys, the region, and the source: `aws:SourceArn` is the ARN of the cluster, never of an
association. Without session tags no condition on them can hold. Keys that cannot be known from
outside, such as `aws:SourceOrgID`, leave the check undecided, with the clause named.

## Why it matters
A condition copied from another namespace, service account or cluster refuses the pod, with the
text of a role that does not trust EKS.

## How to fix
Add the pod's value to the condition, or take the condition out. Pods need no restart for it.

## References
- Amazon EKS user guide, "Create IAM role with trust policy required by EKS Pod Identity"
- IAM user guide, "IAM JSON policy elements: Condition"
"#,
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// What is open or wrong for one way the session may be tagged.
enum Answer {
    Holds,
    Fails(Vec<StatementVerdict>),
    Open(Vec<Clause>),
}

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let document = evidence.trust_policy()?;
    let mut answers = evidence.possible_session_tags().into_iter().map(|tags| answer(evidence, &document, tags));
    let first = answers.next().unwrap_or(Answer::Holds);
    match (first, answers.next()) {
        (Answer::Holds, None | Some(Answer::Holds)) => Ok(Verdict::Pass),
        (Answer::Fails(statements), None | Some(Answer::Fails(_))) => {
            findings(evidence, &document, &statements).map(Verdict::from_findings)
        }
        (Answer::Open(clauses), None | Some(Answer::Open(_))) => Err(evidence.gap_of_clauses(&clauses)),
        // It depends on whether sessions are tagged, which the association tells.
        _ => evidence.association.get().map(|_| Verdict::Pass),
    }
}

/// Every request that some statement names must be allowed by one whose conditions hold.
fn answer(evidence: &Evidence, document: &Document, tags: bool) -> Answer {
    let mut open = Vec::new();
    let mut failed: Vec<StatementVerdict> = Vec::new();
    for request in evidence.trust_requests(tags).iter().filter(|request| is_named(document, request)) {
        let verdicts: Vec<StatementVerdict> =
            judge(document, request).statements.into_iter().filter(|one| one.effect != Some(Effect::Deny)).collect();
        if verdicts.iter().any(|one| one.outcome == Outcome::Matches) {
            continue;
        }
        let doubt: Vec<Clause> = verdicts
            .iter()
            .filter(|one| matches!(one.outcome, Outcome::Undecidable(_)))
            .flat_map(|one| one.outcome.clauses().iter().cloned())
            .collect();
        if doubt.is_empty() {
            let by_conditions = |one: &StatementVerdict| one.outcome.clauses().iter().all(|c| c.condition().is_some());
            failed.extend(verdicts.into_iter().filter(by_conditions));
        } else {
            open.extend(doubt);
        }
    }
    if !failed.is_empty() {
        Answer::Fails(failed)
    } else if open.is_empty() {
        Answer::Holds
    } else {
        Answer::Open(open)
    }
}

fn is_named(document: &Document, request: &Request) -> bool {
    !matches!(named(document, &request.principal, &request.action), Naming::NotNamed)
}

/// One finding a statement, the one nearest to matching first, each with the clauses that rule the pod out.
fn findings(evidence: &Evidence, document: &Document, failed: &[StatementVerdict]) -> Result<Vec<Finding>, Gap> {
    let name = &evidence.existing_role()?.role_name;
    let association = evidence.association.present();
    let mut statements: Vec<&StatementVerdict> = Vec::new();
    for one in failed {
        if statements.iter().all(|known| known.index != one.index) {
            statements.push(one);
        }
    }
    statements.sort_by_key(|one| one.outcome.clauses().len());
    let refusal = |(kind, _): (AgentError, &LoggedOutcome)| kind == AgentError::RoleRefused;
    let is_refused = evidence.own_log().is_ok_and(|own| own.is_ok_and(|own| own.last_error().is_some_and(refusal)));
    Ok(statements
        .into_iter()
        .filter_map(|one| {
            let first = one.outcome.clauses().first()?;
            let finding = Finding::error(words::trust::headline(name, first, association))
                .found(words::trust::found(one))
                .expected(words::trust::wanted(one));
            let finding = one.outcome.clauses().iter().fold(finding, words::trust::observe);
            // Which source EKS names is documented for the cluster; only a refusal proves that it names no association.
            let is_sure = !one.outcome.clauses().iter().all(is_on_source) || is_refused;
            let finding = if is_sure { finding } else { finding.suspected() };
            Some(finding.fixes(remedies(evidence, document, name, one.outcome.clauses())))
        })
        .collect())
}

fn is_on_source(clause: &Clause) -> bool {
    clause.condition().is_some_and(|(_, key)| key.eq_ignore_ascii_case(SOURCE_ARN))
}

fn remedies(evidence: &Evidence, document: &Document, role_name: &str, clauses: &[Clause]) -> Vec<Remediation> {
    let untagged = evidence.association.present().filter(|association| !association.has_session_tags());
    if let Some(association) = untagged.filter(|_| clauses.iter().any(Clause::is_on_session_tags)) {
        // With tags the conditions on them may hold, and tagging has to be allowed before it is switched on.
        let trust = advice::trust::let_in_when(evidence, evidence.existing_role().ok(), role_name, document, true);
        let trust = trust.filter(|_| !lets_in(document, &evidence.trust_requests(true)));
        let enable = advice::trust::enable_session_tags(evidence, association);
        let loosen = advice::trust::loosen(role_name, clauses).or();
        return trust.into_iter().chain([enable, loosen]).collect();
    }
    let tags = evidence.possible_session_tags().first().copied().unwrap_or(true);
    let fixed = advice::trust::let_in_when(evidence, evidence.existing_role().ok(), role_name, document, tags);
    vec![fixed.unwrap_or_else(|| advice::trust::loosen(role_name, clauses))]
}
