//! The command line: clap types only, one file per group of flags.

pub mod active;
pub mod connection;
pub mod diagnosis;
pub mod fleet;
pub mod informative;
pub mod output;

use active::WaitArguments;
use clap::{Parser, Subcommand};
use connection::{AwsFlags, ConnectionFlags};
use diagnosis::{CanIArguments, DiffArguments, DoctorArguments};
use fleet::NodesArguments;
use fleet::{ListArguments, MigrateArguments};
use informative::CheckTrustArguments;
use informative::{CompletionArguments, DemoArguments, ExplainArguments, PermissionsArguments, VersionArguments};
use output::OutputFlags;

/// Says why a pod does not get its AWS identity through EKS Pod Identity
#[derive(Debug, Parser)]
#[command(
    // As kubectl has it: of a flag given twice, an alias's and one's own, the last counts.
    args_override_self = true,
    name = "kubectl-podid",
    bin_name = "kubectl podid",
    version,
    disable_version_flag = true,
    propagate_version = false,
    after_help = "Examples:\n  kubectl podid doctor api-7c9f -n shop      why this pod has no AWS identity\n  kubectl podid doctor deploy/api            newest, oldest, one not ready\n  kubectl podid doctor sa/api                what the next pod would get\n  kubectl podid list                         who has which role, and who to restart\n  kubectl podid nodes                        which nodes lack a working agent\n  kubectl podid wait sa/api --timeout 5m     until new pods get their variables\n  kubectl podid demo no-association          an example, no cluster needed\n  kubectl podid explain PID220               a check in full\n  kubectl podid check-trust -f role.json -n shop --service-account api"
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// How to speak.
    #[command(flatten)]
    pub output: OutputFlags,
    /// Where the cluster is.
    #[command(flatten)]
    pub connection: ConnectionFlags,
    /// Where AWS is.
    #[command(flatten)]
    pub aws: AwsFlags,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Diagnose pods, workloads and service accounts
    Doctor(DoctorArguments),
    /// Show what differs between two pods, or since a run that was saved
    Diff(DiffArguments),
    /// List who has which role, whose pods got it, and who needs a restart
    List(ListArguments),
    /// Show how the agent is on each node
    Nodes(NodesArguments),
    /// Say whether the role behind a pod may do something
    CanI(CanIArguments),
    /// Plan the move of service accounts from IRSA to EKS Pod Identity
    Migrate(MigrateArguments),
    /// Wait until new pods get their variables, or until a target is healthy
    Wait(WaitArguments),
    /// Run the doctor on an example that ships in the binary
    Demo(DemoArguments),
    /// Explain a check: what, why, how to fix, what it reads
    Explain(ExplainArguments),
    /// Judge a trust policy offline, and point at the lines that decide
    CheckTrust(CheckTrustArguments),
    /// Print the least RBAC role and IAM policy
    Permissions(PermissionsArguments),
    /// Print the JSON Schema of the machine output
    Schema,
    /// Complete the line that is typed: install for kubectl, or a script for a shell
    Completion(CompletionArguments),
    /// Print the version
    Version(VersionArguments),
}
