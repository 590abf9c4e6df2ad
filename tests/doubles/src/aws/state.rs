//! The played world: access keys, accounts, regions, clusters, associations, add-ons and roles.
//!
//! It is read from JSON or YAML; all names are those of the AWS CLI's JSON, in camel case. What is left out is filled in as
//! a healthy EKS would have it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod reading;

pub use reading::association_id;

/// Everything the played AWS knows.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct State {
    /// Access keys by their id.
    #[serde(default)]
    pub access_keys: BTreeMap<String, AccessKey>,
    /// Accounts by their number of twelve digits.
    #[serde(default)]
    pub accounts: BTreeMap<String, Account>,
    /// What the metadata service of the one instance gives; left out: nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub instance_profile: Option<InstanceProfile>,
    /// The records of CloudTrail, in any order; left out: nothing is recorded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trail: Option<Vec<Value>>,
}

/// The role of an instance.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InstanceProfile {
    /// The role's name.
    pub role_name: String,
    /// The access key that is given.
    pub access_key: String,
}

/// Who an access key belongs to, and what that principal may do.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccessKey {
    /// The account whose resources the key sees.
    pub account: String,
    /// The caller's ARN, as `GetCallerIdentity` gives it.
    pub arn: String,
    /// The caller's unique id; left out: `AIDAEXAMPLE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<String>,
    /// The session token that must come with the key; left out: any or none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_token: Option<String>,
    /// Whether the session has expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub expired: bool,
    /// The IAM actions the caller may use (`eks:Describe*`); left out: all. `GetCallerIdentity` is always allowed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_actions: Option<Vec<String>>,
    /// The IAM actions the caller may not use, whatever is allowed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied_actions: Vec<String>,
}

/// One account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Account {
    /// The partition of its ARNs; left out: by the region, and `aws` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// Regions by name.
    #[serde(default)]
    pub regions: BTreeMap<String, Region>,
    /// IAM roles by name.
    #[serde(default)]
    pub roles: BTreeMap<String, Role>,
    /// OpenID Connect providers, each by its issuer without `https://`.
    #[serde(default)]
    pub identity_providers: Vec<String>,
    /// The audiences that they accept; left out: STS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub audiences: Option<Vec<String>>,
    /// The names of the roles of instance profiles, by the name of the profile.
    #[serde(default)]
    pub instance_profiles: BTreeMap<String, Vec<String>>,
}

/// One region of an account.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Region {
    /// EKS clusters by name.
    #[serde(default)]
    pub clusters: BTreeMap<String, Cluster>,
}

/// One EKS cluster.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Cluster {
    /// Members of `DescribeCluster`'s answer that replace or extend the default ones (`endpoint`, `certificateAuthority`,
    /// `version`, `platformVersion`, `status`, `computeConfig` …). A `null` takes a default away.
    #[serde(default)]
    pub describe: Map<String, Value>,
    /// Pod identity associations, in the order they are listed.
    #[serde(default)]
    pub associations: Vec<Association>,
    /// Add-ons by name: members of `DescribeAddon`'s answer over the default ones.
    #[serde(default)]
    pub addons: BTreeMap<String, Map<String, Value>>,
    /// Node groups by name: members of `DescribeNodegroup`'s answer over the default ones.
    #[serde(default)]
    pub nodegroups: BTreeMap<String, Map<String, Value>>,
    /// Types of access entries by the ARN of their principal; `null` for a cluster that knows only `aws-auth`.
    #[serde(default = "no_entries")]
    pub access_entries: Option<BTreeMap<String, String>>,
    /// The webhook's identities file of this cluster, kept in step with the associations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identities_file: Option<PathBuf>,
    /// How long an association takes to get there, in milliseconds.
    #[serde(default)]
    pub propagation_millis: u64,
}

/// One association of a service account with a role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Association {
    /// The service account's namespace.
    pub namespace: String,
    /// The service account's name.
    pub service_account: String,
    /// The role its pods get.
    pub role_arn: String,
    /// The id, `a-` and 17 letters or digits; left out: made from namespace and service account.
    #[serde(default)]
    pub association_id: String,
    /// When it was made; left out: when the state was read.
    #[serde(default = "Timestamp::now")]
    pub created_at: Timestamp,
    /// When it was changed; left out: when it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modified_at: Option<Timestamp>,
    /// The add-on that owns it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner_arn: Option<String>,
    /// Whether session tags are left out.
    #[serde(default)]
    pub disable_session_tags: bool,
    /// The role assumed after the first one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_role_arn: Option<String>,
    /// The external id shown to the target role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The session policy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// Tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
}

/// One IAM role.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Role {
    /// The trust policy: an object, or text that is served as it stands.
    pub assume_role_policy_document: Value,
    /// The path; left out: `/`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The unique id; left out: `AROAEXAMPLE`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_id: Option<String>,
    /// When it was made; left out: 2024-01-01.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_date: Option<Timestamp>,
    /// The longest session, in seconds; left out: 3600.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_session_duration: Option<u32>,
    /// The actions its sessions may use and `SimulatePrincipalPolicy` calls allowed; left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allowed_actions: Option<Vec<String>>,
    /// The actions of the permissions boundary; left out: there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boundary_actions: Option<Vec<String>>,
    /// The policy whose statement `SimulatePrincipalPolicy` names where one matched.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub matched_policy: Option<String>,
    /// Condition keys that `SimulatePrincipalPolicy` calls missing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing_context_values: Vec<String>,
    /// The actions `SimulatePrincipalPolicy` calls explicitly denied, and its sessions may not use.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub denied_actions: Vec<String>,
    /// The condition keys that its policies mention.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub context_keys: Vec<String>,
    /// The policies that stand in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inline_policies: Vec<String>,
    /// The policies that are attached to it, by name; left out: one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attached_policies: Option<Vec<String>>,
    /// Its tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: BTreeMap<String, String>,
}

#[expect(clippy::unnecessary_wraps, reason = "the default of an optional field")]
fn no_entries() -> Option<BTreeMap<String, String>> {
    Some(BTreeMap::new())
}

impl State {
    /// The number of a session that no other has: keys come and go, so that their number says nothing.
    pub fn free_session(&self) -> usize {
        let taken = |number: &usize| self.access_keys.contains_key(&session_key(*number));
        // Of so many numbers one is free.
        let number = self.access_keys.len();
        (number..=2 * number).find(|number| !taken(number)).unwrap_or(number)
    }
}

/// The access key of a session.
pub fn session_key(number: usize) -> String {
    format!("ASIAPLAYED{number:010}")
}

#[cfg(test)]
mod tests {
    use super::{AccessKey, State, session_key};

    #[test]
    fn no_session_takes_the_key_of_another() {
        let mut state = State::default();
        state.access_keys.insert("AKIAOFATEST".to_owned(), AccessKey::default());
        for _ in 0..3 {
            let key = session_key(state.free_session());
            assert!(state.access_keys.insert(key, AccessKey::default()).is_none());
            state.access_keys.remove("AKIAOFATEST");
        }
        assert_eq!(state.access_keys.len(), 3);
    }
}
