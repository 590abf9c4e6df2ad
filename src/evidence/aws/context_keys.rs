//! The condition keys that the policies of a role mention, in the words of the AWS CLI's JSON.

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
