//! What a person can do about a finding, worded for the tools they use.
//!
//! Commands are printed, never run. A change on the AWS side exists once for each `--fix-format`.

use serde::{Deserialize, Serialize};

use crate::evidence::context::Typed;

/// How a change on the AWS side is worded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum FixFormat {
    /// The AWS CLI.
    #[default]
    Aws,
    /// eksctl, where it can do it; else the AWS CLI.
    Eksctl,
    /// A Terraform resource.
    Terraform,
}

/// One thing a person can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remediation {
    /// Its part beside the others of a finding.
    pub part: Part,
    /// What it does, as an order: "restart the workload".
    pub does: String,
    /// How it is done, if a command can do it.
    pub command: Command,
    /// What it changes, so that a reader knows before they paste it.
    pub changes: String,
}

/// The part of a remediation among those of one finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The fix, or what follows it.
    Step,
    /// What can be done instead.
    Or,
    /// A further step of what can be done instead.
    OrStep,
}

/// A command in one piece, with real names, that needs no file to be written first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// There is none: it is said in words.
    None,
    /// The same in each format.
    Kubectl(String),
    /// The whole trust policy of a role: of two that rewrite the same one, the later undoes the earlier.
    TrustPolicy {
        /// The role.
        role: String,
        /// The policy, as JSON.
        policy: String,
        /// For Terraform: the statements that change.
        terraform: String,
    },
    /// One for each format.
    Aws {
        /// For the AWS CLI.
        aws: String,
        /// For eksctl, where eksctl can do it.
        eksctl: Option<String>,
        /// For Terraform.
        terraform: Option<String>,
    },
}

impl Command {
    /// Whether it may change an EKS cluster, or what runs in one.
    pub fn writes_to_a_cluster(&self) -> bool {
        matches!(self, Self::Kubectl(_) | Self::Aws { .. })
    }

    /// The role whose trust policy it rewrites, and the policy.
    pub fn trust_policy(&self) -> Option<(&str, &str)> {
        match self {
            Self::TrustPolicy { role, policy, .. } => Some((role, policy)),
            _ => None,
        }
    }
}

impl Remediation {
    /// Makes it a choice beside the remediation before it.
    #[must_use]
    pub fn or(self) -> Self {
        Self { part: Part::Or, ..self }
    }

    /// Makes it a further step of the choice before it.
    #[must_use]
    pub fn or_step(self) -> Self {
        Self { part: Part::OrStep, ..self }
    }

    /// Says in words what to do.
    pub fn words(does: impl Into<String>, changes: impl Into<String>) -> Self {
        Self { part: Part::Step, does: does.into(), command: Command::None, changes: changes.into() }
    }

    /// Gives a command that is the same in each format.
    pub fn kubectl(does: impl Into<String>, command: impl Into<String>, changes: impl Into<String>) -> Self {
        Self { part: Part::Step, does: does.into(), command: Command::Kubectl(command.into()), changes: changes.into() }
    }

    /// The command in a format; the AWS CLI's where the format has none of its own.
    pub fn command_in(&self, format: FixFormat) -> Option<String> {
        match &self.command {
            Command::None => None,
            Command::Kubectl(command) => Some(command.clone()),
            Command::TrustPolicy { terraform, .. } if format == FixFormat::Terraform => Some(terraform.clone()),
            Command::TrustPolicy { role, policy, .. } => Some(format!(
                "aws iam update-assume-role-policy --role-name {} --policy-document {}",
                shell(role),
                shell(policy)
            )),
            Command::Aws { aws, eksctl, terraform } => Some(
                match format {
                    FixFormat::Aws => aws,
                    FixFormat::Eksctl => eksctl.as_ref().unwrap_or(aws),
                    FixFormat::Terraform => terraform.as_ref().unwrap_or(aws),
                }
                .clone(),
            ),
        }
    }
}

/// A command that reaches the cluster and the account that were asked about: with the flags by which a person chose them.
///
/// The first program of a command is looked at, and each in `$(aws …)`. What is no command of a shell, such as a Terraform block, stays.
pub fn addressed(typed: &Typed, command: &str) -> String {
    let flag = |name: &str, value: &Option<String>| match value {
        Some(value) if !command.contains(&format!(" --{name} ")) => format!(" --{name} {}", shell(value)),
        _ => String::new(),
    };
    let own = [
        ("kubeconfig", &typed.kubeconfig),
        ("context", &typed.context),
        ("cluster", &typed.cluster),
        ("user", &typed.user),
        ("server", &typed.server),
    ];
    let of_kubectl: String = own.iter().map(|(name, value)| flag(name, value)).collect();
    let of_aws = flag("profile", &typed.aws_profile);
    if let Some((first, second)) = command.split_once(" && ") {
        return format!("{} && {}", addressed(typed, first), addressed(typed, second));
    }
    let command = command.replace("$(aws ", &format!("$(aws{of_aws} "));
    let (program, rest) = command.split_once(' ').unwrap_or((&command, ""));
    match program {
        // A plugin takes no flag before its name, and what explains itself asks no cluster.
        "kubectl" if rest.starts_with("podid explain") || rest.starts_with("podid demo") => command,
        "kubectl" if rest.starts_with("podid ") => {
            let of_eks =
                [("eks-cluster", &typed.eks_cluster), ("region", &typed.region), ("aws-profile", &typed.aws_profile)];
            let of_eks: String = of_eks.iter().map(|(name, value)| flag(name, value)).collect();
            format!("{command}{of_kubectl}{of_eks}")
        }
        "kubectl" => format!("kubectl{of_kubectl} {rest}"),
        "aws" => format!("aws{of_aws} {rest}"),
        "eksctl" => format!("{command}{of_aws}"),
        "helm" => {
            let context = typed.context.as_ref().map(|name| format!(" --kube-context {}", shell(name)));
            format!("helm{}{} {rest}", flag("kubeconfig", &typed.kubeconfig), context.unwrap_or_default())
        }
        _ => command,
    }
}

/// Puts a word into a POSIX shell command, quoted if anything in it could mean something to the shell.
pub fn shell(word: &str) -> String {
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@=+,%".contains(character);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// Puts text into a Terraform string.
pub fn terraform_string(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"").replace("${", "$${").replace("%{", "%%{");
    format!("\"{escaped}\"")
}

/// Makes a Terraform name of a Kubernetes or IAM name.
pub fn terraform_name(name: &str) -> String {
    let name: String = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_digit()) { format!("_{name}") } else { name }
}
