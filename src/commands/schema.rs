//! `schema`: the JSON Schema of the machine output.

use super::printer::Printer;
use crate::error::Error;
use crate::exit::ExitCode;
use crate::render;

/// Prints the schema.
pub fn run(printer: &Printer) -> Result<ExitCode, Error> {
    printer.report(render::json::SCHEMA)?;
    Ok(ExitCode::HEALTHY)
}
