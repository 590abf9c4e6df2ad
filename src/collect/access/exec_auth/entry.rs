//! What an exec entry of a kubeconfig asks for, read from its command and arguments.

use std::collections::BTreeMap;
use std::path::Path;

use kube::config::ExecConfig;

use super::{command, known};
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
    let variables = command::variables(exec);
    let variable = |name: &str| variables.get(name).cloned().or_else(|| process(name));
    let arguments = exec.args.clone().unwrap_or_default();
    let identity = AwsIdentity::from_environment(&variable);
    let set = |name: &str| variables.get(name).filter(|value| !value.is_empty()).cloned();
    let own_region = set("AWS_DEFAULT_REGION").or_else(|| set("AWS_REGION"));
    let is_understood = command::is_understood(&variables);
    match program(exec.command.as_deref()?) {
        "aws" => {
            let read = known::aws_cli(&arguments)?;
            let role = read.role.map(|arn| AssumedRole {
                arn,
                session_name: known::AWS_CLI_SESSION.into(),
                external_id: None,
            });
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
                variables: command::without_secrets(variables),
            })
        }
        "aws-iam-authenticator" | "heptio-authenticator-aws" => {
            let read = known::authenticator(&arguments, &variable)?;
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
                variables: command::without_secrets(variables),
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

/// An option that is understood.
#[derive(Debug, Clone, Copy)]
pub struct Known {
    /// The name it is kept under: `--name`.
    pub name: &'static str,
    /// The one-letter form: `-n`.
    pub short: Option<char>,
    /// Whether a value belongs to it.
    pub takes_value: bool,
}

impl Known {
    /// An option with a value.
    pub const fn value(name: &'static str) -> Self {
        Self { name, short: None, takes_value: true }
    }

    /// An option without one.
    pub const fn switch(name: &'static str) -> Self {
        Self { name, short: None, takes_value: false }
    }

    /// The same with a one-letter form.
    #[must_use]
    pub const fn or(self, short: char) -> Self {
        Self { short: Some(short), ..self }
    }
}

/// What was read.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Arguments {
    /// The words that are no options, in their order.
    pub words: Vec<String>,
    /// The options; of one given twice the last value counts. A switch has the value `true` unless it says otherwise.
    pub options: BTreeMap<&'static str, String>,
}

impl Arguments {
    /// Reads arguments, or nothing if one of them is not understood.
    pub fn read(arguments: &[String], known: &[Known]) -> Option<Self> {
        let mut read = Self::default();
        let mut rest = arguments.iter();
        while let Some(argument) = rest.next() {
            if !argument.starts_with('-') {
                read.words.push(argument.clone());
                continue;
            }
            let (option, attached) = find(argument, known)?;
            let value = match (option.takes_value, attached) {
                (true, Some(value)) => value.to_owned(),
                (true, None) => rest.next().filter(|value| !value.starts_with('-'))?.clone(),
                (false, Some(value)) if matches!(value, "true" | "false") => value.to_owned(),
                (false, Some(_)) => return None,
                (false, None) => "true".to_owned(),
            };
            read.options.insert(option.name, value);
        }
        Some(read)
    }

    /// An option's value; an empty one counts as none.
    pub fn get(&self, name: &str) -> Option<String> {
        self.options.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// Whether a switch is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.options.get(name).is_some_and(|value| value == "true")
    }
}

fn find<'a>(argument: &'a str, known: &[Known]) -> Option<(Known, Option<&'a str>)> {
    if let Some(long) = argument.strip_prefix("--") {
        let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
        let option = known.iter().find(|option| option.name == name)?;
        return Some((*option, value));
    }
    let mut letters = argument.strip_prefix('-')?.chars();
    let letter = letters.next()?;
    let option = known.iter().find(|option| option.short == Some(letter))?;
    let attached = Some(letters.as_str()).filter(|rest| !rest.is_empty());
    Some((*option, attached.map(|rest| rest.strip_prefix('=').unwrap_or(rest))))
}
