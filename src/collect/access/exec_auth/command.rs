//! An exec plugin: how it is run, with which variables, and what it answers.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::time::Duration;

use aws_credential_types::provider::ProvideCredentials;
use aws_credential_types::provider::error::CredentialsError;
use jiff::Timestamp;
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use super::entry::{EksEntry, Program};
use super::token::{self, EksToken, StsSettings};
use super::understand;
use crate::cli::connection::ExecAuth;
use crate::collect::access::clients::{AwsAccess, connect_failure};
use crate::collect::access::kubeconfig::bearer;
use crate::collect::access::login::{self, Failure};

/// What a program printed.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The login for the API server.
    pub login: AuthInfo,
    /// Until when it holds, where the program says so.
    pub expires: Option<Timestamp>,
}

/// Runs an entry. The error says what went wrong in words that never repeat what the program printed.
///
/// The program's own messages go to stderr as they come, as with kubectl.
pub async fn run(exec: &ExecConfig, cluster: &Cluster) -> Result<Credential, String> {
    let program = exec.command.clone().unwrap_or_default();
    let interactive = is_interactive(exec)?;
    let mut command = Command::new(&program);
    command
        .args(exec.args.iter().flatten())
        .envs(variables(exec))
        .env("KUBERNETES_EXEC_INFO", exec_info(exec, cluster, interactive)?);
    let printed = login::run(&mut command, interactive).await.map_err(|failure| {
        let hint = exec
            .install_hint
            .as_deref()
            .filter(|_| matches!(failure, Failure::NotThere | Failure::NotOnPath | Failure::NotStarted(_)));
        let hint = hint.map(|hint| format!("; {}", hint.trim())).unwrap_or_default();
        format!("{program} {failure}{hint}")
    })?;
    read_credential(&printed).map_err(|what| format!("{program} printed no credential: {what}"))
}

fn is_interactive(exec: &ExecConfig) -> Result<bool, String> {
    let terminal = std::io::stdin().is_terminal();
    match exec.interactive_mode {
        Some(ExecInteractiveMode::Never) => Ok(false),
        Some(ExecInteractiveMode::Always) if !terminal => {
            Err("the entry must talk to its user (interactiveMode Always), and stdin is no terminal".to_owned())
        }
        _ => Ok(terminal),
    }
}

/// What the program is told in `KUBERNETES_EXEC_INFO`.
fn exec_info(exec: &ExecConfig, cluster: &Cluster, interactive: bool) -> Result<String, String> {
    let mut spec = json!({ "interactive": interactive });
    if exec.provide_cluster_info {
        let told = ExecAuthCluster::try_from(cluster).map_err(|error| error.to_string())?;
        spec["cluster"] = serde_json::to_value(told).map_err(|error| error.to_string())?;
    }
    Ok(json!({ "apiVersion": exec.api_version, "kind": "ExecCredential", "spec": spec }).to_string())
}

#[derive(Deserialize)]
struct ExecCredential {
    status: Option<Status>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    token: Option<String>,
    client_certificate_data: Option<String>,
    client_key_data: Option<String>,
    expiration_timestamp: Option<String>,
}

/// Reads the printed credential; the error never repeats it.
fn read_credential(printed: &[u8]) -> Result<Credential, String> {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    let credential: ExecCredential = serde_json::from_slice(printed).map_err(|_| "it is no ExecCredential")?;
    let status = credential.status.ok_or("it has no status")?;
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let (certificate, key) = (filled(status.client_certificate_data), filled(status.client_key_data));
    if certificate.is_some() != key.is_some() {
        return Err("it has only one of certificate and key".to_owned());
    }
    let unusable = "its token has a line end, a blank or another character that no login takes";
    let token = filled(status.token);
    let token = token.map(|text| bearer(&text).map(str::to_owned).ok_or(unusable)).transpose()?;
    if token.is_none() && certificate.is_none() {
        return Err("it has neither a token nor a certificate".to_owned());
    }
    // A time that cannot be read is as good as none: the API server will refuse what has ended.
    let expires = status.expiration_timestamp.and_then(|time| time.parse().ok());
    let login = AuthInfo {
        token: token.map(Into::into),
        // PEM here, base64 in a kubeconfig.
        client_certificate_data: certificate.map(|pem| STANDARD.encode(pem)),
        client_key_data: key.map(|pem| STANDARD.encode(pem).into()),
        ..AuthInfo::default()
    };
    Ok(Credential { login, expires })
}

/// Variables that change the answer, and how is understood.
const UNDERSTOOD: [&str; 16] = [
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "DEFAULT_ROLE",
    "KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID",
    "AWS_SDK_LOAD_CONFIG",
    "AWS_IAM_AUTHENTICATOR_CACHE_FILE",
];

/// Variables that change how a program speaks, not what it answers.
const HARMLESS: [&str; 12] = [
    "AWS_PAGER",
    "AWS_CLI_AUTO_PROMPT",
    "AWS_CLI_FILE_ENCODING",
    "AWS_DEFAULT_OUTPUT",
    "PYTHONWARNINGS",
    "PYTHONIOENCODING",
    "PYTHONUTF8",
    "LANG",
    "LC_ALL",
    "TERM",
    "NO_COLOR",
    "PAGER",
];

/// The variables of an entry by name; of one set twice the last counts.
pub fn variables(exec: &ExecConfig) -> BTreeMap<String, String> {
    let entries = exec.env.iter().flatten();
    entries
        .filter_map(|entry| Some((entry.get("name")?.clone(), entry.get("value").cloned().unwrap_or_default())))
        .collect()
}

/// The variables without those that hold a secret, and without those that are not known.
pub fn without_secrets(mut variables: BTreeMap<String, String>) -> BTreeMap<String, String> {
    const SECRETS: [&str; 2] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
    variables.retain(|name, _| UNDERSTOOD.contains(&name.as_str()) && !SECRETS.contains(&name.as_str()));
    variables
}

/// Whether each variable the entry sets is understood.
pub fn is_understood(variables: &BTreeMap<String, String>) -> bool {
    variables.keys().all(|name| UNDERSTOOD.contains(&name.as_str()) || HARMLESS.contains(&name.as_str()))
}

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
            let credential = run(exec, cluster).await.map_err(|reason| match failed {
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
