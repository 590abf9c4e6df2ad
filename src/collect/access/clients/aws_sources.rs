//! Where credentials and region come from, in the order of the AWS CLI; instance metadata only on an instance.

use std::collections::HashSet;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::{Builder, EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};

use super::aws_identity::{AwsIdentity, Profile};
use super::aws_process::Program;
use super::instance_metadata;

/// The region of environment and profile.
pub(super) async fn configured_region(identity: &AwsIdentity, config: &ProviderConfig) -> Option<String> {
    if let Some(region) = &identity.region {
        return Some(region.clone());
    }
    let mut profile = ProfileFileRegionProvider::builder().configure(config).profile_files(files(identity).build());
    if let Some(name) = identity.profile.name() {
        profile = profile.profile_name(name);
    }
    profile.build().region().await.map(|region| region.to_string())
}

/// The region of the instance this runs on, if it is one.
pub(super) async fn instance_region(config: &ProviderConfig) -> Option<String> {
    let client = instance_metadata::client(config)?;
    let metadata = ImdsRegionProvider::builder().configure(config).imds_client(client).build();
    ProvideRegion::region(&metadata).await.map(|region| region.to_string())
}

/// The sources of credentials: keys of the environment, profile, web identity, container, instance metadata.
///
/// A profile that is named must exist, and those it builds upon: nothing else may stand in for them.
pub(super) async fn credentials(identity: &AwsIdentity, config: &ProviderConfig) -> CredentialsProviderChain {
    // Files that cannot be read are not told here: the provider that reads them has the better words.
    let selected = identity.profile.name().map(str::to_owned);
    let load = aws_config::profile::load;
    let profiles =
        load(&Fs::real(), &Env::real(), &files(identity).build(), selected.clone().map(Into::into)).await.ok();
    if let Some(name) = profiles.as_ref().and_then(|profiles| missing_profile(identity, profiles)) {
        let told = format!("the AWS configuration files have no profile named {name}");
        let missing = provide_credentials_fn(move || {
            let told = told.clone();
            async move { Err(CredentialsError::invalid_configuration(told)) }
        });
        return CredentialsProviderChain::first_try("Profile", missing);
    }
    let profile = profile(identity, config, profiles.as_ref().and_then(Program::of));
    let chosen = matches!(identity.profile, Profile::Chosen(_));
    let mut chain = match identity.keys.clone().filter(|_| !chosen) {
        Some(keys) => CredentialsProviderChain::first_try("Environment", keys).or_else("Profile", profile),
        None => CredentialsProviderChain::first_try("Profile", profile),
    };
    if !chosen {
        chain = chain.or_else("WebIdentity", WebIdentityTokenCredentialsProvider::builder().configure(config).build());
    }
    chain = chain.or_else("Container", EcsCredentialsProvider::builder().configure(config).build());
    match instance_metadata::client(config) {
        Some(client) => {
            let provider = ImdsCredentialsProvider::builder().configure(config).imds_client(client).build();
            chain.or_else("InstanceMetadata", provider)
        }
        None => chain,
    }
}

/// The credentials of the profile: by its program where one is at its base.
fn profile(identity: &AwsIdentity, config: &ProviderConfig, program: Option<Program>) -> SharedCredentialsProvider {
    let selected = identity.profile.name().map(str::to_owned);
    if let Some(program) = program {
        let (files, config) = (files(identity), config.clone());
        return SharedCredentialsProvider::new(provide_credentials_fn(move || {
            program.clone().credentials(selected.clone(), files.clone(), config.clone())
        }));
    }
    let mut profile =
        ProfileFileCredentialsProvider::builder().configure(config).profile_files(files(identity).build());
    if let Some(name) = selected {
        profile = profile.profile_name(name);
    }
    SharedCredentialsProvider::new(profile.build())
}

/// The configuration files of an identity. One that does not exist counts as empty, as for the AWS CLI.
pub(super) fn files(identity: &AwsIdentity) -> Builder {
    let mut files = EnvConfigFiles::builder();
    files = match &identity.config_file {
        Some(path) if path.exists() => files.with_file(EnvConfigFileKind::Config, path),
        Some(_) => files.with_contents(EnvConfigFileKind::Config, ""),
        None => files.include_default_config_file(true),
    };
    files = match &identity.credentials_file {
        Some(path) if path.exists() => files.with_file(EnvConfigFileKind::Credentials, path),
        Some(_) => files.with_contents(EnvConfigFileKind::Credentials, ""),
        None => files.include_default_credentials_file(true),
    };
    files
}

/// The profile that is named, by the identity or as source of the one before, and does not exist.
fn missing_profile(identity: &AwsIdentity, profiles: &ProfileSet) -> Option<String> {
    let mut name = identity.profile.name()?;
    let mut seen = HashSet::new();
    while seen.insert(name) {
        let Some(profile) = profiles.get_profile(name) else { return Some(name.to_owned()) };
        name = profile.get("source_profile")?;
    }
    None
}
