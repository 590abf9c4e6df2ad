//! A simulation of IAM, and the context keys that policies name.

use serde::{Deserialize, Serialize};

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
