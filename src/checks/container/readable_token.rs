//! Can the process read the token? It is separate from the volume, because the kubelet decides about the mode of the file by the
//! users of all containers.

use crate::advice::template::in_the_manifest;
use crate::advice::words::agent_error::seen;
use crate::checks::{
    Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Success, Verdict, Way, injection,
};
use crate::evidence::asked::probe::SeenProcess;
use crate::evidence::{Container, Evidence, Gap, GapReason, Pod, Probed, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(480),
    name: "container/readable-token",
    area: &super::AREA,
    title: "the container's process can read the token",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Probe],
    requires: &[&injection::variables::CHECK],
    way: Some(Way::PodIdentity),
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[95],
    symptoms: &[
        "PermissionError: [Errno 13] Permission denied: '/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token'",
        "open /var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token: permission denied",
        "unable to read file at /var/run/secrets/eks.amazonaws.com/serviceaccount/token caused by permission denied",
    ],
    docs: "\
## What it checks
Whether all containers run as one and the same `runAsUser` while no `fsGroup` is set. With
`--probe` whether the users of the container's processes can read the file.

## Why it matters
The kubelet then makes the token file private to that user (mode 0600). A process that starts as
this user and switches to another one, as entrypoints with gosu or su-exec do, can no longer read
it. With an `fsGroup` the group may read it, and where users differ or none is set, everybody in
the container may. What a process does is not seen from outside, so this is a note; what the probe
saw is an error of the main process, and a warning of others.

## How to fix
Nothing, if the process keeps its user. Else set `fsGroup` in the pod's security context.

## References
- kubernetes/kubernetes: `pkg/volume/projected`, `pkg/volume/util` (FsUserFrom)
- aws/amazon-eks-pod-identity-webhook: `README.md`
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else {
        return Ok(Verdict::not_applicable("there is no pod yet"));
    };
    if let Some(reason) = pod.leaves_out(&container) {
        return Ok(Verdict::NotApplicable(reason));
    }
    if let Ok(Ok(probed)) = evidence.probed(&container)
        && let Some(locked_out) = probed.processes_without_token()
    {
        return Ok(by_probe(evidence, &container, probed, &locked_out));
    }
    let context = pod.spec.security_context.as_ref();
    if context.is_some_and(|context| context.fs_group.is_some()) {
        return Ok(Verdict::Pass);
    }
    let Some(user) = the_one_user(pod) else { return Ok(Verdict::Pass) };
    // A probe that was asked for and did not come about would have settled it.
    if let Some(gap) = evidence.probe.gap().filter(|gap| gap.reason != GapReason::NotRequested) {
        return Err(gap.clone());
    }
    Ok(Finding::note(format!("only user {user} can read the token file; a process that switches to another cannot"))
        .observed(Source::Pod, "securityContext.runAsUser", user.to_string())
        .found("one user for all containers, and no fsGroup")
        .expected("an fsGroup, if the process switches its user")
        .fixes(remedies(evidence, &container))
        .into())
}

fn remedies(evidence: &Evidence, container: &Container<'_>) -> Vec<Remediation> {
    let group = "set securityContext.fsGroup of the pod to the group of the process in container";
    in_the_manifest(evidence, format!("{group} {}", container.name))
}

/// What the users of the processes are tells whether they can read the file.
fn by_probe(evidence: &Evidence, container: &Container<'_>, probed: &Probed, locked_out: &[&SeenProcess]) -> Verdict {
    let Some(first) = locked_out.first() else { return Verdict::Pass };
    let is_main = probed.report.main_process().is_some_and(|main| main == *first);
    let words = |process: &&SeenProcess| {
        let user = process.user.map_or("?".to_owned(), |user| user.to_string());
        format!("process {} of user {user}", process.name.as_str())
    };
    let all: Vec<String> = locked_out.iter().take(3).map(words).collect();
    let severity = if is_main { Severity::Error } else { Severity::Warning };
    let token = probed.report.token.as_ref();
    let mode = token.and_then(|token| token.mode.as_ref()).map_or("?", |mode| mode.as_str());
    let owner = token.and_then(|token| token.owner).map_or("?".to_owned(), |owner| owner.to_string());
    let whose = if is_main { "the container's main process" } else { "a process of the container" };
    let finding = Finding::new(severity, format!("{whose} runs as a user who cannot read the token"))
        .observed(Source::Probe, "token file", format!("mode {mode}, user {owner}"))
        .found(all.join(", "))
        .expected("an fsGroup, or a user who owns the file")
        .fixes(remedies(evidence, container));
    seen(finding, probed).into()
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
