//! What is said where this tool has a bug: where it is, and in machine formats a document, so that no reader finds nothing.

use super::printer::Printer;
use crate::cli::output::{OutputFlags, OutputFormat};
use crate::error::Error;

/// From now on a panic says where it was and ends the process with the exit code of a bug.
///
/// The message of a panic may quote what was being read, so only its place is told.
pub fn tell(format: Option<OutputFormat>) {
    std::panic::set_hook(Box::new(move |panic| {
        let place = panic.location().map(|place| format!(" at {}:{}", place.file(), place.line())).unwrap_or_default();
        let version = env!("CARGO_PKG_VERSION");
        let error = Error::bug(format!("kubectl podid {version} has met a bug of its own{place}"))
            .hint("please report it with this line and the verb that was used; what --probe, --canary or --assume had announced may still be there");
        let printer = Printer::new(&OutputFlags { output: format, ..OutputFlags::default() });
        std::process::exit(printer.error(&error).0.into());
    }));
}
