//! Reads `aws-iam-authenticator token` (release 0.6.13): its options, and the variables that stand in for them.

use super::arguments::{Arguments, Known};

const KNOWN: [Known; 8] = [
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
const SESSION_NAME: &str = "kubectl-podid";

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
pub fn read(arguments: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Option<Token> {
    let read = Arguments::read(arguments, &KNOWN)?;
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
        session_name: read.get("session-name").unwrap_or_else(|| SESSION_NAME.to_owned()),
    })
}
