//! A role, the ARN that names it, and the tags that tools leave on what they make.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// An ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `iam`, `eks`, …
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Twelve digits.
    pub account: &'a str,
    /// What is left, such as `role/path/name`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart; `None` for anything that is not one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (!arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty()).then_some(arn)
    }

    /// The name of a role: the last segment, as IAM takes it. `assumed-role/NAME/SESSION` has no path.
    pub fn role_name(&self) -> Option<&'a str> {
        match self.resource.split_once('/')? {
            ("role", path) => path.rsplit('/').next().filter(|name| !name.is_empty()),
            ("assumed-role", rest) => rest.split('/').next().filter(|name| !name.is_empty()),
            _ => None,
        }
    }
}

/// A role, as `aws iam get-role` prints it under `Role`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Role {
    /// The name, without its path.
    pub role_name: String,
    /// `arn:PARTITION:iam::ACCOUNT:role/PATH/NAME`.
    pub arn: String,
    /// Changes when a role is deleted and made again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    /// The trust policy: parsed JSON, or its text where it does not parse.
    pub assume_role_policy_document: Value,
    /// The boundary of its permissions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub permissions_boundary: Option<PermissionsBoundary>,
    /// The tags of the tool that manages it, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

/// The names of policies of a role: at least one, if it has any. What they allow is not read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PolicyNames {
    /// The names.
    pub policy_names: Vec<String>,
}

/// A permissions boundary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PermissionsBoundary {
    /// The policy.
    pub permissions_boundary_arn: String,
}

/// Keys of tools whose marks are tags of their own: eksctl, ACK, Crossplane, CloudFormation.
const PREFIXES: &[&str] = &["alpha.eksctl.io/", "services.k8s.aws/", "crossplane-", "aws:cloudformation:"];
/// Tags by convention: people write them with and without hyphens, in any case.
const CONVENTIONS: &[&str] = &["managedby", "createdby", "provisionedby", "provisioner", "tool", "iac"];

/// The keys of which the value is told: the name of what a tool manages it by.
const NAMES: &[&str] = &["crossplane-name", "aws:cloudformation:stack-name"];

/// Keeps those tags that tell which tool manages something; of most the key alone.
pub fn of_tools(tags: impl IntoIterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let kept = tags.into_iter().filter(|(key, value)| is_of_a_tool(key, value));
    kept.map(|(key, value)| if NAMES.contains(&key.as_str()) { (key, value) } else { (key, String::new()) }).collect()
}

fn is_of_a_tool(key: &str, value: &str) -> bool {
    let letters: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let says_terraform = |text: &str| text.to_ascii_lowercase().contains("terraform");
    let denies = ["false", "no"].contains(&value.to_ascii_lowercase().as_str());
    PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || (letters.contains("terraform") && !denies)
        || (CONVENTIONS.contains(&letters.as_str()) && says_terraform(value))
}
