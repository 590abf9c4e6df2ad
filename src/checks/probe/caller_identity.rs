//! Is the container, for AWS, the role of its association? Its own check, because the agent gives credentials without saying
//! whose they are.

use crate::checks::fixes::restart;
use crate::checks::words::probe::{failure, seen};
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Verdict, association};
use crate::evidence::probe::StsAnswer;
use crate::evidence::{Association, Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(950),
    name: "probe/caller-identity",
    title: "AWS sees the container as the associated role",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Probe, Source::Association],
    requires: &[&super::agent_answers::CHECK],
    explained_by: &[
        &association::exists::CHECK,
        &association::unchanged_since_pod::CHECK,
        &crate::checks::role::in_effect::CHECK,
    ],
    symptoms: &[
        "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation",
        "Could not connect to the endpoint URL: \"https://sts.",
        "is not authorized to perform, and the role in the message is not the one that was expected",
    ],
    docs: "\
## What it checks
With `--probe`: what STS GetCallerIdentity answers to the credentials that the agent gave, asked from the container, in its region and
with its endpoint, proxy and authorities. The role has to be the one of the association, or its target role. Of the credentials only
ARN, account and end leave the container; anyone may call GetCallerIdentity.

## Why it matters
The agent's answer names no role. After a change of the association, agent and SDK serve the former role for hours; with a proxy or a
VPC endpoint in between, credentials can be right and STS out of reach.

## How to fix
Another role: restart the pod, so that agent and SDK let go of what they keep. STS out of reach: an interface endpoint for STS in the
VPC, or its host in the proxy's list of allowed names; a pod that needs no other AWS service than one it reaches works all the same.

## References
- AWS STS API reference, GetCallerIdentity
- AWS SDKs and tools reference guide, *Service-specific endpoints*
",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let probed = match evidence.probed(&container)? {
        Ok(probed) => probed,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    let Some(identity) = &probed.report.identity else {
        return Ok(Verdict::not_applicable("there were no credentials to ask STS with"));
    };
    let finding = match &identity.arn {
        None => not_answered(identity),
        Some(arn) => {
            let association = evidence.association.get()?;
            match association {
                Some(association) if association.is_served_by(arn.as_str()) => return Ok(Verdict::Pass),
                Some(association) => another(association, arn.as_str()).fix(restart(evidence)),
                None => {
                    Finding::error("the container still has credentials of a role, and no association gives it one")
                        .found(arn.as_str())
                        .expected("an association; the credentials run out within hours")
                }
            }
        }
    };
    let finding = finding.observed(Source::Probe, "asked", format!("STS at {}", identity.host.as_str()));
    Ok(seen(finding, probed).into())
}

/// Credentials were given: that STS is out of reach matters only to programs that call it.
fn not_answered(identity: &StsAnswer) -> Finding {
    let expected = "the ARN of the container's session";
    if let Some(cause) = &identity.failure {
        let proxy = if identity.through_proxy { ", through the proxy of its environment" } else { "" };
        return Finding::warning("the container has credentials, and does not reach STS with them")
            .found(format!("{} {}{proxy}", identity.host.as_str(), failure(cause)))
            .expected(expected);
    }
    let text = |text: &Option<crate::evidence::foreign_text::ForeignText>| {
        text.as_ref().map_or(String::new(), |text| text.as_str().to_owned())
    };
    let status = identity.status.unwrap_or_default();
    let finding = Finding::error("STS does not take the credentials that the agent gave")
        .found(format!("status {status} {} {}", text(&identity.code), text(&identity.message)).trim_end().to_owned())
        .expected(expected);
    // A signature is refused whose time is five minutes off.
    match identity.clock.map(|clock| clock.theirs.duration_since(clock.own).as_secs()).filter(|off| off.abs() >= 60) {
        Some(off) => finding.observed(Source::Probe, "clock", format!("AWS is {off} s ahead of the node")),
        None => finding,
    }
}

fn another(association: &Association, arn: &str) -> Finding {
    let target = association.target_role_arn.as_ref();
    let expected =
        target.map_or(association.role_arn.clone(), |target| format!("{target} or {}", association.role_arn));
    Finding::error("AWS sees the container as another role than the associated one").found(arn).expected(expected)
}
