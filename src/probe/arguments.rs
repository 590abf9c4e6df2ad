//! What the plugin tells the probe: what a container cannot know of itself, and how long it may take.

use std::time::Duration;

/// What the probe was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// How long it may run; then it ends, whatever it is doing.
    pub timeout: Duration,
    /// The cluster's region, for a container that knows none.
    pub region: Option<String>,
    /// Whether it waits for a line on standard input: whoever listens is there then.
    pub waits: bool,
    /// The id of the container that is meant, where the probe runs beside it.
    pub container: Option<String>,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(25), region: None, waits: false, container: None }
    }
}

impl Arguments {
    /// Reads `--timeout SECONDS`, `--region NAME`, `--container ID` and `--begin stdin`; whatever else there is, is left out.
    pub fn read(arguments: impl IntoIterator<Item = String>) -> Self {
        let mut read = Self::default();
        let mut arguments = arguments.into_iter();
        while let Some(name) = arguments.next() {
            let Some(value) = arguments.next() else { break };
            match name.as_str() {
                "--timeout" => read.timeout = value.parse().map_or(read.timeout, Duration::from_secs),
                "--region" => read.region = Some(value).filter(|value| !value.is_empty()),
                "--container" => read.container = Some(value).filter(|value| !value.is_empty()),
                "--begin" => read.waits = value == "stdin",
                _ => {}
            }
        }
        read
    }
}
