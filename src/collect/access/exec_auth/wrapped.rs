//! Finds what an exec entry says of cluster and identity where not every word of it is understood.
//!
//! Such an entry runs as written; but the cluster, the profile and the role it names are still the ones that are meant
//! (`aws-vault exec … -- aws eks get-token …`, `aws eks get-token … --debug`).

use kube::config::ExecConfig;

use super::{aws_cli, environment, understand};
use crate::collect::access::clients::{AssumedRole, AwsIdentity, Profile};

/// What an entry names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The cluster.
    pub cluster: Option<String>,
    /// The region, of an argument or a variable of the entry.
    pub region: Option<String>,
    /// The profile, of an argument.
    pub profile: Option<String>,
    /// The role's ARN.
    pub role: Option<String>,
}

/// Reads the names in an entry that asks for an EKS token, whatever else stands in it.
pub fn names(exec: &ExecConfig) -> Named {
    let words: Vec<&str> = exec.command.iter().chain(exec.args.iter().flatten()).map(String::as_str).collect();
    let after = |names: &[&str]| {
        words.iter().enumerate().find_map(|(place, word)| match word.split_once('=') {
            Some((name, value)) if names.contains(&name) => Some(value.to_owned()),
            None if names.contains(word) => words.get(place + 1).map(|value| (*value).to_owned()),
            _ => None,
        })
    };
    let ends = |program: &str| words.iter().any(|word| word.ends_with(program));
    let (cluster, profile, role) = if ends("aws-iam-authenticator") {
        (after(&["-i", "--cluster-id"]), None, after(&["-r", "--role"]))
    } else if words.contains(&"eks") && words.contains(&"get-token") {
        (after(&["--cluster-name"]), after(&["--profile"]), after(&["--role-arn"]))
    } else {
        return Named::default();
    };
    let variables = environment::variables(exec);
    let variable = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
    let region = after(&["--region"]).or_else(|| variable("AWS_DEFAULT_REGION")).or_else(|| variable("AWS_REGION"));
    Named { cluster, region, profile, role }
}

/// The identity an entry chooses for AWS calls. `process` reads one variable of this process.
///
/// Of a program that is not known, its variables count: they are what it was to see.
pub fn identity(exec: &ExecConfig, process: &dyn Fn(&str) -> Option<String>) -> AwsIdentity {
    if let Some(entry) = understand(exec, process) {
        return entry.identity;
    }
    let variables = environment::variables(exec);
    let own = AwsIdentity::from_environment(&|name| variables.get(name).cloned().or_else(|| process(name)));
    let named = names(exec);
    let session_name = aws_cli::SESSION_NAME.to_owned();
    AwsIdentity {
        profile: named.profile.map_or(own.profile, Profile::Chosen),
        region: named.region.or(own.region),
        role: named.role.map(|arn| AssumedRole { arn, session_name, external_id: None }),
        ..own
    }
}
