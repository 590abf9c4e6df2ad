//! Asks whether an add-on owns the association.
//!
//! It is separate because nothing is wrong with it: only a change made to it directly would not last.

use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Verdict};
use crate::evidence::{Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(280),
    name: "association/managed-elsewhere",
    area: &super::AREA,
    title: "no add-on owns the association",
    severity: Severity::Note,
    since: "0.1.0",
    reads: &[Source::Association],
    requires: &[&super::exists::CHECK],
    tells: &[11],
    symptoms: &[
        "the association is gone or has its former role again after an update of an add-on",
        "ResourceInUseException: Association already exists",
    ],
    docs: r"## What it checks
Whether an EKS add-on owns the association (`ownerArn`).

## Why it matters
An add-on that was given its permissions by Pod Identity makes the association itself. A change
made directly to the association is undone with the next update of the add-on, and removing the
add-on deletes it.

## How to fix
Change the add-on's `podIdentityAssociations` instead.

## References
- Amazon EKS user guide, Assign an IAM role to add-ons with Pod Identity
- Amazon EKS API reference, PodIdentityAssociation
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    evidence.is_this_cluster(Source::Association)?;
    let association = evidence.association.get()?.as_ref();
    let association = association
        .ok_or_else(|| Gap::new(Source::Association, GapReason::Insufficient, "the association was not found"))?;
    let Some(owner) = association.owner_arn.as_deref().filter(|owner| !owner.is_empty()) else {
        return Ok(Verdict::Pass);
    };
    let name = owner.split('/').nth(2).unwrap_or(owner);
    Ok(Finding::note(format!("the add-on {name} owns the association, and reverts changes made outside it"))
        .observed(Source::Association, "ownerArn", owner)
        .fix(Remediation::words(
            format!("change the role in the pod identity associations of add-on {name}"),
            "the add-on then changes the association itself",
        ))
        .into())
}
