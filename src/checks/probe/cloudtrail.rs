//! Did somebody change the role's trust policy or the association lately? CloudTrail names who and when.

use crate::checks::{Check, Code, Evaluate, Finding, Strikes, Verdict};
use crate::evidence::asked::assume::TrailChange;
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(980),
    name: "probe/cloudtrail",
    area: &super::AREA,
    title: "nobody changed the role's trust policy or the association lately",
    severity: crate::checks::Severity::Note,
    since: "0.1.0",
    reads: &[Source::Trail],
    strikes: Strikes::PodsOnPodIdentity,
    hints_at: &[7],
    symptoms: &[r#""eventName":"UpdateAssumeRolePolicy""#],
    docs: "\
## What it checks
With `--cloudtrail`: looks in CloudTrail's event history for who changed the trust policy of the
role, and who created, changed or deleted an association of the service account in this cluster.
The history also tells which sessions EKS got from STS for this pod (`AssumeRole`, invoked by
`pods.eks.amazonaws.com`, with the UID of the pod in its tags), and what EKS Auth refused the
instance of its node. It takes some seconds: CloudTrail allows two requests a second.

## Why it matters
What worked an hour ago was changed since. A session that was recorded proves association and
trust where the agent's log cannot be read, as on nodes of EKS Auto Mode; it does not prove that
the pod itself got it, because `--assume` makes the same record. Events come up to 15 minutes
late, and credentials are asked for again only after some hours, so that an old pod needs a longer
period: `--cloudtrail=3d`. Sessions without tags cannot be told from those of other pods.

## How to fix
Ask who made the change. Which pod EKS Auth refused is not recorded: it may be another one of the
same node.

## References
- AWS CloudTrail API Reference, *LookupEvents*
- Amazon EKS user guide, *Learn how EKS Pod Identity grants pods access to AWS services*
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// How many changes are told.
const MOST: usize = 3;

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let changes = evidence.trail.get()?.changes.get()?;
    let Some(last) = changes.first() else { return Ok(Verdict::Pass) };
    let words = |change: &TrailChange| {
        format!("{} {} by {}", change.time.strftime("%Y-%m-%d %H:%M"), change.action, change.caller.as_str())
    };
    let found: Vec<String> = changes.iter().take(MOST).map(words).collect();
    let what = if last.action == "UpdateAssumeRolePolicy" { "the role's trust policy" } else { "the association" };
    let when = last.time.strftime("%Y-%m-%d %H:%M");
    Ok(Finding::note(format!("{what} was changed at {when}"))
        .observed(Source::Trail, "eventName", last.action.clone())
        .found(found.join("; "))
        .expected("no change")
        .into())
}
