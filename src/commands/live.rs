//! Runs what talks to others: until it ends, or until the user has enough.

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
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::bug(format!("the runtime did not start — {error}")))?;
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
