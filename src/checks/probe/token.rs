//! Is the token that the container finds one that EKS Pod Identity takes? Its own check, because the specification says what
//! is mounted, and only a look into the container says what is there.

use jiff::SignedDuration;

use crate::advice::restart;
use crate::advice::template::in_the_manifest;
use crate::advice::words::agent_error::remedies;
use crate::advice::words::agent_error::seen;
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Strikes, Verdict, injection};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{Probed, TokenClaims, TokenFile, TokenState};
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::kubernetes::metadata::{AUDIENCE, TOKEN_MOUNT_PATH};
use crate::evidence::{Container, Evidence, Gap, Pod, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(920),
    name: "probe/token",
    area: &super::AREA,
    title: "the token in the container is valid for Pod Identity",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Probe, Source::Pod],
    explained_by: &[&[&injection::variables::CHECK, &injection::token::CHECK]],
    strikes: Strikes::PodsOnPodIdentity,
    hints_at: &[75, 95, 102, 105],
    symptoms: &[
        "FileNotFoundError: [Errno 2] No such file or directory: '/var/run/secrets/pods.eks.amazonaws.com",
        "PermissionError: [Errno 13] Permission denied: '/var/run/secrets/pods.eks.amazonaws.com",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE is set but the file doesn't exist",
        "Auth token value is not a legal header value",
    ],
    docs: "\
## What it checks
With `--probe`: whether the container's user can read the file that its variable names, and
whether what is in it is a token for the audience pods.eks.amazonaws.com, valid now, and bound to
this very pod and its service account. Of a token only such claims are read; it is neither shown
nor kept.

## Why it matters
The specification says what is mounted. What a process finds may differ: another volume over the
path, a mode that keeps its user out, a file that was copied once and has expired.

## How to fix
Mount what the webhook adds and nothing over it, and let one user read it: `fsGroup` in the pod's
security context makes the file readable to a group that all containers are in.

## References
- Kubernetes documentation, *Projected Volumes*, service account tokens
- aws/eks-pod-identity-agent, `internal/validation/request.go`
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// Clocks of nodes differ by seconds.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(5);

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let probed = match evidence.probed(&container)? {
        Ok(probed) => probed,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    let Some(token) = &probed.report.token else {
        return Ok(Verdict::not_applicable("the container has no variable that names a token"));
    };
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet, so it has no token"));
    };
    let finding = match unread(token, probed) {
        Some(finding) if token.state == TokenState::Denied => {
            let does = "let the container's user read the token: fsGroup in the pod's security context, or one runAsUser for all its containers";
            finding.fixes(in_the_manifest(evidence, does.to_owned()))
        }
        Some(finding) => {
            let does = format!("mount nothing but the volume that the webhook adds at {TOKEN_MOUNT_PATH}");
            finding.fixes(in_the_manifest(evidence, does))
        }
        None => {
            let claims = token.claims.as_ref();
            let early = claims.and_then(|claims| early(claims, probed));
            let early = early.map(|finding| finding.fixes(remedies(evidence, AgentError::Clock)));
            let unfit = || Some(unfit(claims?, probed, pod)?.fix(restart(evidence)));
            match early.or_else(unfit) {
                Some(finding) => finding,
                None => return Ok(Verdict::Pass),
            }
        }
    };
    Ok(seen(finding.observed(Source::Probe, "file", token.path.as_str()), probed).into())
}

fn unread(token: &TokenFile, probed: &Probed) -> Option<Finding> {
    let finding = match token.state {
        TokenState::Read => return None,
        TokenState::Missing => Finding::error("the token file is not in the container").found("no such file"),
        TokenState::Denied => {
            let number = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
            let mode = token.mode.as_ref().map_or("?", |mode| mode.as_str());
            let owner = number(token.owner);
            Finding::error("the container's user may not read the token")
                .found(format!("mode {mode}, user {owner}, group {}", number(token.group)))
                .expected(format!("a file that user {} may read: fsGroup lets a group read it", probed.report.user))
        }
        TokenState::Empty => Finding::error("the token file is empty").found("nothing in it"),
        TokenState::Unreadable => {
            let error = token.error.as_ref().map_or("", |error| error.as_str());
            Finding::error("the token file cannot be read").found(error)
        }
        TokenState::NotAToken => Finding::error("the token file holds no token").found("no token of three parts"),
    };
    let plain = finding.expected.is_none();
    Some(if plain { finding.expected("the token that the kubelet keeps there") } else { finding })
}

/// A token from the future: the API server made it a while ago, so it is the node's clock that is behind.
fn early(claims: &TokenClaims, probed: &Probed) -> Option<Finding> {
    let now = probed.report.time?;
    let begin = claims.not_before.max(claims.issued_at).filter(|begin| *begin > now + TOLERANCE)?;
    let finding = Finding::error("the token is not valid yet by the node's clock");
    Some(finding.found(format!("valid from {begin}")).expected(format!("valid at {now}")))
}

fn unfit(claims: &TokenClaims, probed: &Probed, pod: &Pod) -> Option<Finding> {
    let now = probed.report.time?;
    let audiences: Vec<&str> = claims.audiences.iter().map(ForeignText::as_str).collect();
    if !audiences.contains(&AUDIENCE) {
        let found = format!("audience {}", audiences.join(", "));
        return Some(Finding::error("the token is for another audience").found(found).expected(AUDIENCE));
    }
    if let Some(end) = claims.expires_at.filter(|end| *end + TOLERANCE < now) {
        let finding = Finding::error("the token has expired").found(format!("valid until {end}"));
        return Some(finding.expected(format!("valid at {now}")));
    }
    let account = claims.service_account.as_ref().map_or("none", |account| account.name.as_str());
    if account != pod.service_account() {
        let finding = Finding::error("the token is of another service account").found(account);
        return Some(finding.expected(pod.service_account()));
    }
    let bound = claims.pod.as_ref().map(|pod| (pod.name.as_str(), pod.uid.as_str()));
    match bound {
        None => Some(Finding::error("the token is not bound to a pod").found("no pod").expected(&*pod.metadata.name)),
        Some((name, uid)) if probed.is_of_pod() && uid != pod.metadata.uid => {
            let finding = Finding::error("the token is of another pod").found(format!("pod {name} {uid}"));
            Some(finding.expected(format!("pod {} {}", pod.metadata.name, pod.metadata.uid)))
        }
        Some(_) => None,
    }
}
