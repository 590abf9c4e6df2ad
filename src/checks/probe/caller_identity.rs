//! Is the container, for AWS, the role of its association? Its own check, because the agent gives credentials without saying
//! whose they are.

use crate::advice::restart;
use crate::advice::words::agent_error::remedies;
use crate::advice::words::agent_error::{failure, seen};
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Strikes, Verdict, association};
use crate::evidence::asked::probe::StsAnswer;
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Association, Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(950),
    name: "probe/caller-identity",
    area: &super::AREA,
    title: "AWS sees the container as the associated role",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Probe, Source::Association],
    requires: &[&super::agent_answers::CHECK],
    explained_by: &[&[
        &association::exists::CHECK,
        &association::unchanged_since_pod::CHECK,
        &crate::checks::role::in_effect::CHECK,
    ]],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[120, 122],
    hints_at: &[75],
    symptoms: &[
        "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation",
        "Could not connect to the endpoint URL: \"https://sts.",
        "is not authorized to perform, and the role in the message is not the one that was expected",
    ],
    docs: "\
## What it checks
With `--probe`: what STS GetCallerIdentity answers to the credentials that the agent gave, asked
from the container, in its region and with its endpoint, proxy and authorities. The role has to be
the one of the association, or its target role. Of the credentials only ARN, account and end leave
the container; anyone may call GetCallerIdentity. The time in the answer is held against the
node's clock.

## Why it matters
The agent's answer names no role. After a change of the association, agent and SDK serve the
former role for hours; with a proxy or a VPC endpoint in between, credentials can be right and STS
out of reach.

## How to fix
Another role: restart the pod, so that agent and SDK let go of what they keep. STS out of reach:
an interface endpoint for STS in the VPC, or its host in the proxy's list of allowed names; a pod
that needs no other AWS service than one it reaches works all the same.

## References
- AWS STS API reference, GetCallerIdentity
- AWS SDKs and tools reference guide, *Service-specific endpoints*
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// How far off the time of a signature may be, in seconds.
const REFUSED: i64 = 300;
/// A difference that is told.
const TOLD: i64 = 60;

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let probed = match evidence.probed(&container)? {
        Ok(probed) => probed,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    let Some(identity) = &probed.report.identity else {
        return Ok(Verdict::not_applicable("there were no credentials to ask STS with"));
    };
    let finding = match &identity.arn {
        None => not_answered(evidence, identity),
        Some(arn) => {
            let association = evidence.association.get()?;
            match association {
                Some(association) if association.is_served_by(arn.as_str()) => match off(identity) {
                    None => return Ok(Verdict::Pass),
                    Some(seconds) => off_by(evidence, seconds),
                },
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
fn not_answered(evidence: &Evidence, identity: &StsAnswer) -> Finding {
    let expected = "the ARN of the container's session";
    if let Some(cause) = &identity.failure {
        let proxy = if identity.through_proxy { ", through the proxy of its environment" } else { "" };
        return Finding::warning("the container has credentials, and does not reach STS with them")
            .found(format!("{} {}{proxy}", identity.host.as_str(), failure(cause)))
            .expected(expected);
    }
    let text = |text: &Option<crate::evidence::asked::foreign_text::ForeignText>| {
        text.as_ref().map_or(String::new(), |text| text.as_str().to_owned())
    };
    let status = identity.status.unwrap_or_default();
    let finding = Finding::error("STS does not take the credentials that the agent gave")
        .found(format!("status {status} {} {}", text(&identity.code), text(&identity.message)).trim_end().to_owned())
        .expected(expected);
    match off(identity) {
        Some(seconds) if seconds.abs() > REFUSED => {
            let message = format!("STS refuses the container's signature: {}", clocks(seconds));
            Finding { message, ..finding }.fixes(remedies(evidence, AgentError::Clock))
        }
        Some(seconds) => finding.observed(Source::Probe, "clock", clocks(seconds)),
        None => finding,
    }
}

/// By how many seconds AWS' clock is ahead of the node's, if that is worth a word.
fn off(identity: &StsAnswer) -> Option<i64> {
    let seconds = identity.clock.map(|clock| clock.theirs.duration_since(clock.own).as_secs());
    seconds.filter(|seconds| seconds.abs() >= TOLD)
}

fn clocks(seconds: i64) -> String {
    let (word, seconds) = if seconds > 0 { ("behind", seconds) } else { ("ahead of", -seconds) };
    format!("the node's clock is {seconds} s {word} that of AWS")
}

/// What came through all the same: SDKs that are refused try again with AWS' time, the agent does not.
fn off_by(evidence: &Evidence, seconds: i64) -> Finding {
    let severity = if seconds.abs() > REFUSED { Severity::Warning } else { Severity::Note };
    Finding::new(severity, clocks(seconds))
        .found(format!("{} s between the clocks", seconds.abs()))
        .expected("less than 300 s: AWS refuses signatures whose time is further off")
        .fixes(remedies(evidence, AgentError::Clock))
}

fn another(association: &Association, arn: &str) -> Finding {
    let target = association.target_role_arn.as_ref();
    let expected =
        target.map_or(association.role_arn.clone(), |target| format!("{target} or {}", association.role_arn));
    Finding::error("AWS sees the container as another role than the associated one").found(arn).expected(expected)
}
