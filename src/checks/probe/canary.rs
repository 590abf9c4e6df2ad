//! Would a pod that is created now get its variables? A dry-run settles what neither the webhook's configuration nor the
//! association can say: whether the webhook answers, and knows the association.

use crate::advice;
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict, association, injection};
use crate::evidence::asked::canary::DryRun;
use crate::evidence::{Canary, Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(910),
    name: "probe/canary",
    area: &super::AREA,
    title: "a pod created now gets its variables",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Canary, Source::Pod],
    explained_by: &[injection::PREVENTS, &[&association::exists::CHECK, &injection::pods_can_be_created::CHECK]],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[21],
    hints_at: &[19],
    symptoms: &["some pods of a deployment have no credentials and others do", "new pods have no AWS variables"],
    docs: "\
## What it checks
With `--canary`: asks the API server for new pods as a server-side dry-run, with the namespace,
service account, labels and annotations of the target, each over a new connection, and counts
those whose containers would lack the credential variables. Nothing is stored. Another admission
webhook, a quota or a policy that refuses the pod leaves it unknown, and is quoted.

## Why it matters
A pod that is older than its association and a webhook that does not know the association yet look
the same. Only the first is cured by a restart.

## How to fix
Where all of them lack the variables and nothing else is the cause, the control plane does not
know the association yet: wait some seconds, then restart. Where only some do, the instances of
the control plane differ: restart until the pod has them, and open a case with AWS.

## References
- Kubernetes documentation, *API concepts: dry-run*
- aws/amazon-eks-pod-identity-webhook: `deploy/mutatingwebhook.yaml` declares `sideEffects: None`
- aws/eks-pod-identity-agent: issue 153
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let canary = evidence.canary.get()?;
    if canary.lacking() > 0 {
        return Ok(lacking(evidence, canary)?.into());
    }
    match canary.refusal() {
        None if canary.answered() > 0 => Ok(Verdict::Pass),
        None => Err(gap(unanswered(canary))),
        Some((by, message)) => Err(gap(format!("{by} refused it: {message}"))),
    }
}

fn lacking(evidence: &Evidence, canary: &Canary) -> Result<Finding, Gap> {
    let (lacking, asked) = (canary.lacking(), canary.answered());
    let all = lacking == asked;
    // A pod that has its variables keeps them, and of a pod that is not there yet some will do: only then it is a warning.
    let severity = match evidence.live_pod()? {
        Some(pod) if pod.containers().any(|one| one.is_injected()) => Severity::Warning,
        None if !all => Severity::Warning,
        _ => Severity::Error,
    };
    let works = evidence.live_pod()?.is_some_and(|pod| pod.containers().any(|one| one.is_injected()));
    let message = if all {
        "a pod that is created now gets no credential variables".to_owned()
    } else {
        format!("{lacking} of {asked} pods that are created now get no credential variables")
    };
    let message = if works { format!("{message}; this pod has them") } else { message };
    let time = canary.asked_at.strftime("%H:%M:%S");
    Ok(Finding::new(severity, message)
        .observed(Source::Canary, "dry-run", format!("{lacking} of {asked} without variables at {time}"))
        .found(format!("{lacking} of {asked} dry-runs without the variables"))
        .expected("variables in each")
        .fixes(remedies(evidence, all)))
}

fn remedies(evidence: &Evidence, all: bool) -> Vec<Remediation> {
    let beyond = if all {
        Remediation::words(
            "if none has them after some minutes, delete the association and make it again",
            "the control plane then learns of it again",
        )
    } else {
        Remediation::words(
            "if it stays, open a case with AWS: the instances of the cluster's control plane differ",
            "until then each new pod may or may not get its variables",
        )
    };
    vec![advice::restart(evidence), beyond]
}

fn unanswered(canary: &Canary) -> String {
    let words = canary.dry_runs.iter().find_map(|run| match run {
        DryRun::Unanswered(words) => Some(words.clone()),
        _ => None,
    });
    words.unwrap_or_else(|| "no dry-run was made".to_owned())
}

fn gap(detail: String) -> Gap {
    Gap::new(Source::Canary, GapReason::Insufficient, detail)
}
