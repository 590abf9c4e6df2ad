//! Did the webhook give the container its two variables? Everything upstream shows here, so most failures are symptoms.

use super::variables_not_preset::both_may_be_right;
use crate::advice::template::{Part, change_metadata};
use crate::advice::{self, restart};
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Strikes, Verdict, association, cluster, probe};
use crate::duration::in_words;
use crate::evidence::kubernetes::environment::{EnvValue, EnvVar};
use crate::evidence::kubernetes::metadata::{FULL_URI, IPV4_URI, IPV6_URI, SKIP_LABEL, TOKEN_FILE, TOKEN_PATH};
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::{Container, Evidence, Gap, GapReason, Pod, Reading, Sibling, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(340),
    name: "injection/variables",
    area: &super::AREA,
    title: "the container has the credential variables",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Associations],
    explained_by: &[
        super::PREVENTS,
        &[
            &cluster::amazon_eks::CHECK,
            &cluster::same_cluster::CHECK,
            &cluster::supports_pod_identity::CHECK,
            &association::exists::CHECK,
            &association::created_before_pod::CHECK,
            &super::kept::CHECK,
            &probe::canary::CHECK,
        ],
    ],
    strikes: Strikes::PodsOnPodIdentity,
    hints_at: &[1, 2, 3, 17, 19, 20, 21, 22, 24],
    is_common: true,
    symptoms: &[
        "Unable to locate credentials",
        "NoCredentialsError",
        "Unable to load AWS credentials from any provider in the chain",
        "NoCredentialProviders: no valid providers in chain",
        "AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE are not set",
    ],
    docs: "\
## What it checks
That the container has `AWS_CONTAINER_CREDENTIALS_FULL_URI` and
`AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` with the values that the webhook writes, for IPv4 or
IPv6. A container that is left out on purpose is not judged, and where no container has the
variables and the associations could not be read, it stays unknown whether they should be there.

## Why it matters
SDKs find agent and token by these variables alone; without them they fall back to the node's role.

## How to fix
If no other cause is named, the webhook did not answer in time: create the pod again.

## References
- Amazon EKS User Guide, *Configure Pods to access AWS services with service accounts*
- aws/amazon-eks-pod-identity-webhook: `main.go`, `pkg/handler/handler.go`
- aws/eks-pod-identity-agent: issue 153
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet, so nothing has passed the webhook"));
    };
    if container.is_injected() || pod.leads_to_agent(&container) {
        return Ok(Verdict::Pass);
    }
    if let Some(reason) = pod.leaves_out(&container) {
        return Ok(Verdict::NotApplicable(reason));
    }
    if !pod.containers().any(|one| one.has_pod_identity_variables()) {
        evidence.associated().map_err(|mut gap| {
            let words =
                "no container has the variables; whether it should depends on an association that could not be read";
            gap.detail = format!("{words} ({})", gap.detail);
            gap
        })?;
    }
    if let Some(gap) = both_may_be_right(&container) {
        return Err(gap);
    }
    let severity = if is_spare(pod, &container) { Severity::Warning } else { Severity::Error };
    let finding = missing(severity, evidence, &container);
    let label = pod.metadata.labels.get(SKIP_LABEL).filter(|_| evidence.webhooks.known().is_none());
    Ok(match label {
        // Whether the label counts could not be read: it does in most clusters, so it is what to try first.
        Some(value) => finding
            .observed(Source::Pod, format!("metadata.labels[{SKIP_LABEL}]"), value)
            .fixes(change_metadata(evidence, Part::Label, SKIP_LABEL, None)),
        None => canary(evidence, finding).fix(restart(evidence)),
    }
    .into())
}

/// What dry-runs of new pods told, or how to ask for them: whether a restart can help is not known without.
fn canary(evidence: &Evidence, finding: Finding) -> Finding {
    match &evidence.canary {
        Reading::Known(canary) if canary.answered() > 0 && canary.lacking() == 0 => {
            let time = canary.asked_at.strftime("%H:%M:%S");
            finding.observed(Source::Canary, "dry-run", format!("a pod created at {time} would get the variables"))
        }
        Reading::Unavailable(gap) if gap.reason == GapReason::NotRequested => {
            finding.fix(advice::doctor::dry_run_new_pods(evidence))
        }
        _ => finding,
    }
}

/// A sidecar that nobody asked for, beside main containers that are whole.
fn is_spare(pod: &Pod, container: &Container<'_>) -> bool {
    let mut main = pod.containers().filter(|one| one.kind == ContainerKind::Main);
    container.kind == ContainerKind::Sidecar && !container.asked_for && main.all(|one| one.is_injected())
}

fn missing(severity: Severity, evidence: &Evidence, container: &Container<'_>) -> Finding {
    let words = if container.has_pod_identity_variables() {
        "the credential variables are not the ones that the webhook writes"
    } else {
        "the credential variables are missing"
    };
    let family = evidence.cluster.present().and_then(|cluster| cluster.kubernetes_network_config.as_ref());
    let is_ipv6 = family.and_then(|network| network.ip_family.as_deref()) == Some("ipv6");
    let late = evidence
        .webhook_came_later()
        .map(|later| format!("; the webhook's configuration was made {} after the pod", in_words(later)));
    let finding = Finding::new(severity, format!("{words}{}", late.unwrap_or_default()))
        .found(format!("{FULL_URI} {} and {TOKEN_FILE} {}", found(container.full_uri()), found(container.token_file())))
        .expected(format!("{} and {TOKEN_PATH}", if is_ipv6 { IPV6_URI } else { IPV4_URI }));
    match siblings(evidence) {
        Some(words) => finding.observed(Source::Siblings, "pods of the same template", words),
        None => finding,
    }
}

/// How the pod's siblings fared: where some have the variables, it is chance and not the template that left this one out.
fn siblings(evidence: &Evidence) -> Option<String> {
    let own = Sibling::of(evidence.live_pod().ok()??);
    let others: Vec<&Sibling> = evidence.siblings.known()?.alike(&own).filter(|one| one.name != own.name).collect();
    let with = others.iter().filter(|one| one.has_variables).count();
    (!others.is_empty()).then(|| format!("{with} of {} others have the variables", others.len()))
}

/// What a variable holds, in words.
pub(super) fn found(variable: Option<&EnvVar>) -> String {
    match variable.map(|variable| &variable.value) {
        None => "not set".to_owned(),
        Some(EnvValue::Empty) => "empty".to_owned(),
        Some(EnvValue::Shown(value)) => value.clone(),
        Some(EnvValue::Hidden) => "set to a value that is not shown".to_owned(),
        Some(EnvValue::SecretKey(key)) => format!("from key {} of Secret {}", key.key, key.name),
        Some(EnvValue::ConfigMapKey(key)) => format!("from key {} of ConfigMap {}", key.key, key.name),
        Some(EnvValue::Field) => "from a field of the pod".to_owned(),
    }
}
