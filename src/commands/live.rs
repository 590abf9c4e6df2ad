//! Runs what talks to others: until it ends, or until the user has enough; and what is shown meanwhile.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::collect::beyond::active::Announce;
use crate::commands::printer::Printer;
use crate::error::{Error, ErrorKind};

/// Runs work on a runtime of its own. Ctrl-C, SIGTERM and SIGHUP end it.
pub fn run<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    run_and_clear(work, async {})
}

/// Runs work, and then what takes away its traces, also where it was interrupted.
pub fn run_and_clear<T>(
    work: impl Future<Output = Result<T, Error>>,
    clear: impl Future<Output = ()>,
) -> Result<T, Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Error::usage(format!("the system does not let this process start its work — {error}"))
            .hint("ulimit -n says how many files it may open; it needs 32")
    })?;
    let result = runtime.block_on(async {
        let result = tokio::select! {
            result = work => result,
            () = interruption() => Err(interrupted()),
        };
        clear.await;
        result
    });
    // A name that is still being resolved must not keep the process alive.
    runtime.shutdown_background();
    result
}

/// Ctrl-C, and what a scheduler or a closed terminal sends.
async fn interruption() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let (Ok(mut terminate), Ok(mut hang_up)) = (signal(SignalKind::terminate()), signal(SignalKind::hangup())) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
                _ = hang_up.recv() => {}
            }
            return;
        }
    }
    tokio::signal::ctrl_c().await.ok();
}

fn interrupted() -> Error {
    Error { kind: ErrorKind::Interrupted, message: "interrupted".to_owned(), hint: None }
}

/// A spinner that goes away when it is dropped.
pub struct Spinner(ProgressBar);

impl Spinner {
    /// Starts a spinner, or nothing where progress is not shown.
    pub fn start(printer: &Printer, message: String) -> Self {
        if !printer.shows_progress() {
            return Self(ProgressBar::hidden());
        }
        let bar = ProgressBar::new_spinner();
        let marks: &[&str] = if printer.style().unicode {
            &["⠋", "⠙", "⠸", "⠴", "⠦", "⠇", " "]
        } else {
            &["|", "/", "-", "\\", " "]
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style.tick_strings(marks));
        }
        bar.set_message(message);
        bar.enable_steady_tick(Duration::from_millis(80));
        Self(bar)
    }

    /// Changes what it says.
    pub fn say(&self, message: String) {
        self.0.set_message(message);
    }

    /// A way to say lines while it turns: it steps aside for them.
    pub fn announce(&self, printer: &Printer) -> Announce {
        let (note, warning) = (printer.note(), printer.warning());
        let (beside, above) = (self.0.clone(), self.0.clone());
        Announce {
            note: Arc::new(move |words| beside.suspend(|| note(words))),
            warning: Arc::new(move |words| above.suspend(|| warning(words))),
        }
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Shows our own events, which are of level `info`. What libraries trace may hold headers, and headers hold secrets.
pub fn to_stderr() {
    let own = filter_fn(|metadata| metadata.target().starts_with("podid"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(false)
        .without_time()
        .with_filter(own);
    // This is the only place that sets a subscriber, so it cannot be set already.
    tracing_subscriber::registry().with(lines).try_init().ok();
}
