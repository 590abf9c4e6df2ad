//! Is the file that the variables point to the token that EKS Auth accepts? The variables can be right and the volume wrong,
//! because the webhook leaves a volume or a mount of the same name as it is.

use crate::checks::fixes::restart;
use crate::checks::fixes::template::{in_the_manifest, template_sets, unset_variables};
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Verdict};
use crate::evidence::environment::EnvVar;
use crate::evidence::pod::{Pod, ServiceAccountTokenProjection, VolumeMount};
use crate::evidence::pod_identity::{AUDIENCE, FULL_URI, TOKEN_FILE, TOKEN_NAME, TOKEN_PATH, is_token_path};
use crate::evidence::{Container, Evidence, Gap, Source};

/// Below this the kubelet makes a new token more often than once an hour: it does so after 80 % of a token's life.
const SHORT_LIFE_SECONDS: i64 = 4800;

/// The check.
pub static CHECK: Check = Check {
    code: Code(360),
    name: "injection/token",
    title: "the token volume is the one the variables point to",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod],
    requires: &[&super::variables::CHECK],
    explained_by: &[],
    symptoms: &[
        "FileNotFoundError: /var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
        "Failed to read authorization token",
        "Service account token cannot be empty",
    ],
    docs: "\
## What it checks
Which mount of the container holds the file that `AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE` names, and that its volume projects a
service account token for `pods.eks.amazonaws.com` to that file. A life below 4800 s is a note, a mount by `subPath` a
warning: the kubelet never renews a file that is mounted so.

## Why it matters
The webhook adds its volume and mount unless the pod has one of that name, and adds no mount to a container that sets all
variables itself. The SDK then finds no file, or another token, and gets no credentials.

## How to fix
Rename the pod's own volume, or take the variables out of the template; then create the pod again.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`, `rawPodWithConflictingVolumeMount`
- Kubernetes documentation, *Projected Volumes*
",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet, so it has no token"));
    };
    if !container.token_file().and_then(EnvVar::text).is_some_and(is_token_path) {
        return Ok(Verdict::not_applicable("no variable points to the token"));
    }
    let Some((mount, file)) = serving_mount(&container) else {
        return Ok(not_mounted(evidence, &container).into());
    };
    let finding = match token_at(pod, mount, &file) {
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

/// The mount that a process sees the token's file through, and the file inside its volume: the deepest mount wins.
fn serving_mount<'c>(container: &Container<'c>) -> Option<(&'c VolumeMount, String)> {
    let wanted: Vec<&str> = parts(TOKEN_PATH);
    let below = |mount: &'c VolumeMount| {
        let rest = wanted.strip_prefix(parts(&mount.mount_path).as_slice())?;
        let inside = [parts(mount.sub_path.as_deref().unwrap_or_default()).as_slice(), rest].concat();
        Some((rest.len(), mount, inside.join("/")))
    };
    let deepest = container.spec.volume_mounts.iter().filter_map(below).min_by_key(|(depth, ..)| *depth);
    deepest.map(|(_, mount, file)| (mount, file))
}

fn parts(path: &str) -> Vec<&str> {
    // Windows writes C:\\ and the other slash.
    path.trim_start_matches("C:").split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect()
}

fn token_at<'p>(pod: &'p Pod, mount: &VolumeMount, file: &str) -> Option<&'p ServiceAccountTokenProjection> {
    let projected = pod.spec.volumes.iter().find(|volume| volume.name == mount.name)?.projected.as_ref()?;
    let tokens = projected.sources.iter().filter_map(|source| source.service_account_token.as_ref());
    tokens.into_iter().find(|token| parts(&token.path).join("/") == file)
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
