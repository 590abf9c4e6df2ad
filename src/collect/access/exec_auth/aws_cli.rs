//! Reads `aws eks get-token`: the options of the command, and those of the AWS CLI that leave its answer the same.

use super::arguments::{Arguments, Known};

const KNOWN: [Known; 10] = [
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
pub const SESSION_NAME: &str = "EKSGetTokenAuth";

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
pub fn read(arguments: &[String]) -> Option<GetToken> {
    let read = Arguments::read(arguments, &KNOWN)?;
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
