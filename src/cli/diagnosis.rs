//! What `doctor` and `diff` take.

use std::path::PathBuf;
use std::time::Duration;

use clap::ValueEnum;

use crate::cli::active::{ActiveFlags, ProbeFlags};
use crate::diagnose::FailOn;
use crate::duration;
use crate::findings::FixFormat;
use crate::redact::Level;

/// What `doctor` takes.
#[derive(Debug, Clone, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct DoctorArguments {
    /// A pod, TYPE/NAME or TYPE NAME: pod, deploy, sts, ds, rs, job, cronjob, sa
    #[arg(value_name = "[TYPE/]NAME")]
    pub targets: Vec<String>,
    /// Diagnose the pods that match this label selector
    #[arg(short = 'l', long, value_name = "SELECTOR", conflicts_with = "targets")]
    pub selector: Option<String>,
    /// Diagnose all pods that are to have an identity; with -l, those that match in all namespaces
    #[arg(short = 'A', long, conflicts_with = "targets")]
    pub all_namespaces: bool,
    /// Judge each pod, also where more than 200 are alike in owner, node, service account and state
    #[arg(long, conflicts_with_all = ["targets", "from"])]
    pub all_pods: bool,
    /// Judge this container only
    #[arg(short, long, value_name = "NAME")]
    pub container: Option<String>,
    /// The longest the whole run may take; what is not answered by then is unknown
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    pub timeout: Duration,
    /// Write the evidence to a file, or to standard output for -; it holds no secret
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub save: Option<PathBuf>,
    /// Diagnose from a saved file, with no network; - reads standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["targets", "selector", "all_namespaces"])]
    pub from: Option<PathBuf>,
    /// Diagnose pods, workloads and service accounts before they are applied: a file, a folder, or - for standard input
    #[arg(short, long, value_name = "FILE", alias = "file", conflicts_with_all = ["targets", "selector", "all_namespaces", "from", "probe", "assume", "cloudtrail", "node_logs"])]
    pub filename: Vec<PathBuf>,
    /// With --filename: ask nobody, and judge by the manifests alone
    #[arg(long, requires = "filename", conflicts_with_all = ["canary", "inspect_secrets", "plan"])]
    pub no_cluster: bool,
    /// Read the Secrets that containers take their environment from, and keep the names of their keys only
    #[arg(long, conflicts_with = "from")]
    pub inspect_secrets: bool,
    /// Print each request the run would make, and make none
    #[arg(long, conflicts_with_all = ["from", "save"])]
    pub plan: bool,
    /// What is asked beyond reading.
    #[command(flatten)]
    pub active: ActiveFlags,
    /// How to look into containers.
    #[command(flatten)]
    pub probe: ProbeFlags,
    /// Which checks, how to word fixes, what counts as failure.
    #[command(flatten)]
    pub judgement: JudgementFlags,
}

/// Which checks, how to word fixes, what counts as failure.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct JudgementFlags {
    /// Judge only these checks, with what they require: codes, names or areas, * for any text
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Judge all but these checks
    #[arg(long, value_name = "CHECKS", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Which result sets a non-zero exit code
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub fail_on: FailOnFlag,
    /// Word changes on the AWS side for this tool
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub fix_format: FixFormatFlag,
    /// Replace names or accounts by stand-ins in report and saved evidence; the verdict stays
    #[arg(long, value_enum, value_name = "WHAT", default_value_t)]
    pub redact: RedactFlag,
}

/// What is replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum RedactFlag {
    /// Nothing; secrets are never in either
    #[default]
    None,
    /// Names, labels and identities of objects, hosts, public addresses, people
    Names,
    /// Numbers of AWS accounts, and identities they can be computed from
    Accounts,
    /// Both
    All,
}

impl From<RedactFlag> for Level {
    fn from(flag: RedactFlag) -> Self {
        match flag {
            RedactFlag::None => Self::None,
            RedactFlag::Names => Self::Names,
            RedactFlag::Accounts => Self::Accounts,
            RedactFlag::All => Self::All,
        }
    }
}

/// What makes the exit code other than zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FailOnFlag {
    /// Errors, and what could not be judged
    #[default]
    Error,
    /// Warnings too
    Warning,
    /// Nothing
    Never,
}

/// How a change on the AWS side is worded.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum FixFormatFlag {
    /// The AWS CLI
    #[default]
    Aws,
    /// eksctl, where it can do it
    Eksctl,
    /// A Terraform resource
    Terraform,
}

impl From<FailOnFlag> for FailOn {
    fn from(flag: FailOnFlag) -> Self {
        match flag {
            FailOnFlag::Error => Self::Error,
            FailOnFlag::Warning => Self::Warning,
            FailOnFlag::Never => Self::Never,
        }
    }
}

impl From<FixFormatFlag> for FixFormat {
    fn from(flag: FixFormatFlag) -> Self {
        match flag {
            FixFormatFlag::Aws => Self::Aws,
            FixFormatFlag::Eksctl => Self::Eksctl,
            FixFormatFlag::Terraform => Self::Terraform,
        }
    }
}

/// What `can-i` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct CanIArguments {
    /// Actions, with commas between them (not with --filename), and the pod, workload or service account
    #[arg(value_name = "ACTION [TYPE/]NAME", required = true)]
    pub words: Vec<String>,
    /// The ARN of a resource that the actions are about; without it all resources
    #[arg(long = "resource", value_name = "ARN")]
    pub resources: Vec<String>,
    /// Read actions from a file, one a line, with the ARN of its resource behind it; - reads standard input
    #[arg(short, long, value_name = "FILE", alias = "file")]
    pub filename: Option<PathBuf>,
    /// Take actions from --filename
    #[arg(long, requires = "filename", hide = true)]
    pub list: bool,
    /// The value of a condition key that policies require: aws:SourceVpc=vpc-0123
    #[arg(long = "condition", value_name = "KEY=VALUE")]
    pub conditions: Vec<String>,
    /// Print each request the run would make, and make none
    #[arg(long)]
    pub plan: bool,
    /// The longest the whole run may take; what is not answered by then is undecided
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    pub timeout: Duration,
}

/// What `diff` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct DiffArguments {
    /// One or two pods or service accounts: NAME or sa/NAME
    #[arg(value_name = "[TYPE/]NAME")]
    pub targets: Vec<String>,
    /// Compare with what `doctor --save` wrote; given twice, compare two files with no network
    #[arg(long, value_name = "FILE")]
    pub from: Vec<PathBuf>,
    /// The longest the whole run may take; what is not answered by then is unknown
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    pub timeout: Duration,
}
