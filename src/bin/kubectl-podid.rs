//! The plugin: runs, and ends with the exit code of the run.

use std::process::ExitCode;

#[expect(clippy::print_stderr, reason = "a panic may have happened while the printer was at work")]
fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        // The message of a panic may quote what was being read, so only its place is told.
        eprintln!("error: kubectl podid {version} has met a bug of its own{place}");
        eprintln!(
            "hint: please report it with this line and the verb that was used; nothing was changed in the cluster"
        );
        std::process::exit(70);
    }));
    podid::commands::run(std::env::args_os()).into()
}
