//! Asks whether the pod's service account exists.
//!
//! It is separate from the association, because EKS associates names whether or not they exist: this is the other half.

use super::missing::newer_account;
use crate::advice::{restart, use_service_account};
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Remediation, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Pod, Source};
use crate::findings::remediation::shell;
use crate::nearest::nearest;

/// The check.
pub static CHECK: Check = Check {
    code: Code(250),
    name: "association/service-account",
    area: &super::AREA,
    title: "the service account exists",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ServiceAccount],
    as_of: AsOf::Now,
    tells: &[100],
    symptoms: &["FailedMount", "error looking up service account", "serviceaccount \"api\" not found"],
    docs: r"## What it checks
That the service account the pod runs as is there. If it is not, it names service accounts of the
namespace with a similar name.

## Why it matters
The token that stands for the pod is issued for its service account. Without the account no new
pod is accepted, and a running pod works only until its token has to be renewed.

## How to fix
Create the service account, or let the pod run as the one that was meant; then replace the pods,
because tokens are bound to the account that was there when they were issued.

## References
- Kubernetes documentation, Configure service accounts for pods:
  https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/
- Amazon EKS user guide, Assign an IAM role to a Kubernetes service account
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// How many near names are shown.
const MOST: usize = 3;

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let name = evidence.service_account_name()?;
    if evidence.service_account.get()?.is_some() {
        return Ok(Verdict::Pass);
    }
    let pod = evidence.live_pod()?;
    let runs = pod.is_some_and(|pod| !pod.has_ended());
    let is_running = pod.is_some_and(|pod| pod.status.phase.as_deref() == Some("Running"));
    // What has ended needs no token any more; the next pod of the account cannot be made.
    let severity = if pod.is_some_and(Pod::has_ended) { Severity::Warning } else { Severity::Error };
    let until = if is_running { " — the pod works until its token has to be renewed" } else { "" };
    let all = evidence.service_accounts.known().map(Vec::as_slice).unwrap_or_default();
    let near = nearest(name, all.iter().map(String::as_str), MOST);
    let namespace = &evidence.target.namespace;
    let newer = newer_account(evidence).map(|newer| format!("; the pod template names service account {newer} by now"));
    let newer = newer.unwrap_or_default();
    let words = format!("service account {name} does not exist in namespace {namespace}{until}{newer}");
    let mut finding = Finding::new(severity, words)
        .observed(Source::ServiceAccount, "metadata.name", format!("{name} not found"))
        .expected(format!("service account {name} in namespace {namespace}"));
    if !near.is_empty() {
        finding = finding.found(format!("service accounts with a similar name: {}", near.join(", ")));
    }
    Ok(finding.fixes(remedies(evidence, name, near.first().copied(), runs)).into())
}

fn remedies(evidence: &Evidence, name: &str, near: Option<&str>, runs: bool) -> Vec<Remediation> {
    if newer_account(evidence).is_some() {
        return vec![restart(evidence)];
    }
    let mut steps = vec![Remediation::kubectl(
        "create the service account",
        format!("kubectl -n {} create serviceaccount {}", shell(&evidence.target.namespace), shell(name)),
        "makes an account without any rights in the cluster; roles and annotations that it had are not made again",
    )];
    steps.extend(near.map(|near| use_service_account(evidence, near).or()));
    steps.extend(runs.then(|| restart(evidence)));
    steps
}
