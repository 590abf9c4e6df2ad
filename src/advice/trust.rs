//! What helps where a trust policy does not let EKS Pod Identity in, or lets in too much: the policy in each format.
//!
//! IAM replaces a trust policy as one piece, so that a command which left out a statement would take trust away from
//! others. Each command here carries every statement that was there.

use serde_json::Value;

use super::words::role::undone_by;
use super::{cluster_name, region_option};
use crate::evidence::{Association, Evidence, Role};
use crate::findings::remediation::{Command, Part, Remediation, shell, terraform_string};
use crate::reasoning::iam::calls::{ASSUME_ROLE, POD_IDENTITY_SERVICE, TAG_SESSION};
use crate::reasoning::iam::edit::{fixed, lets_in};
use crate::reasoning::iam::{Clause, Document, RequestPrincipal, Statement};

/// The default of IAM's quota for the length of a trust policy, white space left out.
const DEFAULT_LENGTH: usize = 2048;

/// The most that IAM's quota for it can be raised to.
pub const GREATEST_LENGTH: usize = 4096;

/// The length of a trust policy as IAM counts it: without white space.
pub fn length(document: &Document) -> usize {
    document.to_json().chars().filter(|letter| !letter.is_whitespace()).count()
}

/// The principal that must be trusted.
pub fn eks() -> RequestPrincipal {
    RequestPrincipal::Service(POD_IDENTITY_SERVICE.to_owned())
}

/// Lets this pod in, and nobody else, by the one policy that fixes every fault of it; in words where no edit does.
pub fn let_pod_in(evidence: &Evidence, role_name: &str, document: &Document) -> Remediation {
    let tags = evidence.possible_session_tags().first().copied().unwrap_or(true);
    let_in_when(evidence, evidence.existing_role().ok(), role_name, document, tags).unwrap_or_else(|| {
        Remediation::words(
            format!(
                "add a statement to the trust policy of role {role_name} that allows {ASSUME_ROLE} and {TAG_SESSION} to {POD_IDENTITY_SERVICE} for this service account"
            ),
            "keep every statement that is there",
        )
    })
}

/// The same where the session carries tags, or none; `None` where no edit of the policy lets the pod in.
pub fn let_in_when(
    evidence: &Evidence,
    role: Option<&Role>,
    role_name: &str,
    document: &Document,
    tags: bool,
) -> Option<Remediation> {
    let edited = fixed(document, &evidence.trust_requests(tags), evidence.own_trust_statement(tags).as_ref())?;
    let does = "let EKS Pod Identity assume the role for this service account";
    Some(replace(role_name, role, does, document, &edited))
}

/// Replaces the trust policy by an edited one.
pub fn replace(role_name: &str, role: Option<&Role>, does: &str, before: &Document, after: &Document) -> Remediation {
    let (json, length) = (after.to_json(), length(after));
    let what = match after.statements().len().saturating_sub(before.statements().len()) {
        0 => "extends one statement of".to_owned(),
        1 => "adds one statement to".to_owned(),
        more => format!("adds {more} statements to"),
    };
    let mut changes = format!("{what} the trust policy of role {role_name}, keeps the others");
    if length > DEFAULT_LENGTH {
        changes = format!("{changes}; it has {length} characters, and IAM's quota is {DEFAULT_LENGTH} unless raised");
    }
    changes.push_str(&undone_by(role, "role"));
    Remediation {
        part: Part::Step,
        does: does.to_owned(),
        command: Command::TrustPolicy {
            role: role_name.to_owned(),
            policy: json,
            terraform: changed_blocks(before, after),
        },
        changes,
    }
}

/// Takes statements for IRSA away that let in service accounts which have moved, and nobody else.
pub fn clear(role_name: &str, role: &Role, before: &Document, after: &Document) -> Remediation {
    let gone = match before.statements().len() - after.statements().len() {
        1 => "the one statement for IRSA that lets in this service account alone".to_owned(),
        more => format!("the {more} statements for IRSA that let in only service accounts which have moved"),
    };
    Remediation {
        part: Part::Step,
        does: format!("remove the trust of the identity provider from role {role_name}"),
        command: Command::TrustPolicy {
            role: role_name.to_owned(),
            policy: after.to_json(),
            terraform: format!("# in the aws_iam_policy_document behind role {role_name}: remove {gone}"),
        },
        changes: format!("removes {gone}, keeps the others{}", undone_by(Some(role), "role")),
    }
}

/// The statements that are new or changed, as blocks for the `aws_iam_policy_document` behind the role.
pub fn changed_blocks(before: &Document, after: &Document) -> String {
    let statement = |document: &Document, index| document.statement_value(index).cloned();
    let changed = (0..after.statements().len()).filter(|index| statement(before, *index) != statement(after, *index));
    let blocks: Vec<String> =
        changed.filter_map(|index| statement(after, index)).map(|value| statement_block(&value)).collect();
    blocks.join("\n\n")
}

