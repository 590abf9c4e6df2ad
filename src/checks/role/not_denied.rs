//! Asks whether a Deny statement of the trust policy hits this pod.
//!
//! It is separate because Deny outranks everything: no added statement helps against it.

use crate::advice::words;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Strikes, Success, Verdict};
use crate::evidence::{Evidence, Gap, Source};
use crate::reasoning::iam::questions::{denying, perhaps_denying};
use crate::reasoning::iam::{Clause, Document, StatementVerdict};

/// The check.
pub static CHECK: Check = Check {
    code: Code(835),
    name: "role/not-denied",
    area: &super::AREA,
    title: "no statement denies the pod",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Role, Source::Association, Source::Cluster, Source::Pod],
    requires: &[&super::exists::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    tells: &[81],
    symptoms: &["Unauthorized Exception! EKS does not have permissions to assume the associated role."],
    docs: r#"## What it checks
That no Deny statement of the trust policy matches what EKS asks for this pod, `sts:AssumeRole` or
`sts:TagSession`. A Deny whose conditions cannot be known from outside leaves the check undecided.
Policies of the organization cannot be seen.

## Why it matters
A Deny that matches outranks every Allow.

## How to fix
Narrow the Deny by a condition that leaves the pod out, or take it away.

## References
- IAM user guide, "Policy evaluation logic"
"#,
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// What the Deny statements say for one way the session may be tagged.
struct Denials {
    sure: Vec<StatementVerdict>,
    doubt: Vec<Clause>,
}

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let document = evidence.trust_policy()?;
    let ways: Vec<Denials> =
        evidence.possible_session_tags().into_iter().map(|tags| denials(evidence, &document, tags)).collect();
    if ways.iter().all(|way| !way.sure.is_empty())
        && let Some(way) = ways.first()
    {
        return findings(evidence, &way.sure).map(Verdict::from_findings);
    }
    if ways.iter().any(|way| !way.sure.is_empty()) {
        // It depends on whether sessions are tagged, which the association tells.
        return evidence.association.get().map(|_| Verdict::Pass);
    }
    let doubt: Vec<Clause> = ways.into_iter().flat_map(|way| way.doubt).collect();
    if doubt.is_empty() { Ok(Verdict::Pass) } else { Err(evidence.gap_of_clauses(&doubt)) }
}

fn denials(evidence: &Evidence, document: &Document, tags: bool) -> Denials {
    let (mut sure, mut doubt): (Vec<StatementVerdict>, Vec<Clause>) = (Vec::new(), Vec::new());
    for request in evidence.trust_requests(tags) {
        for verdict in denying(document, &request) {
            if sure.iter().all(|known| known.index != verdict.index) {
                sure.push(verdict);
            }
        }
        let open = perhaps_denying(document, &request);
        for clause in open.iter().flat_map(|verdict| verdict.outcome.clauses()) {
            if !doubt.contains(clause) {
                doubt.push(clause.clone());
            }
        }
    }
    Denials { sure, doubt }
}

fn findings(evidence: &Evidence, denying: &[StatementVerdict]) -> Result<Vec<Finding>, Gap> {
    let name = &evidence.existing_role()?.role_name;
    let about = |verdict: &StatementVerdict| {
        let statement = words::trust::statement(verdict);
        Finding::error(format!("the trust policy of role {name} denies this pod in {statement}"))
            .observed(Source::Role, format!("{}.Effect", verdict.place), "Deny")
            .found(format!("{statement} denies what EKS asks for this pod"))
            .expected("no Deny that matches")
            .fix(Remediation::words(
                format!("narrow {statement} by a condition that leaves the pod out, or take it away"),
                "everything else that statement blocks is then allowed",
            ))
    };
    Ok(denying.iter().map(about).collect())
}
