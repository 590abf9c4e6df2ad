//! As whom AWS is asked: what flags, the kubeconfig's entry and the environment say, before anything is asked.

use std::path::PathBuf;

use aws_credential_types::Credentials;

/// What is known of the identity for AWS calls before any source of credentials is asked.
///
/// Its debug form shows no secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsIdentity {
    /// The profile, and how it was chosen.
    pub profile: Profile,
    /// Keys of the environment. They count unless a profile was chosen.
    pub keys: Option<Credentials>,
    /// The region for the sources of credentials, and the default for calls.
    pub region: Option<String>,
    /// A role to assume with the credentials found.
    pub role: Option<AssumedRole>,
    /// Another file than `~/.aws/config`.
    pub config_file: Option<PathBuf>,
    /// Another file than `~/.aws/credentials`.
    pub credentials_file: Option<PathBuf>,
}

/// Which profile of the AWS configuration files is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Profile {
    /// None is named: `default`.
    #[default]
    Unnamed,
    /// `AWS_PROFILE`: keys in the environment come first.
    FromEnvironment(String),
    /// `--aws-profile`, or `--profile` in the kubeconfig entry: keys in the environment are left aside, as by the AWS CLI.
    Chosen(String),
}

impl Profile {
    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Unnamed => None,
            Self::FromEnvironment(name) | Self::Chosen(name) => Some(name),
        }
    }
}

/// A role that is assumed on top of the credentials found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssumedRole {
    /// The role's ARN.
    pub arn: String,
    /// The name of the session.
    pub session_name: String,
    /// The external id the trust policy may ask for.
    pub external_id: Option<String>,
}

impl AwsIdentity {
    /// The identity that the environment gives. `variable` reads one variable; an empty one counts as none.
    pub fn from_environment(variable: &dyn Fn(&str) -> Option<String>) -> Self {
        // A file with line ends of Windows leaves one behind each value.
        let read = |name: &str| variable(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
        let profile = read("AWS_DEFAULT_PROFILE").or_else(|| read("AWS_PROFILE"));
        let keys = read("AWS_ACCESS_KEY_ID").zip(read("AWS_SECRET_ACCESS_KEY")).map(|(id, secret)| {
            let token = read("AWS_SESSION_TOKEN").or_else(|| read("AWS_SECURITY_TOKEN"));
            Credentials::new(id, secret, token, None, "environment")
        });
        Self {
            profile: profile.map_or(Profile::Unnamed, Profile::FromEnvironment),
            keys,
            // The AWS CLI reads the one in its first version and the other first in its second.
            region: read("AWS_DEFAULT_REGION").or_else(|| read("AWS_REGION")),
            role: None,
            config_file: read("AWS_CONFIG_FILE").map(|path| from_home(&path, read("HOME"))),
            credentials_file: read("AWS_SHARED_CREDENTIALS_FILE").map(|path| from_home(&path, read("HOME"))),
        }
    }

    /// The identity that flags choose over another one's.
    ///
    /// A profile by flag leaves the role and the region of a kubeconfig entry aside too: they belong to its profile.
    #[must_use]
    pub fn overridden_by(self, profile: Option<&str>, region: Option<&str>) -> Self {
        let mut chosen = match profile.filter(|name| !name.is_empty()) {
            Some(name) => {
                Self { profile: Profile::Chosen(name.to_owned()), keys: None, role: None, region: None, ..self }
            }
            None => self,
        };
        if let Some(region) = region.filter(|region| !region.is_empty()) {
            chosen.region = Some(region.to_owned());
        }
        chosen
    }
}

fn from_home(path: &str, home: Option<String>) -> PathBuf {
    match (path.strip_prefix("~/"), home) {
        (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
        _ => PathBuf::from(path),
    }
}