/// Says in words which conditions keep the pod out.
pub fn loosen(role_name: &str, clauses: &[Clause]) -> Remediation {
    let places: Vec<&str> = clauses.iter().map(|clause| clause.place.as_str()).collect();
    Remediation::words(
        format!("change the trust policy of role {role_name} at {}", places.join(" and ")),
        "what EKS gives a request is the six session tags, their keys and the region; no other tag can be set",
    )
}

/// Creates the role again, with a trust policy that lets this pod in.
pub fn create_role(evidence: &Evidence, role_name: &str, path: &str) -> Remediation {
    let tags = evidence.possible_session_tags().first().copied().unwrap_or(true);
    let Some(statement) = evidence.own_trust_statement(tags) else {
        // Without tags and without a cluster nothing would bind the role to this pod.
        return Remediation::words(
            format!("create role {role_name} again, with a trust policy for {POD_IDENTITY_SERVICE}"),
            "makes a role without permissions: attach its policies again",
        );
    };
    let json = Document::empty().with_statement(statement.clone()).map(|document| document.to_json());
    let json = json.unwrap_or_default();
    let option = if path == "/" { String::new() } else { format!(" --path {}", shell(path)) };
    Remediation {
        part: Part::Step,
        does: "create the role again".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws iam create-role --role-name {}{option} --assume-role-policy-document {}",
                shell(role_name),
                shell(&json)
            ),
            eksctl: None,
            terraform: Some(format!(
                "data \"aws_iam_policy_document\" \"trust\" {{\n{}\n}}\n\nresource \"aws_iam_role\" \"{}\" {{\n  name               = {}\n  path               = {}\n  assume_role_policy = data.aws_iam_policy_document.trust.json\n}}",
                indented(&statement_block(&statement)),
                crate::findings::remediation::terraform_name(role_name),
                terraform_string(role_name),
                terraform_string(path)
            )),
        },
        changes: format!("makes role {role_name} without permissions: attach its policies again"),
    }
}

fn indented(block: &str) -> String {
    block
        .lines()
        .map(|line| if line.is_empty() { String::new() } else { format!("  {line}") })
        .collect::<Vec<_>>()
        .join("\n")
}

/// Gives the association another role.
pub fn use_role(evidence: &Evidence, association: &Association, role_arn: &str) -> Remediation {
    let changes = "credentials of the former role live on for up to 6 h unless the pods are restarted; whoever runs it needs iam:PassRole for the role";
    let changes = format!("{changes}{}", undone_by(Some(association), "association"));
    if let Some(owner) = &association.owner_arn {
        return Remediation::words(
            format!(
                "set role {role_arn} for service account {} in the add-on that owns the association, {owner}",
                association.service_account
            ),
            changes,
        );
    }
    let arn = shell(role_arn);
    Remediation {
        part: Part::Step,
        does: "give the association the role as it is now".to_owned(),
        command: Command::Aws {
            aws: format!("{} --role-arn {arn}", update(evidence, association)),
            eksctl: Some(format!(
                "eksctl update podidentityassociation{} --cluster {} --namespace {} --service-account-name {} --role-arn {arn}",
                region_option(evidence),
                shell(cluster_name(evidence)),
                shell(&association.namespace),
                shell(&association.service_account)
            )),
            terraform: Some(format!("{}role_arn = {}", place(association), terraform_string(role_arn))),
        },
        changes,
    }
}

/// Switches session tags on.
pub fn enable_session_tags(evidence: &Evidence, association: &Association) -> Remediation {
    let changes = "sessions then carry the six tags of EKS; the trust policy must allow sts:TagSession, and a session policy of the association must be removed first";
    let changes = format!("{changes}{}", undone_by(Some(association), "association"));
    if let Some(owner) = &association.owner_arn {
        return Remediation::words(
            format!("switch session tags on in the add-on that owns the association, {owner}"),
            changes,
        );
    }
    Remediation {
        part: Part::Step,
        does: "switch session tags on".to_owned(),
        command: Command::Aws {
            aws: format!("{} --no-disable-session-tags", update(evidence, association)),
            eksctl: None,
            terraform: Some(format!("{}disable_session_tags = false", place(association))),
        },
        changes,
    }
}

/// Says in a comment where an argument belongs.
fn place(association: &Association) -> String {
    format!("# in the aws_eks_pod_identity_association of {}/{}\n", association.namespace, association.service_account)
}

fn update(evidence: &Evidence, association: &Association) -> String {
    format!(
        "aws eks update-pod-identity-association{} --cluster-name {} --association-id {}",
        region_option(evidence),
        shell(cluster_name(evidence)),
        shell(&association.association_id)
    )
}

