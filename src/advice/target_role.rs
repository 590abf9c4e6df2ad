//! Remedies for the step from the associated role to the target role: one for each of the two sides, and for the association.

use serde_json::{Map, Value, json};

use super::trust::replace;
use super::{cluster_name, region_option};
use crate::advice::words::role::target_name;
use crate::evidence::{Association, Evidence, Role};
use crate::findings::remediation::{Command, Part, Remediation, shell, terraform_name, terraform_string};
use crate::reasoning::iam::edit::fixed;
use crate::reasoning::iam::{Document, RequestPrincipal, edit};

/// Lets the associated role assume the target role, by the one policy that fixes every fault of it.
pub fn trust_source(evidence: &Evidence, association: &Association, role: &Role, document: &Document) -> Remediation {
    let requests = evidence.target_role_requests(association);
    match fixed(document, &requests, Some(&statement(association))) {
        Some(edited) => {
            let does = "let the associated role assume the target role";
            replace(&role.role_name, Some(role), does, document, &edited)
        }
        None => Remediation::words(
            format!("add a statement to the trust policy of role {} for {}", role.role_name, association.role_arn),
            "keep every statement that is there",
        ),
    }
}

/// Creates the target role, with a trust policy for the associated role.
pub fn create(association: &Association, target: &str) -> Remediation {
    let policy = Document::empty().with_statement(statement(association)).map(|policy| policy.to_json());
    Remediation {
        part: Part::Step,
        does: "create the target role".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws iam create-role --role-name {} --assume-role-policy-document {}",
                shell(target_name(target)),
                shell(&policy.unwrap_or_default())
            ),
            eksctl: None,
            terraform: None,
        },
        changes: format!("makes role {} without permissions: attach its policies", target_name(target)),
    }
}

/// Lets the associated role ask for the target role, by a policy of its own.
pub fn allow_target(association: &Association, target: &str) -> Remediation {
    let source = target_name(&association.role_arn);
    let mut allow = Map::new();
    allow.insert("Effect".to_owned(), Value::from("Allow"));
    allow.insert("Action".to_owned(), json!(association.target_actions()));
    allow.insert("Resource".to_owned(), Value::from(target));
    let statement = Value::Object(allow);
    let mut policy = Map::new();
    policy.insert("Version".to_owned(), Value::from("2012-10-17"));
    policy.insert("Statement".to_owned(), Value::Array(vec![statement]));
    let (json, own) = (Value::Object(policy).to_string(), format!("assume-{}", target_name(target)));
    Remediation {
        part: Part::Step,
        does: format!("allow role {source} to assume the target role"),
        command: Command::Aws {
            aws: format!(
                "aws iam put-role-policy --role-name {} --policy-name {} --policy-document {}",
                shell(source),
                shell(&own),
                shell(&json)
            ),
            eksctl: None,
            terraform: Some(format!(
                "resource \"aws_iam_role_policy\" \"{}\" {{\n  name   = {}\n  role   = {}\n  policy = {}\n}}",
                terraform_name(&own),
                terraform_string(&own),
                terraform_string(source),
                terraform_string(&json)
            )),
        },
        changes: format!("adds an inline policy to role {source}; its other policies stay"),
    }
}

/// Gives the association another target role.
pub fn use_target(evidence: &Evidence, association: &Association, target: &str) -> Remediation {
    update(evidence, association, "name the target role as it is now", &format!("--target-role-arn {}", shell(target)))
}

fn update(evidence: &Evidence, association: &Association, does: &str, option: &str) -> Remediation {
    let changes = "new credentials are then for that role; those that were given live for up to 59 minutes";
    if let Some(owner) = &association.owner_arn {
        return Remediation::words(format!("{does}, in the add-on that owns the association, {owner}"), changes);
    }
    Remediation {
        part: Part::Step,
        does: does.to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks update-pod-identity-association{} --cluster-name {} --association-id {} {option}",
                region_option(evidence),
                shell(cluster_name(evidence)),
                shell(&association.association_id)
            ),
            eksctl: None,
            terraform: None,
        },
        changes: changes.to_owned(),
    }
}

fn statement(association: &Association) -> Value {
    let principal = RequestPrincipal::Role(association.role_arn.clone());
    let condition = association.external_id.as_ref().map(|id| json!({ "StringEquals": { "sts:ExternalId": id } }));
    edit::allow(&principal, association.target_actions(), condition.as_ref())
}
