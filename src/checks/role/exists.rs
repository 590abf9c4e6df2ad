//! Asks whether IAM has the role that the association names, and whether it is the same one.
//!
//! It is separate from what the role says: a deleted role, or one made again under another path, needs another fix than a
//! wrong trust policy.

use crate::advice;
use crate::checks::{
    AsOf, Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Strikes, Success, Verdict, association,
};
use crate::evidence::aws::role::Arn;
use crate::evidence::{Association, Evidence, Gap, GapReason, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(810),
    name: "role/exists",
    area: &super::AREA,
    title: "the associated role exists",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Association, Source::Role],
    requires: &[&association::exists::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    proven_by: ProvenBy::Success(Success::OfRole),
    tells: &[82],
    symptoms: &[
        "NoSuchEntity: The role with name cannot be found",
        "InvalidParameterException: Role provided in the request does not exist",
    ],
    docs: r#"## What it checks
That IAM has the role of the association, and that its ARN is the association's, path included. A
role in another account than the credentials' is not asked for: a role of the same name there
would say nothing.

## Why it matters
EKS keeps the ARN as text. A role that was deleted, or made again with another path, is not found
when EKS assumes it.

## How to fix
Create the role again, or give the association the ARN of the role that is meant; then restart the
pods.

## References
- Amazon EKS user guide, "Assign an IAM role to a Kubernetes service account"
- IAM API reference, GetRole
"#,
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(association) = evidence.association.get()? else {
        if evidence.associated().is_ok_and(|row| row.is_some()) {
            let words = "the association was in the list and was not found a moment later";
            return Err(Gap::new(Source::Association, GapReason::Insufficient, words));
        }
        return Ok(Verdict::not_applicable("there is no association"));
    };
    let wanted = association.role_arn.as_str();
    Ok(match evidence.role.get()? {
        Some(role) if role.arn == wanted => Verdict::Pass,
        Some(role) => another(evidence, association, &role.arn).into(),
        None => missing(evidence, association).into(),
    })
}

fn missing(evidence: &Evidence, association: &Association) -> Finding {
    let wanted = association.role_arn.as_str();
    let (name, path) = name_and_path(wanted);
    Finding::error(format!("the associated role {name} does not exist"))
        .observed(Source::Association, "roleArn", wanted)
        .observed(Source::Role, "Role", "NoSuchEntity")
        .found(format!("no role {name}"))
        .expected(wanted)
        .fix(advice::trust::create_role(evidence, name, &path))
        .fix(
            Remediation::words(
                "give the association the role that is meant",
                "another role takes effect for new credentials only",
            )
            .or(),
        )
}

fn another(evidence: &Evidence, association: &Association, actual: &str) -> Finding {
    let wanted = association.role_arn.as_str();
    let (name, _) = name_and_path(wanted);
    Finding::error(format!("the association names another ARN than the one role {name} has"))
        .observed(Source::Association, "roleArn", wanted)
        .observed(Source::Role, "Arn", actual)
        .found(actual)
        .expected(wanted)
        .fix(advice::trust::use_role(evidence, association, actual))
        .fix(crate::advice::restart(evidence))
}

/// Name and path of a role: `role/team/api` is `api` under `/team/`.
fn name_and_path(arn: &str) -> (&str, String) {
    let parsed = Arn::parse(arn);
    let name = parsed.and_then(|arn| arn.role_name()).unwrap_or(arn);
    let path = parsed.and_then(|arn| arn.resource.strip_prefix("role")).and_then(|path| path.strip_suffix(name));
    (name, path.filter(|path| !path.is_empty()).unwrap_or("/").to_owned())
}
