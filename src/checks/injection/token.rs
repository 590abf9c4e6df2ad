//! Is the file that the variables point to the token that EKS Auth accepts? The variables can be right and the volume wrong,
//! because the webhook leaves a volume or a mount of the same name as it is.

use crate::advice::restart;
use crate::advice::template::{in_the_manifest, template_sets, unset_variables};
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{AUDIENCE, FULL_URI, TOKEN_FILE, TOKEN_NAME, TOKEN_PATH};
use crate::evidence::kubernetes::pod::VolumeMount;
use crate::evidence::{Container, Evidence, Gap, Source};

/// Below this the kubelet makes a new token more often than once an hour: it does so after 80 % of a token's life.
const SHORT_LIFE_SECONDS: i64 = 4800;

/// The check.
pub static CHECK: Check = Check {
    code: Code(360),
    name: "injection/token",
    area: &super::AREA,
    title: "the token volume is the one the variables point to",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod],
    requires: &[&super::variables::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[23, 102, 104],
    symptoms: &[
        "FileNotFoundError: /var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
        "Failed to read authorization token",
        "Service account token cannot be empty",
    ],
    docs: "\
## What it checks
Which mount of the container holds the file that `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names,
and that its volume projects a service account token for `pods.eks.amazonaws.com` to that file. A
life below 4800 s is a note, a mount by `subPath` a warning: the kubelet never renews a file that
is mounted so.

## Why it matters
The webhook adds its volume and mount unless the pod has one of that name, and adds no mount to a
container that sets all variables itself. The SDK then finds no file, or another token, and gets
no credentials.

## How to fix
Rename the pod's own volume, or take the variables out of the template; then create the pod again.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`,
  `rawPodWithConflictingVolumeMount`
- Kubernetes documentation, *Projected Volumes*
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet, so it has no token"));
    };
    let Some(path) = container.token_file().and_then(EnvVar::text).filter(|path| path.starts_with(['/', 'C'])) else {
        return Ok(Verdict::not_applicable("no variable points to the token"));
    };
    let Some((mount, file)) = container.serving_mount(path) else {
        return Ok(not_mounted(evidence, &container).into());
    };
    let finding = match pod.token_at(mount, &file) {
        None => wrong_volume(evidence, mount, format!("volume {} projects no token to {file}", mount.name)),
        Some(token) if token.audience.as_deref() != Some(AUDIENCE) => {
            let audience = token.audience.as_deref().unwrap_or("the API server");
            wrong_volume(evidence, mount, format!("a token for {audience}"))
        }
        Some(_) if mount.sub_path.is_some() => {
            Finding::warning("the token is mounted by subPath, so it is never renewed and expires within a day")
                .observed(Source::Pod, "volumeMounts.subPath", mount.sub_path.clone().unwrap_or_default())
                .fixes(in_the_manifest(evidence, format!("mount volume {} without subPath", mount.name)))
        }
        Some(token) => match token.expiration_seconds.filter(|life| *life < SHORT_LIFE_SECONDS) {
            None => return Ok(Verdict::Pass),
            Some(life) => Finding::note("the token lives so short that it is renewed more than once an hour")
                .found(format!("expirationSeconds {life}"))
                .expected(format!("{SHORT_LIFE_SECONDS} or more in the annotation eks.amazonaws.com/token-expiration")),
        },
    };
    Ok(finding.into())
}

fn not_mounted(evidence: &Evidence, container: &Container<'_>) -> Finding {
    let finding = Finding::error("the token volume is not mounted where the variables point to")
        .found(format!("no volume mounted at {TOKEN_PATH} or above"))
        .expected(format!("a mount of volume {TOKEN_NAME} that the webhook adds, unless one of that name is there"));
    let names = [FULL_URI, TOKEN_FILE];
    if template_sets(evidence, &container.name, &names) == Some(true) {
        finding.fixes(unset_variables(evidence, &container.name, &names))
    } else if container.spec.volume_mounts.iter().any(|mount| mount.name == TOKEN_NAME) {
        finding.fixes(in_the_manifest(evidence, format!("rename the pod's own volume {TOKEN_NAME}")))
    } else {
        finding.fix(restart(evidence))
    }
}

fn wrong_volume(evidence: &Evidence, mount: &VolumeMount, found: String) -> Finding {
    Finding::error("the volume that the variables point to does not hold the pod's token for EKS Pod Identity")
        .found(found)
        .expected(format!("a projected service account token for {AUDIENCE}"))
        .observed(Source::Pod, "volumeMounts", format!("{} at {}", mount.name, mount.mount_path))
        .fixes(in_the_manifest(evidence, format!("rename the pod's own volume {}, or mount it elsewhere", mount.name)))
}
