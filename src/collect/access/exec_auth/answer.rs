//! Decides who answers an exec entry: this process, the program, or first the one and then the other.

use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use jiff::Timestamp;
use kube::config::{AuthInfo, Cluster, ExecConfig};

use super::entry::{EksEntry, Program};
use super::sts_endpoint::StsSettings;
use super::token::{self, EksToken};
use super::{command, understand};
use crate::cli::connection::ExecAuth;
use crate::collect::access::clients::{AwsAccess, connect_failure};

/// A credential, and who gave it.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The login for the API server.
    pub login: AuthInfo,
    /// Whether it was made in this process.
    pub is_native: bool,
    /// Until when it holds, where that is said.
    pub expires: Option<Timestamp>,
}

/// Looking for credentials may not hold up the program that would find them.
const NATIVE_LIMIT: Duration = Duration::from_secs(20);

/// Answers an entry. The error is a phrase for the user; it holds no secret.
///
/// `process` reads one variable of this process. The entry's own identity signs, whatever flags choose for AWS calls.
pub async fn answer(
    exec: &ExecConfig,
    cluster: &Cluster,
    way: ExecAuth,
    process: &dyn Fn(&str) -> Option<String>,
) -> Result<Answer, String> {
    let entry = understand(exec, process).filter(|entry| entry.is_understood);
    let native = match (way, &entry) {
        (ExecAuth::Exec, _) | (ExecAuth::Auto, None) => None,
        (ExecAuth::Native, None) => return Err("the exec entry is not one that can be answered natively".to_owned()),
        (_, Some(entry)) => Some(sign(entry, process).await),
    };
    match (way, native) {
        (_, Some(Ok(token))) => {
            let login = AuthInfo { token: Some(token.token), ..AuthInfo::default() };
            Ok(Answer { login, is_native: true, expires: Some(token.expires) })
        }
        (ExecAuth::Native, Some(Err(reason))) => Err(reason),
        (_, failed) => {
            let credential = command::run(exec, cluster).await.map_err(|reason| match failed {
                Some(Err(native)) => format!("{reason}; natively: {native}"),
                _ => reason,
            })?;
            Ok(Answer { login: credential.login, is_native: false, expires: credential.expires })
        }
    }
}

async fn sign(entry: &EksEntry, process: &dyn Fn(&str) -> Option<String>) -> Result<EksToken, String> {
    let access = AwsAccess::new(entry.identity.clone(), Some(NATIVE_LIMIT)).map_err(|error| error.to_string())?;
    tokio::time::timeout(NATIVE_LIMIT, sign_with(entry, &access, process, Timestamp::now()))
        .await
        .unwrap_or_else(|_elapsed| Err(format!("no AWS credentials within {} s", NATIVE_LIMIT.as_secs())))
}

/// Signs a token for an entry with the credentials of an access, at a moment.
pub async fn sign_with(
    entry: &EksEntry,
    access: &AwsAccess,
    process: &dyn Fn(&str) -> Option<String>,
    now: Timestamp,
) -> Result<EksToken, String> {
    let provider = access.credentials().await.ok_or("no AWS credentials were found")?;
    let credentials = provider.provide_credentials().await.map_err(|error| match error {
        // Its own words are a list of all the places that were looked at.
        CredentialsError::CredentialsNotLoaded(_) => "no AWS credentials were found".to_owned(),
        error => {
            let innermost = connect_failure::chain(&error).last().map(ToString::to_string).unwrap_or_default();
            format!("no AWS credentials ({innermost})")
        }
    })?;
    let region = access.configured_region().await;
    let (region, legacy) = match entry.program {
        Program::AwsCli => (region, false),
        Program::Authenticator { regional } => (region, !regional),
    };
    let variable = |name: &str| entry.variable(name, process);
    let mut settings = StsSettings::read(access.config().await, region, legacy, &variable);
    if entry.program == (Program::Authenticator { regional: true }) {
        settings.legacy = false;
    }
    let endpoint = settings.resolve().await?;
    token::make(&entry.signed_cluster, &credentials, &endpoint, now)
}
