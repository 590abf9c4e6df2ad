//! Where AWS credentials come from, which programs give them, and whose they are.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::imds::region::ImdsRegionProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::ProvideRegion;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::credential_fn::provide_credentials_fn;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_runtime::env_config::file::{Builder, EnvConfigFileKind, EnvConfigFiles};
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_types::os_shim_internal::{Env, Fs};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::process::Command;

use super::aws_http;
use super::connect_failure::chain;
use crate::collect::access::login;
use crate::evidence::reading::EndedLogin;

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

/// The profile that stands in for a program that has been run.
const STAND_IN: &str = "kubectl-podid-credential-process";

/// The program that a profile gets its first credentials from.
#[derive(Clone)]
pub(super) struct Program {
    /// Its command line, which may hold secrets.
    command: SecretString,
    /// The profile whose role is assumed with what it prints; none where the program is that of the profile itself.
    used_by: Option<String>,
}

impl Program {
    /// The program of the profile that is selected, or of the last one that it builds upon: by the SDK's rules
    /// (`aws-config`, `profile::credentials::repr`), which end elsewhere in most profiles.
    pub(super) fn of(profiles: &ProfileSet) -> Option<Self> {
        if cfg!(not(unix)) {
            return None;
        }
        let mut used_by: Option<String> = None;
        let mut seen = Vec::new();
        let mut name = profiles.selected_profile();
        loop {
            let profile = profiles.get_profile(name)?;
            let has = |key: &str| profile.get(key).is_some();
            let is_source = used_by.is_some();
            if is_source && has("aws_access_key_id") || seen.contains(&name) {
                return None;
            }
            seen.push(name);
            if has("role_arn") && !has("web_identity_token_file") {
                let source = profile.get("source_profile")?;
                used_by = Some(name.to_owned());
                if source != name {
                    name = source;
                    continue;
                }
            }
            let first = ["credential_source", "web_identity_token_file", "login_session"];
            if first.iter().chain(SINGLE_SIGN_ON).any(|key| has(key)) {
                return None;
            }
            return Some(Self { command: profile.get("credential_process")?.into(), used_by });
        }
    }

    /// Runs it, and assumes the roles of the profiles that build upon it.
    pub(super) async fn credentials(
        self,
        selected: Option<String>,
        files: Builder,
        config: ProviderConfig,
    ) -> Result<Credentials, CredentialsError> {
        let own = self.run().await?;
        let Some(used_by) = self.used_by else { return Ok(own) };
        let files = files.with_contents(EnvConfigFileKind::Credentials, instead_of_it(&used_by, &own)).build();
        let mut profile = ProfileFileCredentialsProvider::builder().configure(&config).profile_files(files);
        if let Some(name) = selected {
            profile = profile.profile_name(name);
        }
        profile.build().provide_credentials().await
    }

    async fn run(&self) -> Result<Credentials, CredentialsError> {
        let mut command = Command::new("sh");
        command.args(["-c", self.command.expose_secret()]);
        let failed = |what: String| CredentialsError::provider_error(format!("credential_process {what}"));
        let printed = login::run(&mut command, false).await.map_err(|failure| failed(failure.to_string()))?;
        read(&printed).map_err(|what| failed(format!("printed no credentials: {what}")))
    }
}

/// Any of these makes a profile one of single sign-on.
const SINGLE_SIGN_ON: &[&str] = &["sso_account_id", "sso_region", "sso_role_name", "sso_start_url", "sso_session"];

/// What goes over the files: the profile builds upon keys.
fn instead_of_it(used_by: &str, keys: &Credentials) -> String {
    let token = keys.session_token().map(|token| format!("aws_session_token = {token}\n")).unwrap_or_default();
    format!(
        "[{used_by}]\nsource_profile = {STAND_IN}\n[{STAND_IN}]\naws_access_key_id = {}\naws_secret_access_key = {}\n{token}",
        keys.access_key_id(),
        keys.secret_access_key(),
    )
}

/// What such a program prints: AWS SDKs and Tools Reference Guide, *Process credential provider*.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Printed {
    version: u32,
    access_key_id: String,
    secret_access_key: String,
    session_token: Option<String>,
    expiration: Option<String>,
}

