//! The agent's log: one JSON object a line, members in the order of the alphabet.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde_json::{Value, json};

/// How much is logged; each level holds those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The last words of a process.
    Fatal,
    /// Something failed.
    Error,
    /// Something may fail.
    Warning,
    /// The default.
    Info,
    /// More.
    Debug,
    /// All.
    Trace,
}

impl Level {
    /// Reads a level as the flag names it.
    pub fn read(name: &str) -> Option<Level> {
        [Level::Fatal, Level::Error, Level::Warning, Level::Info, Level::Debug, Level::Trace]
            .into_iter()
            .find(|level| level.name() == name)
    }

    fn name(self) -> &'static str {
        match self {
            Level::Fatal => "fatal",
            Level::Error => "error",
            Level::Warning => "warning",
            Level::Info => "info",
            Level::Debug => "debug",
            Level::Trace => "trace",
        }
    }
}

/// Members of a line, besides level, message and time.
pub type Fields = BTreeMap<String, Value>;

/// A log.
pub struct Log {
    level: Level,
    sink: Mutex<Box<dyn Write + Send>>,
}

impl Log {
    /// Makes a log that writes lines up to a level.
    pub fn new(level: Level, sink: Box<dyn Write + Send>) -> Log {
        Log { level, sink: Mutex::new(sink) }
    }

    /// Writes a line.
    pub fn write(&self, level: Level, fields: &Fields, message: &str) {
        if level > self.level {
            return;
        }
        let mut line = fields.clone();
        let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        line.extend(
            [("level", level.name()), ("msg", message), ("time", time.as_str())].map(|(n, v)| (n.to_owned(), v.into())),
        );
        let mut sink = self.sink.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody is there to be told that the log cannot be written.
        writeln!(sink, "{}", json!(line)).and_then(|()| sink.flush()).ok();
    }
}

impl std::fmt::Debug for Log {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Log").field("level", &self.level).finish_non_exhaustive()
    }
}