/// Elements that become arguments.
const ARGUMENTS: &[(&str, &str)] =
    &[("Sid", "sid"), ("Effect", "effect"), ("Action", "actions"), ("NotAction", "not_actions")];

/// Writes one statement as a `statement` block.
///
/// Of the elements of a trust policy all are known to Terraform; policy variables stay as they are, because text is
/// escaped so that Terraform does not read `${…}` itself.
pub fn statement_block(statement: &Value) -> String {
    let arguments: Vec<(&str, String)> = ARGUMENTS
        .iter()
        .filter_map(|(element, argument)| {
            let value = statement.get(element)?;
            Some((*argument, if argument.ends_with("actions") { list(value) } else { text(value) }))
        })
        .collect();
    let width = arguments.iter().map(|(argument, _)| argument.len()).max().unwrap_or_default();
    let mut lines: Vec<String> =
        arguments.iter().map(|(argument, value)| format!("  {argument:width$} = {value}")).collect();
    for (element, block) in [("Principal", "principals"), ("NotPrincipal", "not_principals")] {
        for (kind, value) in members(statement.get(element)) {
            lines.push(format!(
                "\n  {block} {{\n    type        = {}\n    identifiers = {}\n  }}",
                terraform_string(&kind),
                list(&value)
            ));
        }
    }
    for (operator, keys) in members(statement.get("Condition")) {
        for (key, values) in members(Some(&keys)) {
            lines.push(format!(
                "\n  condition {{\n    test     = {}\n    variable = {}\n    values   = {}\n  }}",
                terraform_string(&operator),
                terraform_string(&key),
                list(&values)
            ));
        }
    }
    format!("statement {{\n{}\n}}", lines.join("\n"))
}

/// The members of an object; `*` alone, as a principal, is of kind `*`.
fn members(value: Option<&Value>) -> Vec<(String, Value)> {
    match value {
        Some(Value::Object(members)) => members.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
        Some(Value::String(everyone)) => vec![(everyone.clone(), Value::from(everyone.as_str()))],
        _ => Vec::new(),
    }
}

fn list(value: &Value) -> String {
    let items = match value {
        Value::Array(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let items: Vec<String> = items.iter().map(text).collect();
    format!("[{}]", items.join(", "))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => terraform_string(text),
        other => terraform_string(&other.to_string()),
    }
}

/// What stands before the name of a session tag.
const TAG: &str = "aws:RequestTag/";

/// Adds conditions for this pod's namespace, service account and cluster to the statements that have none.
///
/// In words where the statements also trust somebody else, who sends no such tags, and where there are no session tags.
pub fn to_pod(evidence: &Evidence, role_name: &str, document: &Document, open: &[&Statement]) -> Remediation {
    let namespace = evidence.target.namespace.as_str();
    let account = evidence.service_account_name().unwrap_or_default();
    let changes = format!(
        "only pods of service account {account} in namespace {namespace} then get role {role_name}; where other associations name it, their values must be included in the conditions"
    );
    if !evidence.association.present().is_none_or(Association::has_session_tags) {
        let does = "switch session tags on first, if the role is to be bound to its pods by conditions on them";
        return Remediation::words(does, "without session tags such a condition shuts the pod out");
    }
    let (namespace_key, account_key, cluster_key) = keys();
    let mut conditions =
        vec![("StringEquals", namespace_key.as_str(), namespace), ("StringEquals", account_key.as_str(), account)];
    let cluster = evidence.pod_identity_call(true).cluster_arn;
    conditions.extend(cluster.map(|arn| ("StringEquals", cluster_key.as_str(), arn)));
    let alone = |statement: &&Statement| {
        statement.principals.as_ref().is_some_and(|element| !element.negated && element.entries.len() == 1)
    };
    let edited = open
        .iter()
        .all(alone)
        .then(|| open.iter().try_fold(document.clone(), |edited, one| edited.with_conditions(one.index, &conditions)));
    let requests = evidence.trust_requests(true);
    match edited.flatten().filter(|edited| lets_in(edited, &requests)) {
        Some(edited) => {
            let role = evidence.existing_role().ok();
            Remediation {
                changes: format!("{changes}{}", undone_by(role, "role")),
                ..replace(role_name, role, "let only pods of this service account in", document, &edited)
            }
        }
        None => Remediation::words(
            format!(
                "give EKS Pod Identity a statement of its own in the trust policy of role {role_name}, with conditions on {}",
                conditions.iter().map(|(_, key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(" and ")
            ),
            changes,
        ),
    }
}

fn keys() -> (String, String, String) {
    let key = |name: &str| format!("{TAG}{name}");
    (key("kubernetes-namespace"), key("kubernetes-service-account"), key("eks-cluster-arn"))
}
