//! Is the file that the variables of IRSA point to a token that STS accepts? The variables can be right and the volume wrong,
//! because the webhook judges volumes by name alone.

use crate::advice::restart;
use crate::advice::template::in_the_manifest;
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Severity, Verdict};
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{STS_AUDIENCE, WEB_IDENTITY_TOKEN_FILE};
use crate::evidence::kubernetes::pod::VolumeMount;
use crate::evidence::{Container, Evidence, Gap, Source};

/// The name that the webhook gives its volume for IRSA; one of that name that is there stays as it is.
const VOLUME: &str = "aws-iam-token";

/// The check.
pub static CHECK: Check = Check {
    code: Code(897),
    name: "irsa/token",
    area: &super::AREA,
    title: "the IRSA token volume is the one the variables point to",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ServiceAccount],
    requires: &[&super::variables::CHECK],
    as_of: AsOf::Now,
    hints_at: &[102],
    symptoms: &[
        "WebIdentityErr: failed fetching WebIdentity token: open /var/run/secrets/eks.amazonaws.com/serviceaccount/token: no such file or directory",
        "FileNotFoundError: /var/run/secrets/eks.amazonaws.com/serviceaccount/token",
        "InvalidIdentityToken: Incorrect token audience",
    ],
    docs: r"## What it checks
Which mount of the container holds the file that `AWS_WEB_IDENTITY_TOKEN_FILE` names, and that its
volume projects a service account token to that file, for `sts.amazonaws.com` or the audience that
the service account's annotation `eks.amazonaws.com/audience` names.

## Why it matters
The webhook adds a volume `aws-iam-token` unless the pod has one of that name, whatever is in it.
The SDK then finds no file, or a token for somebody else, which STS refuses. To trust that other
audience would let its holders take the role.

## How to fix
Rename the pod's own volume in the template, then create the pod again.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`; issue 315
- AWS STS API reference, AssumeRoleWithWebIdentity
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet, so it has no token"));
    };
    let path = container.variable(WEB_IDENTITY_TOKEN_FILE).and_then(EnvVar::text);
    let Some(path) = path.filter(|path| path.starts_with(['/', 'C'])) else {
        return Ok(Verdict::not_applicable("no variable points to the token"));
    };
    let Some((mount, file)) = container.serving_mount(path) else {
        return Ok(Finding::error("no volume is mounted where the IRSA variables point to")
            .found(format!("no volume mounted at {path} or above"))
            .expected(format!("the mount of volume {VOLUME} that the webhook adds"))
            .fix(restart(evidence))
            .into());
    };
    let Some(token) = pod.token_at(mount, &file) else {
        let found = format!("volume {} projects no token to {file}", mount.name);
        return Ok(
            wrong(evidence, mount, "the volume that the IRSA variables point to does not hold the file", found).into()
        );
    };
    let given = token.audience.as_deref().unwrap_or("the API server");
    // Which audience it has to be is the service account's to say.
    evidence.service_account.get()?;
    if given == evidence.irsa_audience() {
        return Ok(Verdict::Pass);
    }
    let wanted = evidence.irsa_audience();
    if mount.name == VOLUME && given == STS_AUDIENCE {
        let words = format!("the IRSA token is for audience {given}, and the service account asks for {wanted}");
        let finding = Finding::error(words).found(format!("a token for {given}, as pods got it before the annotation"));
        return Ok(finding.expected(format!("a token for {wanted}")).fix(restart(evidence)).into());
    }
    let words = format!("the IRSA token is for audience {given}, and STS wants {wanted}");
    Ok(wrong(evidence, mount, &words, format!("a token for {given}")).into())
}

fn wrong(evidence: &Evidence, mount: &VolumeMount, words: &str, found: String) -> Finding {
    let finding = Finding::error(words)
        .observed(Source::Pod, "volumeMounts", format!("{} at {}", mount.name, mount.mount_path))
        .found(found)
        .expected(format!("a projected service account token for {}", evidence.irsa_audience()));
    let is_of_pod = mount.name == VOLUME;
    let does = if is_of_pod {
        format!("rename the pod's own volume {VOLUME}, so that the webhook adds its own")
    } else {
        format!("take the mount of volume {} at {} out, or mount it elsewhere", mount.name, mount.mount_path)
    };
    finding.fixes(in_the_manifest(evidence, does))
}
