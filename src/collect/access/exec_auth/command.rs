//! Runs an exec entry as written, once, as kubectl runs it, and reads the credential it prints.

use std::io::IsTerminal;

use jiff::Timestamp;
use kube::config::{AuthInfo, Cluster, ExecAuthCluster, ExecConfig, ExecInteractiveMode};
use serde::Deserialize;
use serde_json::json;
use tokio::process::Command;

use crate::collect::access::kubeconfig::bearer;
use crate::collect::access::login_program::{self, Failure};

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
        .envs(super::environment::variables(exec))
        .env("KUBERNETES_EXEC_INFO", exec_info(exec, cluster, interactive)?);
    let printed = login_program::run(&mut command, interactive).await.map_err(|failure| {
        let hint = exec.install_hint.as_deref().filter(|_| matches!(failure, Failure::NotStarted(_)));
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
