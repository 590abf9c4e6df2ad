//! What `doctor` does beyond reading, each only where it is asked for.

/// What `doctor` does beyond reading.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Active checks (each announces what it creates)")]
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
}
