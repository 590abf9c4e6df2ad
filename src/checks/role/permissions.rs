//! Says that the role has no policy, so that it may do nothing.
//!
//! It is separate from the trust policy: the pod gets its credentials, and every call that it makes with them is refused.

use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict};
use crate::evidence::{Evidence, Gap, PolicyNames, Reading, Source};
use crate::findings::remediation::{Command, Part, shell, terraform_name, terraform_string};

/// The check.
pub static CHECK: Check = Check {
    code: Code(868),
    name: "role/permissions",
    area: &super::AREA,
    title: "the role has a policy",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Association, Source::Role, Source::RoleInlinePolicies, Source::RoleAttachedPolicies],
    requires: &[&super::exists::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    as_of: AsOf::Now,
    tells: &[151],
    symptoms: &[
        "is not authorized to perform because no identity-based policy allows the action",
        "the credentials work, and every call is denied",
    ],
    docs: r"## What it checks
Whether a policy stands in the role, or one is attached to it. What the policies allow is not read.
With a target role this is not judged: that role acts in its place.

## Why it matters
A role without a policy may do nothing, save what a policy of a bucket, a key or another resource
grants it by name. It is what is left when a role was made again, or only half of a template was
applied.

## How to fix
Attach the policy that the application needs.

## References
- IAM user guide, 'Policy evaluation logic'
- IAM API reference, ListRolePolicies and ListAttachedRolePolicies
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(association) = evidence.association.get()? else {
        return Ok(Verdict::not_applicable("there is no association"));
    };
    if association.target().is_some() {
        return Ok(Verdict::not_applicable("the target role acts in its place"));
    }
    let role = evidence.existing_role()?;
    let has_one = |source, names: &Reading<Option<PolicyNames>>| {
        let missing = || Gap::undecidable(source, format!("IAM knows the role {} no more", role.role_name));
        names.get()?.as_ref().map(|names| !names.policy_names.is_empty()).ok_or_else(missing)
    };
    // One policy is enough, whatever of the other list is known.
    let inline = has_one(Source::RoleInlinePolicies, &evidence.role_inline_policies);
    let attached = has_one(Source::RoleAttachedPolicies, &evidence.role_attached_policies);
    if inline == Ok(true) || attached == Ok(true) {
        return Ok(Verdict::Pass);
    }
    inline?;
    attached?;
    let name = &role.role_name;
    Ok(Finding::warning(format!(
        "the role {name} has no policy: its calls are denied, unless the policy of a resource allows them"
    ))
    .observed(Source::RoleInlinePolicies, "PolicyNames", "none")
    .observed(Source::RoleAttachedPolicies, "AttachedPolicies", "none")
    .found("no policy in the role and none attached to it")
    .expected("a policy that allows what the application does")
    .fixes([find(), attach(name)])
    .into())
}

/// Which policy the application needs, its owner knows; the account's own are most often meant.
fn find() -> Remediation {
    Remediation {
        part: Part::Step,
        does: "find the policy that the application needs".to_owned(),
        command: Command::Aws {
            aws: "aws iam list-policies --scope Local --query 'Policies[].Arn'".to_owned(),
            eksctl: None,
            terraform: None,
        },
        changes: "changes nothing".to_owned(),
    }
}

fn attach(role: &str) -> Remediation {
    Remediation {
        part: Part::Step,
        does: "attach it: put its ARN where POLICY_ARN stands".to_owned(),
        command: Command::Aws {
            aws: format!("aws iam attach-role-policy --role-name {} --policy-arn POLICY_ARN", shell(role)),
            eksctl: None,
            terraform: Some(format!(
                "resource \"aws_iam_role_policy_attachment\" \"{}\" {{\n  role       = {}\n  policy_arn = \"POLICY_ARN\"\n}}",
                terraform_name(role),
                terraform_string(role)
            )),
        },
        changes: "gives every pod that acts as this role what the policy allows".to_owned(),
    }
}
