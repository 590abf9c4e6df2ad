//! Says what it would take to move the service account from IRSA to EKS Pod Identity.
//!
//! It is separate because nothing is wrong: it is an offer, and it never weighs.

use crate::advice::agent::install;
use crate::advice::web_identity::trust_both;
use crate::advice::{RoleToName, create_association, restart};
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Severity, Verdict, cluster};
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(898),
    name: "irsa/could-migrate",
    area: &super::AREA,
    title: "the service account could move to Pod Identity",
    severity: Severity::Note,
    since: "0.1.0",
    reads: &[Source::IrsaRole, Source::Cluster, Source::Node, Source::AgentDaemonSets],
    requires: &[
        &super::role_exists::CHECK,
        &super::provider::CHECK,
        &super::trust_conditions::CHECK,
        &super::variables::CHECK,
    ],
    as_of: AsOf::Now,
    symptoms: &["kubectl podid migrate", "moving from IAM roles for service accounts to EKS Pod Identity"],
    docs: r"## What it checks
Whether the cluster, the pod's node and the role's account allow EKS Pod Identity. Where they do,
it says what the move takes: the agent, a statement beside those of the trust policy, an
association, a restart.

## Why it matters
An association needs no identity provider and no annotation, and one role serves many clusters.
Both ways can stand side by side: a pod that is created with an association uses it, and older
pods go on with IRSA.

## How to fix
Nothing has to be done. The steps are in the order in which nothing stops working; remove the
annotation when no pod uses it any more.

## References
- Amazon EKS user guide, 'Grant Kubernetes workloads access to AWS using Kubernetes service
  accounts'
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    if evidence.irsa_role_arn()?.is_none() {
        return Ok(Verdict::not_applicable("nothing asks for IAM roles for service accounts"));
    }
    let scheduled = evidence.live_pod()?.is_some_and(|pod| pod.spec.node_name.is_some());
    let place = if scheduled { Some(evidence.compute()?) } else { None };
    match place {
        Some(Compute::Fargate) => return Ok(Verdict::not_applicable("Pod Identity does not work on Fargate")),
        Some(Compute::Windows) => return Ok(Verdict::not_applicable("Pod Identity does not work on Windows")),
        _ => {}
    }
    if let Evaluate::Pod(supports) = cluster::supports_pod_identity::CHECK.evaluate
        && matches!(supports(evidence)?, Verdict::Fail(_))
    {
        return Ok(Verdict::not_applicable("the cluster does not support Pod Identity"));
    }
    let role = evidence.existing_irsa_role()?;
    let account = evidence.service_account_name()?;
    if Arn::parse(&role.arn).map(|arn| arn.account) != evidence.cluster_account() {
        return Ok(Verdict::not_applicable("the role is in another account than the cluster"));
    }
    let has_agent = place == Some(Compute::Auto) || !evidence.agent_daemon_sets.get()?.is_empty();
    let document = evidence.irsa_trust_policy()?;
    Ok(Finding::note(format!("service account {account} could move to EKS Pod Identity with the same role"))
        .observed(Source::IrsaRole, "Arn", &role.arn)
        .fix((!has_agent).then(|| install(evidence, None)))
        .fix(trust_both(evidence, &role.role_name, &document))
        .fix(create_association(evidence, account, RoleToName::Arn(&role.arn)))
        .fix(restart(evidence))
        .into())
}
