//! What `wait` takes.

use std::time::Duration;

use clap::ValueEnum;

use super::duration;

/// What `wait` takes.
#[derive(Debug, Clone, clap::Args)]
pub struct WaitArguments {
    /// The service account: sa/NAME
    #[arg(value_name = "sa/NAME")]
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
}
