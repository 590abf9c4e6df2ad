//! `credential_process` of a profile. It is separate from the other sources because the SDK reads what such a program prints
//! without a bound and leaves it behind when the run ends.

use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_runtime::env_config::file::{Builder, EnvConfigFileKind};
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use tokio::process::Command;

use crate::collect::access::login_program;

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
        let printed = login_program::run(&mut command, false).await.map_err(|failure| failed(failure.to_string()))?;
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
