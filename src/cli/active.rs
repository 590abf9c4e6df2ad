//! What goes beyond reading: `--canary`, `--assume`, `--probe`, and what `wait` takes.

use std::time::Duration;

use clap::ValueEnum;

use crate::duration;

/// Where help lists what goes beyond reading.
pub const ACTIVE: &str = "Active checks (each announces what it creates)";

/// What `doctor` does beyond reading.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = ACTIVE)]
pub struct ActiveFlags {
    /// Ask for N new pods as a server-side dry-run, and count those that get the variables; nothing is stored
    #[arg(
        long,
        value_name = "N",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "3",
        value_parser = clap::value_parser!(u32).range(1..=100),
        conflicts_with = "from"
    )]
    pub canary: Option<u32>,
    /// Ask EKS Auth from here for the pod's credentials, and STS whose they are; both are forgotten, logs tell of the calls
    #[arg(long, conflicts_with = "from")]
    pub assume: bool,
    /// Read what the agent of an Auto Mode node logged: from the kubelet, else with a NodeDiagnostic, which is deleted again
    #[arg(long, conflicts_with = "from")]
    pub node_logs: bool,
    /// Ask CloudTrail what it recorded of the pod's credentials, and who changed role and association, since 12h or a time like
    /// --cloudtrail=3d; takes some seconds
    #[arg(
        long,
        value_name = "SINCE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "12h",
        value_parser = duration::parse_past,
        conflicts_with = "from"
    )]
    pub cloudtrail: Option<Duration>,
}

/// How `doctor` looks into containers.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = ACTIVE)]
pub struct ProbeFlags {
    /// Run podid-probe in the container (exec), beside it in an ephemeral container, or in a copy of the pod; auto takes the
    /// first that can work
    #[arg(
        long,
        value_name = "MODE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "auto",
        conflicts_with = "from"
    )]
    pub probe: Option<ProbeMode>,
    /// The image of an ephemeral container or of the copy: any with a shell, or one called kubectl-podid, which brings the probe
    /// [default: that of the release where the node has it, else busybox:stable]
    #[arg(long, value_name = "IMAGE")]
    pub probe_image: Option<String>,
    /// The longest a probe of one container may take, within --timeout
    #[arg(long, value_name = "DURATION", default_value = "30s", value_parser = duration::parse)]
    pub probe_timeout: Duration,
}

/// A way into the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProbeMode {
    /// The first that can work
    Auto,
    /// In the container itself: needs a shell, and a place to write to
    Exec,
    /// In an ephemeral container, which stays in the pod's description
    Ephemeral,
    /// In a copy of the pod on the same node, which is deleted again
    Pod,
}

/// What `wait` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct WaitArguments {
    /// The service account: sa/NAME; with --for=healthy also a pod or a workload
    #[arg(value_name = "[TYPE/]NAME")]
    pub target: String,
    /// What to wait for
    #[arg(long = "for", value_enum, value_name = "CONDITION", default_value_t)]
    pub condition: Condition,
    /// The longest to wait
    #[arg(long, value_name = "DURATION", default_value = "2m", value_parser = duration::parse)]
    pub timeout: Duration,
}

/// What can be waited for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Condition {
    /// New pods of the service account get their variables
    #[default]
    Injected,
    /// The doctor finds the pod, the workload or the service account healthy, or degraded only
    Healthy,
}
