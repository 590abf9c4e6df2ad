//! Can the process read the token? It is separate from the volume, because the kubelet decides about the mode of the file by the
//! users of all containers.

use crate::checks::fixes::template::in_the_manifest;
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Verdict, injection};
use crate::evidence::{Container, Evidence, Gap, Pod, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(480),
    name: "container/readable-token",
    title: "the container's process can read the token",
    severity: Severity::Note,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Pod],
    requires: &[&injection::variables::CHECK],
    explained_by: &[],
    symptoms: &[
        "PermissionError: [Errno 13] Permission denied: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token'",
        "open /var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token: permission denied",
    ],
    docs: "\
## What it checks
Whether all containers run as one and the same `runAsUser` while no `fsGroup` is set.

## Why it matters
The kubelet then makes the token file private to that user (mode 0600). A process that starts as this user and switches to another
one, as entrypoints with gosu or su-exec do, can no longer read it. With an `fsGroup` the group may read it, and where users
differ or none is set, everybody in the container may. What a process does is not seen from outside, so this is a
note.

## How to fix
Nothing, if the process keeps its user. Else set `fsGroup` in the pod's security context.

## References
- kubernetes/kubernetes: `pkg/volume/projected`, `pkg/volume/util` (FsUserFrom)
- aws/amazon-eks-pod-identity-webhook: `README.md`
",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else {
        return Ok(Verdict::not_applicable("there is no pod yet"));
    };
    if let Some(reason) = pod.leaves_out(&container) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let context = pod.spec.security_context.as_ref();
    if context.is_some_and(|context| context.fs_group.is_some()) {
        return Ok(Verdict::Pass);
    }
    let Some(user) = the_one_user(pod) else { return Ok(Verdict::Pass) };
    Ok(Finding::note(format!("only user {user} can read the token file; a process that switches to another cannot"))
        .observed(Source::Pod, "securityContext.runAsUser", user.to_string())
        .found("one user for all containers, and no fsGroup")
        .expected("an fsGroup, if the process switches its user")
        .fixes(in_the_manifest(
            evidence,
            format!(
                "set securityContext.fsGroup of the pod to the group of the process in container {}",
                container.name
            ),
        ))
        .into())
}

/// The user that all containers run as, where there is exactly one and each says so.
fn the_one_user(pod: &Pod) -> Option<i64> {
    let all = pod.spec.security_context.as_ref().and_then(|context| context.run_as_user);
    let mut users = pod.containers().map(|one| {
        let own = one.security_context.as_ref().and_then(|context| context.run_as_user);
        own.or(all)
    });
    let first = users.next()??;
    users.all(|user| user == Some(first)).then_some(first)
}
