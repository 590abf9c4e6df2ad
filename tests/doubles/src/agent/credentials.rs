//! The agent's own credentials: from the environment, or those of the node from the instance metadata service.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;

use super::network::{Answer, Ask, Network, Silence};

const DISABLED: &str =
    "access disabled to EC2 IMDS via client option, or \"AWS_EC2_METADATA_DISABLED\" environment variable";
const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

/// Credentials that sign.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Credentials {
    /// The access key id.
    pub access_key_id: String,
    /// The session token; empty if there is none.
    pub token: String,
    /// Until when they hold.
    pub expiration: Option<Timestamp>,
}

/// Where they come from.
#[derive(Debug)]
pub struct Source {
    environment: HashMap<String, String>,
    kept: tokio::sync::Mutex<Option<Credentials>>,
}

impl Source {
    /// Looks for them as this environment says.
    pub fn new(environment: HashMap<String, String>) -> Source {
        Source { environment, kept: tokio::sync::Mutex::default() }
    }

    /// Gives credentials, or the words of the SDK.
    pub async fn get(&self, network: &Network) -> Result<Credentials, String> {
        let variable = |name: &str| self.environment.get(name).filter(|value| !value.is_empty()).cloned();
        if let Some((access_key_id, _)) = variable("AWS_ACCESS_KEY_ID").zip(variable("AWS_SECRET_ACCESS_KEY")) {
            let token = variable("AWS_SESSION_TOKEN").unwrap_or_default();
            return Ok(Credentials { access_key_id, token, expiration: None });
        }
        let mut kept = self.kept.lock().await;
        let soon = Timestamp::now() + SignedDuration::from_mins(5);
        if let Some(found) = kept.as_ref().filter(|found| found.expiration.is_none_or(|at| at > soon)) {
            return Ok(found.clone());
        }
        let found = if variable("AWS_EC2_METADATA_DISABLED").as_deref() == Some("true") {
            Err(DISABLED.to_owned())
        } else {
            let endpoint = variable("AWS_EC2_METADATA_SERVICE_ENDPOINT");
            of_the_node(network, endpoint.as_deref().unwrap_or("http://169.254.169.254")).await
        };
        let found = found.map_err(|words| {
            format!("get identity: get credentials: failed to refresh cached credentials, no EC2 IMDS role found, operation error ec2imds: GetMetadata, {words}")
        })?;
        *kept = Some(found.clone());
        Ok(found)
    }
}

async fn of_the_node(network: &Network, endpoint: &str) -> Result<Credentials, String> {
    let endpoint = endpoint.trim_end_matches('/');
    let ask = |method, path: String, name: &str, value: &str| Ask {
        method,
        url: format!("{endpoint}{path}"),
        headers: vec![(name.to_owned(), value.to_owned())],
        body: String::new(),
    };
    let token = ask("PUT", "/latest/api/token".into(), "x-aws-ec2-metadata-token-ttl-seconds", "21600");
    let token = text(network.ask(&token).await)?;
    let get = |path| ask("GET", path, "x-aws-ec2-metadata-token", &token);
    let role = text(network.ask(&get(ROLES.to_owned())).await)?;
    let role = role.lines().next().unwrap_or_default();
    let found = text(network.ask(&get(format!("{ROLES}{role}"))).await)?;
    serde_json::from_str(&found).map_err(|error| format!("failed to decode {role} EC2 IMDS role credentials, {error}"))
}

fn text(answer: Result<Answer, Silence>) -> Result<String, String> {
    match answer {
        Ok(answer) if answer.status == 200 => Ok(answer.body),
        Ok(answer) => Err(format!("http response error StatusCode: {}, request to EC2 IMDS failed", answer.status)),
        Err(silence) => Err(format!("exceeded maximum number of attempts, 3, request send failed, {}", silence.words)),
    }
}
