//! The plugins that are understood: the AWS CLI and aws-iam-authenticator.

use super::entry::{Arguments, Known};

const AUTHENTICATOR: [Known; 8] = [
    Known::value("cluster-id").or('i'),
    Known::value("role").or('r'),
    Known::value("region"),
    Known::value("external-id").or('e'),
    Known::value("session-name").or('s'),
    Known::switch("forward-session-name"),
    // The credentials are the same, from a file or not.
    Known::switch("cache"),
    Known::value("log-format").or('l'),
];

/// The session name for a role where the entry gives none; the program itself takes the time.
const AUTHENTICATOR_SESSION: &str = "kubectl-podid";

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct Token {
    /// `--cluster-id`: on EKS the cluster's name.
    pub cluster: String,
    /// `--region`; the token is then made for the region's own endpoint.
    pub region: Option<String>,
    /// `--role`.
    pub role: Option<String>,
    /// `--external-id`.
    pub external_id: Option<String>,
    /// `--session-name`, or one of ours.
    pub session_name: String,
}

/// Reads the arguments, or nothing unless all of them are understood. `variable` reads one variable of the environment.
pub fn authenticator(arguments: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Option<Token> {
    let read = Arguments::read(arguments, &AUTHENTICATOR)?;
    let from_environment = |name: &str| variable(name).filter(|value| !value.is_empty());
    if read.words != ["token"] {
        return None;
    }
    let role = read.get("role").or_else(|| from_environment("DEFAULT_ROLE"));
    // The name of the session it runs in would have to be asked for first.
    if read.is_on("forward-session-name") && (role.is_some() || read.get("session-name").is_some()) {
        return None;
    }
    Some(Token {
        cluster: read.get("cluster-id").or_else(|| from_environment("KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID"))?,
        region: read.get("region"),
        role,
        external_id: read.get("external-id"),
        session_name: read.get("session-name").unwrap_or_else(|| AUTHENTICATOR_SESSION.to_owned()),
    })
}

const AWS_CLI: [Known; 10] = [
    Known::value("cluster-name"),
    Known::value("cluster-id"),
    Known::value("role-arn"),
    Known::value("region"),
    Known::value("profile"),
    Known::value("output"),
    Known::value("color"),
    Known::switch("no-cli-pager"),
    Known::switch("no-paginate"),
    Known::switch("no-cli-auto-prompt"),
];

/// The session name the AWS CLI gives a role that it assumes for a token.
pub const AWS_CLI_SESSION: &str = "EKSGetTokenAuth";

/// What the arguments ask for.
#[derive(Debug, PartialEq, Eq)]
pub struct GetToken {
    /// `--cluster-name`, or `--cluster-id` of a local cluster: what is signed.
    pub cluster: String,
    /// The cluster's name; a local cluster's id is none.
    pub cluster_name: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--role-arn`.
    pub role: Option<String>,
}

/// Reads the arguments, or nothing unless all of them are understood.
pub fn aws_cli(arguments: &[String]) -> Option<GetToken> {
    let read = Arguments::read(arguments, &AWS_CLI)?;
    if read.words != ["eks", "get-token"] || read.get("output").is_some_and(|output| output != "json") {
        return None;
    }
    let (name, id) = (read.get("cluster-name"), read.get("cluster-id"));
    if name.is_some() == id.is_some() {
        return None;
    }
    Some(GetToken {
        cluster: name.clone().or(id)?,
        cluster_name: name,
        region: read.get("region"),
        profile: read.get("profile"),
        role: read.get("role-arn"),
    })
}
