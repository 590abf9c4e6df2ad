//! `completion`: a script for the user's shell.

use super::printer::Printer;
use crate::cli::formats;
use crate::cli::informative::CompletionArguments;
use crate::error::Error;
use crate::exit::ExitCode;

/// Prints the completion script.
pub fn run(printer: &Printer, arguments: &CompletionArguments) -> Result<ExitCode, Error> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut formats::command(), "kubectl-podid", &mut script);
    printer.report(&String::from_utf8_lossy(&script))?;
    Ok(ExitCode::HEALTHY)
}
