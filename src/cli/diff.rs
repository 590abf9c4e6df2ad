//! What `diff` takes.

use std::path::PathBuf;
use std::time::Duration;

use super::duration;

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
