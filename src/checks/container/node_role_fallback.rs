//! Would the container silently get the role of its node? It is separate from why Pod Identity fails, because it is what makes
//! the failure quiet.

use super::variables_found::{look, value};
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Severity, Shown, Success, Verdict, Way};
use crate::evidence::kubernetes::environment::EnvValue;
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::{Container, Evidence, Gap, Source};

const DISABLED: &str = "AWS_EC2_METADATA_DISABLED";

/// The check.
pub static CHECK: Check = Check {
    code: Code(495),
    name: "container/node-role-fallback",
    area: &super::AREA,
    title: "the container does not fall back to the node's role",
    severity: Severity::Note,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets, Source::Associations, Source::Node],
    way: Some(Way::PodIdentity),
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    shown: Shown::Verbosely,
    tells: &[116],
    hints_at: &[1],
    is_common: true,
    symptoms: &[
        "GetCallerIdentity answers with the role of the node",
        "assumed-role/…NodeInstanceRole…/i-… is not authorized to perform",
        "assumed-role/NODE/i-0a1b2c3d is not authorized to perform",
    ],
    docs: "\
## What it checks
Whether a container that has no address of the agent, and no variables of IRSA, still lets its SDK
ask the instance metadata service: `AWS_EC2_METADATA_DISABLED` is not `true`. Nodes on Fargate and
hybrid nodes have no such service.

## Why it matters
The last source in the chain of every SDK is the role of the node. If the metadata service can be
reached from the pod (a hop limit of 2 or more, or the host's network), requests go out as the
node, and what fails is a permission, far from the cause. Java v2 goes there also when the agent
refuses; of the other SDKs that were measured none does.

## How to fix
Mend what keeps Pod Identity from working. To fail loudly, set the variable, or a hop limit of 1
on the nodes.

## References
- Amazon EKS user guide, *Configure Pods to access AWS services with service accounts*
- AWS SDKs and Tools Reference Guide, *IMDS credential provider*
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet"));
    };
    if let Some(reason) = pod.leaves_out(&container) {
        return Ok(Verdict::NotApplicable(reason));
    }
    // The name of a token file alone sends no SDK anywhere, nor does an empty address most of them.
    let has_address = container.full_uri().is_some_and(|uri| uri.value != EnvValue::Empty);
    if has_address || container.has_web_identity_variables() {
        return Ok(Verdict::Pass);
    }
    let found = look(evidence, &container, &[DISABLED]);
    if let Some((_, origin)) = found.set.first()
        && value(&container, DISABLED, origin)?.eq_ignore_ascii_case("true")
    {
        return Ok(Verdict::Pass);
    }
    evidence.associated()?;
    if pod.spec.node_name.is_none() {
        return Ok(Verdict::not_applicable("the pod is not scheduled to a node yet"));
    }
    if matches!(evidence.compute()?, Compute::Fargate | Compute::Hybrid) {
        return Ok(Verdict::not_applicable("this kind of node has no instance metadata service"));
    }
    if let Some(gap) = found.gap {
        return Err(gap);
    }
    Ok(Finding::note("without the variables SDKs go on to the role of the node, where pods can reach its metadata")
        .observed(Source::Pod, DISABLED, "not true")
        .expected(format!("{DISABLED}=true to make such a failure visible"))
        .into())
}
