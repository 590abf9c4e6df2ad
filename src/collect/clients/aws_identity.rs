//! As whom AWS is asked: what flags and the kubeconfig's entry say, and the chain of sources that follows from it.

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::environment::region::EnvironmentVariableRegionProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::RegionProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::profile::ProfileFileRegionProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;

use super::instance_metadata;

/// What is known of the identity for AWS calls before any source of credentials is asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsIdentity {
    /// The profile, and how it was chosen.
    pub profile: Profile,
    /// The region for the sources of credentials, and the default for calls.
    pub region: Option<String>,
    /// A role to assume with the credentials found.
    pub role: Option<AssumedRole>,
}

/// Which profile of the AWS configuration files is used.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Profile {
    /// `AWS_PROFILE` of this process, else `default`.
    #[default]
    Inherited,
    /// `AWS_PROFILE` of the kubeconfig entry: keys in the environment still come first.
    FromEntry(String),
    /// `--aws-profile`, or `--profile` in the kubeconfig entry: keys in the environment are left aside, as by the AWS CLI.
    Chosen(String),
}

impl Profile {
    /// The name, if this says one.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Inherited => None,
            Self::FromEntry(name) | Self::Chosen(name) => Some(name),
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

/// The region that applies when no flag and no cluster names one: environment, profile, instance metadata.
pub(super) async fn region(identity: &AwsIdentity, config: &ProviderConfig) -> Option<String> {
    if let Some(region) = &identity.region {
        return Some(region.clone());
    }
    let mut profile = ProfileFileRegionProvider::builder().configure(config);
    if let Some(name) = identity.profile.name() {
        profile = profile.profile_name(name);
    }
    let mut chain = RegionProviderChain::first_try(EnvironmentVariableRegionProvider::new()).or_else(profile.build());
    if let Some(client) = instance_metadata::client(config) {
        chain = chain.or_else(ImdsRegionProvider::builder().configure(config).imds_client(client).build());
    }
    chain.region().await.map(|region| region.to_string())
}

/// The sources of credentials in the order of the AWS CLI and the SDKs; instance metadata only on an instance.
pub(super) fn credentials(identity: &AwsIdentity, config: &ProviderConfig) -> CredentialsProviderChain {
    let mut profile = ProfileFileCredentialsProvider::builder().configure(config);
    if let Some(name) = identity.profile.name() {
        profile = profile.profile_name(name);
    }
    let profile = profile.build();
    let chain = match identity.profile {
        Profile::Chosen(_) => CredentialsProviderChain::first_try("Profile", profile),
        Profile::Inherited | Profile::FromEntry(_) => {
            CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
                .or_else("Profile", profile)
                .or_else("WebIdentityToken", WebIdentityTokenCredentialsProvider::builder().configure(config).build())
        }
    };
    let chain = chain.or_else("Container", EcsCredentialsProvider::builder().configure(config).build());
    match instance_metadata::client(config) {
        Some(client) => {
            let provider = ImdsCredentialsProvider::builder().configure(config).imds_client(client).build();
            chain.or_else("InstanceMetadata", provider)
        }
        None => chain,
    }
}
