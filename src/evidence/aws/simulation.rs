//! A simulation of IAM, and the context keys that policies name.

use serde::{Deserialize, Serialize};

use crate::evidence::Reading;

/// What `aws iam get-context-keys-for-principal-policy` prints: keys of conditions and of policy variables, of all policies
/// that are attached to the role or stand in it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContextKeys {
    /// The names, such as `aws:PrincipalTag/kubernetes-namespace`.
    pub context_key_names: Vec<String>,
}

impl ContextKeys {
    /// The keys that only the session tags of EKS Pod Identity give a value.
    pub fn of_session_tags(&self) -> Vec<&str> {
        let is_tag = |key: &str| {
            let key = key.to_ascii_lowercase();
            ["aws:principaltag/kubernetes-", "aws:principaltag/eks-cluster-"].iter().any(|start| key.starts_with(start))
        };
        self.context_key_names.iter().map(String::as_str).filter(|key| is_tag(key)).collect()
    }
}

/// The answer about one action, as `aws iam simulate-principal-policy` prints it under `EvaluationResults`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Simulation {
    /// Whose policies were simulated.
    pub policy_source_arn: String,
    /// The action.
    pub eval_action_name: String,
    /// The resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eval_resource_name: Option<String>,
    /// `allowed`, `implicitDeny` or `explicitDeny`.
    pub eval_decision: String,
    /// The policies of the statements that decided; empty where none matched.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matched_policies: Vec<String>,
    /// The statements that decided.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub matched_statements: Vec<MatchedStatement>,
    /// Condition keys that policies of the role ask for and that the simulation was not given.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub missing_context_values: Vec<String>,
    /// Whether the permissions boundary allows it, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_by_permissions_boundary: Option<bool>,
    /// Whether the service control policies allow it, as far as the simulation sees them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_by_organizations: Option<bool>,
}

/// What was simulated for one action on one resource.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedRight {
    /// `service:Action`.
    pub action: String,
    /// The ARN of the resource, or `*`.
    pub resource: String,
    /// What the policies of the role say, with its boundary.
    pub role: Reading<Simulation>,
    /// What the session policy of the association says; `None` where there is none.
    pub session: Option<Reading<Simulation>>,
}

/// A statement that decided, as the simulation names it: it says the place in the policy, not the Sid.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct MatchedStatement {
    /// The policy, as IAM calls it: `role_api_read`, or `PolicyInputList.1` for one that was given.
    pub source_policy_id: String,
    /// `IAM Policy` and others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_policy_type: Option<String>,
    /// The line in which it begins, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<i32>,
    /// The column in which it begins, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<i32>,
}

impl MatchedStatement {
    /// `policy role_api_read, line 3, column 17`.
    pub fn words(&self) -> String {
        let place = |name: &str, number: Option<i32>| number.map(|number| format!(", {name} {number}"));
        let line = place("line", self.line).unwrap_or_default();
        let column = place("column", self.column).unwrap_or_default();
        format!("policy {}{line}{column}", self.source_policy_id)
    }
}

/// Why a simulated action is denied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denial {
    /// A statement denies it.
    Explicit,
    /// The permissions boundary leaves it out.
    Boundary,
    /// A service control policy leaves it out.
    Organization,
    /// No policy allows it.
    Implicit,
}

impl Simulation {
    /// Why the action is denied; `None` where it is allowed.
    pub fn denial(&self) -> Option<Denial> {
        match self.eval_decision.as_str() {
            "allowed" => None,
            "explicitDeny" => Some(Denial::Explicit),
            _ if self.allowed_by_permissions_boundary == Some(false) => Some(Denial::Boundary),
            _ if self.allowed_by_organizations == Some(false) => Some(Denial::Organization),
            _ => Some(Denial::Implicit),
        }
    }
}
