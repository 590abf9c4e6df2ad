//! Did somebody change the role's trust policy or the association lately? CloudTrail names who and when.

use crate::checks::{Check, Code, Evaluate, Finding, Strikes, Verdict};
use crate::evidence::asked::assume::TrailChange;
use crate::evidence::reading::GapKind;
use crate::evidence::{Evidence, Gap, GapReason, Source};

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
With `--cloudtrail`: looks in CloudTrail's event history for who created or deleted the role or
changed its trust policy, and who created, changed or deleted an association of the service account
in this cluster. The page also tells which sessions EKS got from STS for this pod (`AssumeRole`,
invoked by `pods.eks.amazonaws.com`, with the UID of the pod in its tags), which calls AWS denied
to the last of them, and what EKS Auth refused the instance of the node.

## Why it matters
A recent change can break what worked before. Where the agent's log cannot be read, as on nodes of
EKS Auto Mode, a recorded session shows that association and trust policy were right at that
moment. It does not show that the pod itself got it, because `--assume` leaves the same record, and
so it settles no check. Events come up to 15 minutes late. Denied calls are those of the cluster's
region that CloudTrail records as management events: reading an object or an item is none.

## How to fix
Ask who made the change. Which pod EKS Auth refused is not recorded: it may be another one on the
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
    let moment = |time: jiff::Timestamp| time.strftime("%Y-%m-%d %H:%M").to_string();
    let trail = evidence.trail.get()?;
    let all = [&trail.role_changes, &trail.association_changes];
    let known = all.iter().filter_map(|changes| changes.known());
    let mut changes: Vec<&TrailChange> = known.clone().flat_map(|changes| &changes.events).collect();
    changes.sort_by_key(|change| std::cmp::Reverse(change.time));
    let Some(last) = changes.first() else {
        // Without an association there is no role to ask about.
        let mut unread = all.iter().filter_map(|changes| changes.gap());
        if let Some(gap) = unread.find(|gap| gap.kind != Some(GapKind::NothingToAsk)) {
            return Err(gap.clone());
        }
        // Where there are more events than are read, the older ones are not known.
        let back_to = known.map(|changes| changes.back_to).max().filter(|back_to| *back_to > trail.since);
        return match back_to {
            Some(time) => {
                let words = format!("changes are known only since {}", moment(time));
                Err(Gap::new(Source::Trail, GapReason::Insufficient, words))
            }
            None => Ok(Verdict::Pass),
        };
    };
    let words = |change: &&TrailChange| format!("{} {} by {}", moment(change.time), change.action, change.caller);
    let found: Vec<String> = changes.iter().take(MOST).map(words).collect();
    let what = match last.action.as_str() {
        "UpdateAssumeRolePolicy" => "the role's trust policy was changed",
        "CreateRole" => "the role was created",
        "DeleteRole" => "the role was deleted",
        "CreatePodIdentityAssociation" => "the association was created",
        "DeletePodIdentityAssociation" => "the association was deleted",
        _ => "the association was changed",
    };
    Ok(Finding::note(format!("{what} at {}", moment(last.time)))
        .observed(Source::Trail, "eventName", last.action.clone())
        .found(found.join("; "))
        .expected("no change")
        .into())
}
