//! What `nodes` takes.

use std::time::Duration;

use super::duration;
use crate::inventory::nodes::NodeFilter;

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
