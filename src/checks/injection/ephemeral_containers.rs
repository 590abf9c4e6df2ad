//! Do debug containers have the variables? It is separate from the pod's own containers because no webhook ever sees these,
//! so that they lack them is no fault: it only misleads whoever tests credentials from there.

use serde_json::{Value, json};

use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{TOKEN_MOUNT_PATH, is_agent_uri};
use crate::evidence::kubernetes::pod::ContainerSpec;
use crate::evidence::{Container, Evidence, Gap, Pod, Source};
use crate::findings::remediation::shell;

/// The check.
pub static CHECK: Check = Check {
    code: Code(380),
    name: "injection/ephemeral-containers",
    area: &super::AREA,
    title: "debug containers have the variables",
    severity: Severity::Note,
    since: "0.1.0",
    reads: &[Source::Pod],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[25],
    symptoms: &[
        "Unable to locate credentials in kubectl debug",
        "aws sts get-caller-identity in a debug container shows the role of the node",
    ],
    docs: "\
## What it checks
Whether ephemeral containers, which `kubectl debug` adds, have the variables that the pod's own
containers have.

## Why it matters
Ephemeral containers are added behind the creation of the pod, so the webhook never sees them. A
test of credentials made there says nothing about the pod.

## How to fix
Add a debug container with the variables and the mount of the pod: `kubectl debug --custom` takes
them.

## References
- Kubernetes documentation, *Ephemeral Containers*; kubectl reference, `kubectl debug`
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// The variables that a debug container needs to act as the pod's own do.
const VARIABLES: [&str; 5] = [
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_DEFAULT_REGION",
    "AWS_REGION",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
];

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet, so nobody debugs it"));
    };
    if pod.spec.ephemeral_containers.is_empty() {
        return Ok(Verdict::not_applicable("the pod has no debug container"));
    }
    let Some(whole) = pod.containers().find(Container::is_injected) else {
        return Ok(Verdict::not_applicable("no container of the pod has the variables"));
    };
    let lacks = |one: &&ContainerSpec| !one.variable(VARIABLES[3]).and_then(EnvVar::text).is_some_and(is_agent_uri);
    let lacking: Vec<&ContainerSpec> = pod.spec.ephemeral_containers.iter().filter(lacks).collect();
    let Some(last) = lacking.last() else { return Ok(Verdict::Pass) };
    let names: Vec<&str> = lacking.iter().map(|one| one.name.as_str()).collect();
    Ok(Finding::note("debug containers lack the variables: what is tried there says nothing about the pod")
        .found(format!("no variables in {}", names.join(", ")))
        .expected(format!("the variables and the token mount of container {}", whole.name))
        .fix(debug(pod, &whole, last))
        .into())
}

/// One more debug container, with what the webhook gave the pod's own.
fn debug(pod: &Pod, whole: &Container<'_>, like: &ContainerSpec) -> Remediation {
    let value = |name: &str| Some((name.to_owned(), whole.variable(name)?.text()?.to_owned()));
    let env: Vec<Value> = VARIABLES
        .iter()
        .filter_map(|name| value(name))
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let mounts =
        whole.spec.volume_mounts.iter().filter(|mount| mount.mount_path.trim_end_matches('/') == TOKEN_MOUNT_PATH);
    let mounts: Vec<Value> =
        mounts.map(|mount| json!({ "name": mount.name, "mountPath": mount.mount_path, "readOnly": true })).collect();
    let profile = json!({ "env": env, "volumeMounts": mounts });
    let image = like.image.as_deref().unwrap_or("busybox");
    Remediation::kubectl(
        "debug with the variables of the pod",
        format!(
            "kubectl -n {} debug -it {} --image={} --target={} --custom=<(printf %s {})",
            shell(&pod.metadata.namespace),
            shell(&pod.metadata.name),
            shell(image),
            shell(&whole.name),
            shell(&profile.to_string())
        ),
        "adds one more debug container to the pod; for bash or zsh, with kubectl 1.32 or later",
    )
}