/// Reads what a program printed. The error never repeats it.
fn read(printed: &[u8]) -> Result<Credentials, String> {
    let told =
        |error: serde_json::Error| format!("it is no JSON of the form that is agreed on, at line {}", error.line());
    let printed: Printed = serde_json::from_slice(printed).map_err(told)?;
    if printed.version != 1 {
        return Err(format!("its Version is {}, not 1", printed.version));
    }
    let expires = match printed.expiration.as_deref().filter(|time| !time.is_empty()) {
        None => None,
        Some(time) => Some(time.parse::<Timestamp>().map_err(|_| "its Expiration is no time".to_owned())?.into()),
    };
    let token = printed.session_token.filter(|token| !token.is_empty());
    let keys = Credentials::new(printed.access_key_id, printed.secret_access_key, token, expires, "credential_process");
    if super::aws::is_one_word(&keys) {
        Ok(keys)
    } else {
        Err("its keys have a blank or a line end in them".to_owned())
    }
}

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
    let client = aws_http::metadata_client(config)?;
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
    let login = profiles.as_ref().and_then(logs_in_again);
    let profile = profile(identity, config, profiles.as_ref().and_then(Program::of), login);
    let chosen = matches!(identity.profile, Profile::Chosen(_));
    let mut chain = match identity.keys.clone().filter(|_| !chosen) {
        Some(keys) => CredentialsProviderChain::first_try("Environment", keys).or_else("Profile", profile),
        None => CredentialsProviderChain::first_try("Profile", profile),
    };
    if !chosen {
        chain = chain.or_else("WebIdentity", WebIdentityTokenCredentialsProvider::builder().configure(config).build());
    }
    chain = chain.or_else("Container", EcsCredentialsProvider::builder().configure(config).build());
    match aws_http::metadata_client(config) {
        Some(client) => {
            let provider = ImdsCredentialsProvider::builder().configure(config).imds_client(client).build();
            chain.or_else("InstanceMetadata", provider)
        }
        None => chain,
    }
}

/// The credentials of the profile: by its program where one is at its base. `login` is the one that it rests on.
fn profile(
    identity: &AwsIdentity,
    config: &ProviderConfig,
    program: Option<Program>,
    login: Option<EndedLogin>,
) -> SharedCredentialsProvider {
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
    let Some(login) = login else { return SharedCredentialsProvider::new(profile.build()) };
    let provider = Arc::new(profile.build());
    SharedCredentialsProvider::new(provide_credentials_fn(move || {
        let (provider, login) = (Arc::clone(&provider), login.clone());
        async move {
            provider.provide_credentials().await.map_err(|source| match source {
                CredentialsError::ProviderError(_) if is_of_login(&source) => {
                    CredentialsError::provider_error(LoginEnded { login, source })
                }
                // Where there is nothing to log in to, the next source is asked.
                other => other,
            })
        }
    }))
}

/// Whether a login would help: not where STS refused the role, nor where nobody answered.
fn is_of_login(error: &CredentialsError) -> bool {
    !chain(error).any(|link| link.is::<AssumeRoleError>() || link.is::<ConnectorError>())
}

/// A profile of single sign-on gave no credentials: whoever runs this has to log in.
#[derive(Debug, thiserror::Error)]
#[error("the login has ended")]
pub struct LoginEnded {
    /// The login.
    pub login: EndedLogin,
    /// What the profile said.
    #[source]
    source: CredentialsError,
}

/// The login of the profile, or of the one that it builds upon, if either rests on one.
fn logs_in_again(profiles: &ProfileSet) -> Option<EndedLogin> {
    let mut name = profiles.selected_profile();
    let mut seen = HashSet::new();
    while seen.insert(name) {
        let profile = profiles.get_profile(name)?;
        let has = |key: &&str| profile.get(key).is_some();
        if SINGLE_SIGN_ON.iter().any(has) {
            return Some(EndedLogin { single_sign_on: true, profile: name.to_owned() });
        }
        if has(&"login_session") {
            return Some(EndedLogin { single_sign_on: false, profile: name.to_owned() });
        }
        name = profile.get("source_profile")?;
    }
    None
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
