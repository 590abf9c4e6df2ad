//! Asks whether the role is in the account of the cluster.
//!
//! It is separate from whether the role exists: in another account nobody looks for it by its name.

use crate::advice::association::chain_to;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Severity, Strikes, Verdict};
use crate::evidence::aws::role::Arn;
use crate::evidence::{Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(240),
    name: "association/role-account",
    area: &super::AREA,
    title: "the role is in the cluster's account",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Association, Source::Cluster],
    requires: &[&super::exists::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    tells: &[83],
    symptoms: &[
        "Unauthorized Exception! EKS does not have permissions to assume the associated role.",
        "InvalidParameterException: Role provided in the request does not exist",
    ],
    docs: r"## What it checks
That the account in the association's role ARN is the one in the cluster's ARN. The target role
may be in any account.

## Why it matters
EKS assumes the first role only in the account of the cluster, whatever that role trusts. Roles of
other accounts are reached through a target role, which the first role assumes.

## How to fix
Name a role of the cluster's account, and the other one as its target role.

## References
- Amazon EKS user guide, Access AWS resources using EKS Pod Identity target IAM roles:
  https://docs.aws.amazon.com/eks/latest/userguide/pod-id-assign-target-role.html
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    evidence.is_this_cluster(Source::Association)?;
    let gap = |source, words: &str| Gap::new(source, GapReason::Insufficient, words);
    let association = evidence.association.get()?.as_ref();
    let association = association.ok_or_else(|| gap(Source::Association, "the association was not found"))?;
    let role = Arn::parse(&association.role_arn).filter(|arn| !arn.account.is_empty());
    let role = role.ok_or_else(|| gap(Source::Association, "its roleArn is not the ARN of a role"))?;
    let account = match evidence.cluster_account() {
        Some(account) => account,
        None => Arn::parse(&evidence.described_cluster()?.arn)
            .map(|arn| arn.account)
            .ok_or_else(|| gap(Source::Cluster, "EKS told no ARN of the cluster"))?,
    };
    if role.account == account {
        return Ok(Verdict::Pass);
    }
    Ok(Finding::error(format!("the role is in account {} and the cluster in account {account}", role.account))
        .observed(Source::Association, "roleArn", &association.role_arn)
        .found(format!("a role in account {}", role.account))
        .expected(format!("a role in account {account} with the other one as its target role"))
        .fix(chain_to(evidence, association))
        .into())
}
