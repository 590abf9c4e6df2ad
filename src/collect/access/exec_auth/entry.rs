//! Says what an exec entry asks for, if it is one of the two that are understood.

use std::collections::BTreeMap;
use std::path::Path;

use kube::config::ExecConfig;

use super::{authenticator, aws_cli, environment};
use crate::collect::access::clients::{AssumedRole, AwsIdentity, Profile};

/// An entry that asks for an EKS token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EksEntry {
    /// What is signed into the token: the cluster's name, or the id of a local cluster.
    pub signed_cluster: String,
    /// The cluster's name, if the entry tells it.
    pub cluster_name: Option<String>,
    /// The region of the entry's arguments or variables, without that of this process.
    pub region: Option<String>,
    /// As whom the token is signed; flags may choose another identity for AWS calls.
    pub identity: AwsIdentity,
    /// Which program is answered for.
    pub program: Program,
    /// Whether each word and variable of it is understood, so that it may be answered in this process.
    pub is_understood: bool,
    /// The variables the entry sets, as far as they are known and no secret.
    pub variables: BTreeMap<String, String>,
}

/// The programs that make EKS tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// `aws eks get-token`.
    AwsCli,
    /// `aws-iam-authenticator token`.
    Authenticator {
        /// Whether `--region` asks for the region's own endpoint.
        regional: bool,
    },
}

impl EksEntry {
    /// Reads one variable as the entry's program would: its own first, then this process's.
    pub fn variable(&self, name: &str, process: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        self.variables.get(name).cloned().or_else(|| process(name))
    }
}

/// Reads an entry; none if it runs another program, or one of the two with arguments that are not understood.
///
/// `process` reads one variable of this process.
pub fn understand(exec: &ExecConfig, process: &dyn Fn(&str) -> Option<String>) -> Option<EksEntry> {
    let variables = environment::variables(exec);
    let variable = |name: &str| variables.get(name).cloned().or_else(|| process(name));
    let arguments = exec.args.clone().unwrap_or_default();
    let identity = AwsIdentity::from_environment(&variable);
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
    let own_region = set("AWS_DEFAULT_REGION").or_else(|| set("AWS_REGION"));
    let is_understood = environment::is_understood(&variables);
    match program(exec.command.as_deref()?) {
        "aws" => {
            let read = aws_cli::read(&arguments)?;
            let role =
                read.role.map(|arn| AssumedRole { arn, session_name: aws_cli::SESSION_NAME.into(), external_id: None });
            Some(EksEntry {
                signed_cluster: read.cluster,
                cluster_name: read.cluster_name,
                region: read.region.clone().or(own_region),
                identity: AwsIdentity {
                    profile: read.profile.map_or(identity.profile, Profile::Chosen),
                    region: read.region.or(identity.region),
                    role,
                    ..identity
                },
                program: Program::AwsCli,
                is_understood,
                variables: environment::without_secrets(variables),
            })
        }
        "aws-iam-authenticator" | "heptio-authenticator-aws" => {
            let read = authenticator::read(&arguments, &variable)?;
            let (session_name, external_id) = (read.session_name, read.external_id);
            Some(EksEntry {
                signed_cluster: read.cluster.clone(),
                cluster_name: Some(read.cluster),
                region: read.region.clone().or(own_region),
                program: Program::Authenticator { regional: read.region.is_some() },
                identity: AwsIdentity {
                    region: read.region.or(identity.region),
                    role: read.role.map(|arn| AssumedRole { arn, session_name, external_id }),
                    ..identity
                },
                is_understood,
                variables: environment::without_secrets(variables),
            })
        }
        _ => None,
    }
}

/// The program's name without its directory and without Windows' ending.
fn program(command: &str) -> &str {
    let name = Path::new(command).file_name().and_then(|name| name.to_str()).unwrap_or(command);
    name.strip_suffix(".exe").unwrap_or(name)
}
