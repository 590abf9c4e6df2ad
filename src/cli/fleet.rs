//! What the verbs take that look at a whole cluster: `list`, `nodes`.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::active::ACTIVE;
use crate::cli::diagnosis::FixFormatFlag;
use crate::duration;
use crate::inventory::Column;
use crate::inventory::nodes::NodeFilter;
use crate::inventory::selection::{Filter, Trouble};

/// What `list` takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct ListArguments {
    /// List all namespaces, which is the default; -n takes one
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Count the pods that match this label selector, and list their service accounts
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// Show service accounts with pods that are older than their association
    #[arg(long)]
    pub stale: bool,
    /// Show associations without a service account
    #[arg(long)]
    pub orphans: bool,
    /// Show service accounts with pods whose SDKs use other credentials
    #[arg(long)]
    pub shadowed: bool,
    /// Show service accounts with pods that carry the variables, and no association
    #[arg(long)]
    pub unassociated: bool,
    /// Show service accounts whose role does not let EKS in, or does not exist (reads trust policies)
    #[arg(long, conflicts_with = "no_roles")]
    pub refused: bool,
    /// Show associations with this role or target role: a name or an ARN, * for any text
    #[arg(long, value_name = "ROLE")]
    pub role: Option<String>,
    /// Show associations managed by this: terraform, eksctl, cloudformation, ack, crossplane, or an add-on
    #[arg(long, value_name = "NAME")]
    pub managed_by: Option<String>,
    /// Sort by this column
    #[arg(long, value_enum, value_name = "COLUMN", default_value_t)]
    pub sort_by: Column,
    /// Show who shares each role
    #[arg(long, conflicts_with_all = ["no_roles", "restart_plan"])]
    pub by_role: bool,
    /// Read each role, and judge whether its trust policy lets EKS in
    #[arg(long, conflicts_with = "no_roles")]
    pub trust: bool,
    /// Do not read associations in full: no roles, no ages, and pods without variables stay unknown
    #[arg(long)]
    pub no_roles: bool,
    /// Print the commands that restart stale workloads, and run none
    #[arg(long, conflicts_with_all = ["no_roles", "contexts"])]
    pub restart_plan: bool,
    /// List several clusters side by side: contexts of the kubeconfig, or '*' for all
    #[arg(long, value_name = "CONTEXTS", value_delimiter = ',')]
    pub contexts: Vec<String>,
    /// Write to this file all at once, so that no reader sees half of it
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
    /// Show an example, without a cluster
    #[arg(long, conflicts_with_all = ["contexts", "plan"])]
    pub demo: bool,
    /// Print each request the run would make, and make none
    #[arg(long)]
    pub plan: bool,
    /// The longest the whole run may take; what is not answered by then is unknown
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::parse)]
    pub timeout: Duration,
}

impl ListArguments {
    /// Which rows are asked for.
    pub fn filter(&self) -> Filter {
        let troubles = [
            (self.stale, Trouble::Stale),
            (self.orphans, Trouble::Orphan),
            (self.shadowed, Trouble::Shadowed),
            (self.unassociated, Trouble::Unassociated),
            (self.refused, Trouble::Refused),
        ];
        Filter {
            troubles: troubles.into_iter().filter(|(asked, _)| *asked).map(|(_, trouble)| trouble).collect(),
            role: self.role.clone(),
            managed_by: self.managed_by.clone(),
        }
    }

    /// Whether trust policies are judged: also before restarts are planned, because a restart takes away what a pod still has.
    pub fn judges_trust(&self) -> bool {
        self.trust || self.refused || self.restart_plan
    }
}

/// What `nodes` takes.
#[derive(Debug, Clone, Default, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub struct NodesArguments {
    /// Read nodes that match this label selector
    #[arg(short = 'l', long, value_name = "SELECTOR")]
    pub selector: Option<String>,
    /// Show nodes whose agent is not ready, or fails
    #[arg(long)]
    pub not_ready: bool,
    /// Show nodes without an agent
    #[arg(long)]
    pub without_agent: bool,
    /// Read the log of each agent: requests of the last 15 minutes, and their errors
    #[arg(long)]
    pub logs: bool,
    /// Read the metrics of each agent: answers since it started (needs get pods/proxy)
    #[arg(long)]
    pub metrics: bool,
    /// Run podid-probe on every node as this service account (sa/NAME): makes a DaemonSet, and deletes it again
    #[arg(long, value_name = "sa/NAME", conflicts_with = "demo", help_heading = ACTIVE)]
    pub probe: Option<String>,
    /// The image of the pods: any with a shell, or one called kubectl-podid, which brings the probe [default: busybox:stable]
    #[arg(long, value_name = "IMAGE", requires = "probe", help_heading = ACTIVE)]
    pub probe_image: Option<String>,
    /// The longest to wait for the next pod to come up, within --timeout [default: 1m]
    #[arg(long, value_name = "DURATION", requires = "probe", value_parser = duration::parse, help_heading = ACTIVE)]
    pub probe_timeout: Option<Duration>,
    /// Show an example, without a cluster
    #[arg(long, conflicts_with = "plan")]
    pub demo: bool,
    /// Print each request the run would make, and make none
    #[arg(long)]
    pub plan: bool,
    /// The longest the whole run may take; what is not answered by then is unknown
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::parse)]
    pub timeout: Duration,
}

impl NodesArguments {
    /// Which rows are asked for.
    pub fn filter(&self) -> NodeFilter {
        NodeFilter { not_ready: self.not_ready, without_agent: self.without_agent }
    }
}

/// What `migrate` takes.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct MigrateArguments {
    /// Plan for all namespaces, which is the default; -n takes one
    #[arg(short = 'A', long)]
    pub all_namespaces: bool,
    /// Word changes on the AWS side for this tool
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub fix_format: FixFormatFlag,
    /// Show an example, without a cluster
    #[arg(long, conflicts_with = "plan")]
    pub demo: bool,
    /// Print each request the run would make, and make none
    #[arg(long)]
    pub plan: bool,
    /// The longest the whole run may take; what is not answered by then is unknown
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = duration::parse)]
    pub timeout: Duration,
}
