//! Asks whether the pod's node is of a kind on which an agent can answer.
//!
//! It is separate from the agent, because on Fargate and on Windows none can be installed: the webhook injects the variables
//! there too, and the SDK then waits for an address that nobody has.

use crate::advice::{delete_association, restart};
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict, Way};
use crate::evidence::kubernetes::metadata::{ROLE_ANNOTATION, SKIP_LABEL};
use crate::evidence::kubernetes::node::{COMPUTE_TYPE, Compute};
use crate::evidence::{Evidence, Gap, Source};
use crate::findings::remediation::shell;

/// The check.
pub static CHECK: Check = Check {
    code: Code(160),
    name: "cluster/node-supported",
    area: &super::AREA,
    title: "the pod's node can run Pod Identity",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Node],
    way: Some(Way::PodIdentity),
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[32, 33],
    symptoms: &[
        "Connect timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\" on Fargate",
        "the pod on Fargate or Windows times out while it asks 169.254.170.23",
    ],
    docs: r"## What it checks
That the pod is neither on Fargate (node name `fargate-…`, `schedulerName`, node label) nor on
Windows (`os`, `nodeSelector`, node label). The pod alone is enough to find either; for anything
else the node is read. EC2, Auto Mode and hybrid nodes pass.

## Why it matters
The agent answers at an address of the node. On Fargate and on Windows there is none, and the
variables are injected all the same: the SDK tries the agent until it gives up.

## How to fix
Run the pod on a Linux EC2 node, or use IAM roles for service accounts: annotate the service
account, delete the association (it outranks the annotation) or set the label that skips the
webhook, then restart.

## References
- Amazon EKS user guide, EKS Pod Identity restrictions:
  https://docs.aws.amazon.com/eks/latest/userguide/pod-identities.html
- aws/containers-roadmap issue 2274
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    match evidence.compute() {
        Ok(Compute::Fargate) => Ok(unsupported(evidence, "Fargate").into()),
        Ok(Compute::Windows) => Ok(unsupported(evidence, "Windows").into()),
        Ok(Compute::Ec2 | Compute::Auto | Compute::Hybrid) => Ok(Verdict::Pass),
        // Not "not applicable": that would take the checks of the agent along, and they can be answered.
        Err(_) if evidence.node_name().is_none() => {
            Err(Gap::undecidable(Source::Node, "there is no pod on a node yet, and any kind of node may come"))
        }
        Err(gap) => Err(gap),
    }
}

fn unsupported(evidence: &Evidence, kind: &str) -> Finding {
    let fix = match kind {
        "Fargate" => "no Fargate profile may select the pod's namespace and labels",
        _ => "its image has to be one for Linux",
    };
    let start = Finding::error(format!("the pod is on {kind}, where Pod Identity does not work"));
    facts(evidence)
        .into_iter()
        .fold(start, |finding, (source, field, value)| finding.observed(source, field, value))
        .found(kind)
        .expected("a Linux node: EC2, Auto Mode or hybrid")
        .fix(Remediation::words("run the pod on a Linux EC2 node", fix))
        .fixes(irsa_instead(evidence))
}

/// What says which kind of compute it is.
fn facts(evidence: &Evidence) -> Vec<(Source, String, &str)> {
    const SYSTEM: &str = "kubernetes.io/os";
    let spec = evidence.pod.present().map(|pod| &pod.spec);
    let selected = |key: &str| spec.and_then(|spec| spec.node_selector.get(key)).map(String::as_str);
    let label = |key: &str| evidence.node.present().and_then(|node| node.metadata.labels.get(key)).map(String::as_str);
    let all = [
        (Source::Pod, "spec.nodeName".to_owned(), evidence.node_name()),
        (Source::Pod, "spec.schedulerName".to_owned(), spec.and_then(|spec| spec.scheduler_name.as_deref())),
        (Source::Pod, "spec.os.name".to_owned(), spec.and_then(|spec| spec.os.as_ref()).map(|os| os.name.as_str())),
        (Source::Pod, format!("spec.nodeSelector[{SYSTEM}]"), selected(SYSTEM)),
        (Source::Node, format!("metadata.labels[{COMPUTE_TYPE}]"), label(COMPUTE_TYPE)),
        (Source::Node, format!("metadata.labels[{SYSTEM}]"), label(SYSTEM)),
    ];
    all.into_iter().filter_map(|(source, field, value)| Some((source, field, value?))).collect()
}

/// The other way out. An association outranks the annotation, so it has to go, or the pods have to be left out.
fn irsa_instead(evidence: &Evidence) -> Vec<Remediation> {
    let Ok(service_account) = evidence.service_account_name() else { return Vec::new() };
    let role = evidence.associated_role_arn().ok().flatten();
    let note = if role.is_none() { ", with the ARN of its role where ROLE_ARN stands" } else { "" };
    let mut steps =
        vec![Remediation::kubectl(
        format!("use IAM roles for service accounts: annotate the service account{note}"),
        format!(
            "kubectl -n {} annotate serviceaccount {} {ROLE_ANNOTATION}={}",
            shell(&evidence.target.namespace),
            shell(service_account),
            shell(role.unwrap_or("ROLE_ARN"))
        ),
        "new pods act as the role by web identity; its trust policy has to name the cluster's identity provider",
    )
    .or()];
    if let Ok(Some(row)) = evidence.associated() {
        let mut delete = delete_association(evidence, row);
        delete.does = format!("{} or set the label {SKIP_LABEL} on the pods", delete.does);
        steps.push(delete.or_step());
    }
    steps.push(restart(evidence).or_step());
    steps
}
