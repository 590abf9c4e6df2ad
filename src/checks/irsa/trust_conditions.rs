//! Asks whether the role lets in this service account, of all those whose tokens the provider signs.
//!
//! It is separate from the provider, because a condition that does not fit needs another value and no other statement.

use crate::advice::web_identity::{let_account_in, loosen};
use crate::advice::words;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Remediation, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};
use crate::reasoning::iam::questions::{denying, perhaps_denying, would_allow};
use crate::reasoning::iam::{Clause, Document, Outcome, StatementVerdict};
use crate::reasoning::role::irsa::Provider;

/// The check.
pub static CHECK: Check = Check {
    code: Code(894),
    name: "irsa/trust-conditions",
    area: &super::AREA,
    title: "the trust conditions match the service account",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::IrsaRole, Source::Cluster, Source::ServiceAccount],
    requires: &[&super::provider::CHECK],
    as_of: AsOf::Now,
    symptoms: &[
        "An error occurred (AccessDenied) when calling the AssumeRoleWithWebIdentity operation: Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "InvalidIdentityToken: Incorrect token audience",
    ],
    docs: r"## What it checks
That the conditions under which the role trusts the cluster's identity provider hold for this
pod's token: `ISSUER:sub` is `system:serviceaccount:NAMESPACE:NAME`, `ISSUER:aud` the audience of
the token (`sts.amazonaws.com` unless the pod or the service account says otherwise). A Deny that
matches fails too. What cannot be known from outside leaves the check undecided.

## Why it matters
A condition copied from another namespace, service account or cluster refuses the pod.
`StringEquals` takes `*` as a letter: a pattern needs `StringLike`.

## How to fix
Add the service account to the condition. Pods need no restart for it.

## References
- Amazon EKS user guide, 'Assign IAM roles to Kubernetes service accounts'
- IAM user guide, 'IAM JSON policy elements: Condition operators'
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    if evidence.irsa_role_arn()?.is_none() {
        return Ok(Verdict::not_applicable("nothing asks for IAM roles for service accounts"));
    }
    let name = &evidence.existing_irsa_role()?.role_name;
    let document = evidence.irsa_trust_policy()?;
    let provider = evidence.irsa_provider()?;
    let request = evidence.web_identity_call(&provider).request();
    let mut findings: Vec<Finding> = denying(&document, &request).iter().map(|verdict| denied(name, verdict)).collect();
    let mut open = perhaps_denying(&document, &request);
    let allowing = would_allow(&document, &request);
    if !allowing.iter().any(|one| one.outcome == Outcome::Matches) {
        let (doubtful, mut failed): (Vec<_>, Vec<_>) =
            allowing.into_iter().partition(|one| matches!(one.outcome, Outcome::Undecidable(_)));
        failed.sort_by_key(|one| one.outcome.clauses().len());
        if doubtful.is_empty() {
            findings.extend(failed.iter().map(|one| ruled_out(evidence, name, one, &provider, &document)));
        }
        open.extend(doubtful);
    }
    let doubt: Vec<String> = open.iter().flat_map(|one| one.outcome.clauses()).map(Clause::to_string).collect();
    if findings.is_empty() && !doubt.is_empty() {
        return Err(Gap::undecidable(Source::IrsaRole, doubt.join("; ")));
    }
    Ok(Verdict::from_findings(findings))
}

fn denied(role_name: &str, verdict: &StatementVerdict) -> Finding {
    let statement = words::trust::statement(verdict);
    Finding::error(format!("the trust policy of role {role_name} denies this service account in {statement}"))
        .observed(Source::IrsaRole, format!("{}.Effect", verdict.place), "Deny")
        .expected("no Deny that matches")
        .fix(Remediation::words(
            format!("narrow {statement} by a condition that leaves the service account out, or take it away"),
            "everything else that statement blocks is then allowed",
        ))
}

fn ruled_out(
    evidence: &Evidence,
    role_name: &str,
    verdict: &StatementVerdict,
    provider: &Provider,
    document: &Document,
) -> Finding {
    let clauses = verdict.outcome.clauses();
    let headline = clauses.first().map_or_else(
        || format!("the trust policy of role {role_name} leaves this service account out"),
        |clause| words::trust::token_headline(role_name, clause, &provider.issuer),
    );
    let mut finding =
        Finding::error(headline).found(words::trust::found(verdict)).expected(words::trust::wanted(verdict));
    for clause in clauses {
        finding = finding.observed(Source::IrsaRole, &clause.place, clause.wanted.join(" or "));
    }
    let fixed = let_account_in(evidence, role_name, document, provider);
    finding.fix(fixed.unwrap_or_else(|| loosen(role_name, clauses)))
}
