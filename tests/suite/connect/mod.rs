//! How the plugin reaches Kubernetes and AWS.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by failing")]
#![expect(
    clippy::unnecessary_wraps,
    reason = "fields of flags and entries are optional, and their values stand in tables"
)]

mod agent_log;
mod aws_errors;
#[cfg(unix)]
mod credential_process;
mod eks_name;
mod eks_token;
#[cfg(unix)]
mod exec_command;
mod exec_entry;
mod flags;
mod kubeconfig_choice;
mod kubeconfig_files;
mod kubeconfig_login;
mod kubernetes_client;
mod proxy;
mod reach;
mod requests;
mod server_host;

/// What STS answers to `AssumeRole`.
const ASSUMED: &str = "<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIDEXAMPLE</AccessKeyId>\
    <SecretAccessKey>assumed-secret</SecretAccessKey><SessionToken>assumed+session/token==</SessionToken>\
    <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>";
