//! What the verbs take that ask nobody: `demo`, `explain`, `check-trust`, `permissions`, `completion`, `version`.

use std::path::PathBuf;

use clap::ValueEnum;

use crate::cli::diagnosis::{FixFormatFlag, JudgementFlags};

/// What `demo` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct DemoArguments {
    /// The example; without one they are listed
    #[arg(value_name = "EXAMPLE")]
    pub name: Option<String>,
    /// Judge this container only
    #[arg(short, long, value_name = "NAME")]
    pub container: Option<String>,
    /// Which checks, how to word fixes, what counts as failure.
    #[command(flatten)]
    pub judgement: JudgementFlags,
}

/// What `explain` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct ExplainArguments {
    /// Codes, names or areas: PID220, association/created-before-pod, association; without one all checks are listed
    #[arg(value_name = "CODE|NAME|AREA", conflicts_with_all = ["all", "grep"])]
    pub checks: Vec<String>,
    /// Show all checks
    #[arg(long)]
    pub all: bool,
    /// Find the checks that a log text belongs to, best fit first; - reads a whole log from standard input
    #[arg(long, value_name = "TEXT", conflicts_with = "all")]
    pub grep: Option<String>,
}

/// What `permissions` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct PermissionsArguments {
    /// What the permissions are for; each level reads too
    #[arg(long, value_enum, value_name = "LEVEL", value_delimiter = ',', default_value = "read")]
    pub level: Vec<PermissionLevel>,
    /// The namespaces of the pods that are diagnosed; without it the one of -n, else all of them
    #[arg(long = "for-namespace", value_name = "NAMESPACE", value_delimiter = ',')]
    pub namespaces: Vec<String>,
    /// Include what `doctor --inspect-secrets` needs
    #[arg(long)]
    pub inspect_secrets: bool,
    /// The namespace of the agent: kube-system, or with --check where it is found
    #[arg(long, value_name = "NAMESPACE")]
    pub agent_namespace: Option<String>,
    /// Ask the cluster which of these rights this user has
    #[arg(long)]
    pub check: bool,
}

/// Levels of permissions, from what runs need them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PermissionLevel {
    /// Diagnosing without touching anything
    Read,
    /// A dry-run of a new pod
    Canary,
    /// The probe beside the workload
    Probe,
    /// Credentials asked for from here
    Assume,
    /// The agents of all nodes
    Nodes,
    /// Simulating what a role may do
    CanI,
    /// What CloudTrail recorded
    Cloudtrail,
    /// The logs that Auto Mode nodes keep of their agents
    NodeLogs,
    /// The probe on every node
    NodeProbe,
    /// Planning the move of all service accounts from IRSA
    Migrate,
}

impl PermissionLevel {
    /// All levels, in the order in which they reach further.
    pub const ALL: &'static [Self] = &[
        Self::Read,
        Self::Canary,
        Self::Probe,
        Self::Assume,
        Self::Nodes,
        Self::CanI,
        Self::Cloudtrail,
        Self::NodeLogs,
        Self::NodeProbe,
        Self::Migrate,
    ];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Canary => "canary",
            Self::Probe => "probe",
            Self::Assume => "assume",
            Self::Nodes => "nodes",
            Self::CanI => "can-i",
            Self::Cloudtrail => "cloudtrail",
            Self::NodeLogs => "node-logs",
            Self::NodeProbe => "node-probe",
            Self::Migrate => "migrate",
        }
    }

    /// What it is for.
    pub fn meaning(self) -> &'static str {
        match self {
            Self::Read => "what the doctor reads, and the checks that rest on it",
            Self::Canary => "what a dry-run of a new pod needs as well",
            Self::Probe => "what the probe beside the workload needs as well",
            Self::Assume => "what asking for credentials from here needs as well",
            Self::Nodes => "what looking at all nodes needs as well",
            Self::CanI => "what simulating rights needs as well",
            Self::Cloudtrail => "what --cloudtrail needs as well",
            Self::NodeLogs => "what --node-logs needs as well",
            Self::NodeProbe => "what nodes --probe needs as well",
            Self::Migrate => "what planning the move of all service accounts needs as well",
        }
    }
}

/// What `completion` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct CompletionArguments {
    /// The shell; install lets kubectl's own completion ask the plugin for names
    #[arg(value_enum, value_name = "SHELL")]
    pub shell: CompletionFor,
}

/// For whom a completion is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompletionFor {
    /// Writes kubectl_complete-podid beside the plugin
    Install,
    /// A script that completes kubectl-podid
    Bash,
    /// The same
    Elvish,
    /// The same
    Fish,
    /// The same
    Powershell,
    /// The same
    Zsh,
}

/// What `version` takes.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct VersionArguments {}

/// What `check-trust` takes; namespace, EKS cluster and region come from the flags that every verb has.
#[derive(Debug, Clone, clap::Args)]
pub struct CheckTrustArguments {
    /// The trust policy as JSON, or what `aws iam get-role` prints; - reads standard input
    #[arg(short, long, value_name = "FILE", alias = "file")]
    pub filename: PathBuf,
    /// The service account of the pod
    #[arg(long, value_name = "NAME", alias = "serviceaccount")]
    pub service_account: Option<String>,
    /// The name of the pod
    #[arg(long, value_name = "NAME")]
    pub pod: Option<String>,
    /// The UID of the pod
    #[arg(long, value_name = "UID")]
    pub pod_uid: Option<String>,
    /// The AWS account of the EKS cluster
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The association switches session tags off
    #[arg(long)]
    pub disable_session_tags: bool,
    /// The policy is that of a target role, and this is the associated role
    #[arg(long, value_name = "ARN")]
    pub source_role: Option<String>,
    /// The external id of the association, which goes to the target role
    #[arg(long, value_name = "ID", requires = "source_role")]
    pub external_id: Option<String>,
    /// The role that the policy is of, so that the fix can be a command
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<String>,
    /// How a change is worded
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub fix_format: FixFormatFlag,
}
