//! The identity providers that IAM knows, in the words of the AWS CLI's JSON.

use serde::{Deserialize, Serialize};

/// What `aws iam list-open-id-connect-providers` prints.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct IdentityProviders {
    /// One entry a provider.
    #[serde(rename = "OpenIDConnectProviderList")]
    pub list: Vec<IdentityProvider>,
}

/// A provider.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct IdentityProvider {
    /// `arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST/PATH`.
    pub arn: String,
}

impl IdentityProviders {
    /// Whether one has this ARN.
    pub fn has(&self, arn: &str) -> bool {
        self.list.iter().any(|provider| provider.arn == arn)
    }
}
