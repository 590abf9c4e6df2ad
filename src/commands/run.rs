//! From arguments to an exit code.

use std::ffi::OsString;

use clap::Parser;
use clap::error::ErrorKind;

use super::printer::Printer;
use super::{completion, demo, doctor, explain, permissions, schema, trace, version};
use crate::cli::output::OutputFlags;
use crate::cli::{Cli, Verb, verbosity};
use crate::error::Error;
use crate::exit::ExitCode;
use crate::render::Format;

/// Runs the plugin.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = verbosity::rewrite(arguments);
    let cli = match Cli::try_parse_from(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&arguments, &error),
    };
    if cli.output.verbose >= 2 {
        trace::to_stderr();
    }
    let printer = Printer::new(&cli.output);
    let result = match &cli.verb {
        Verb::Doctor(arguments) => doctor::run(&printer, &cli, arguments),
        Verb::Demo(arguments) => demo::run(&printer, arguments),
        Verb::Explain(arguments) => explain::run(&printer, arguments),
        Verb::Permissions(arguments) => permissions::run(&printer, arguments),
        Verb::Schema => schema::run(&printer),
        Verb::Completion(arguments) => completion::run(&printer, arguments),
        Verb::Version(_) => version::run(&printer),
    };
    result.unwrap_or_else(|error| printer.error(&error))
}

/// Answers help and usage errors. Where a machine format was asked for, the error is a document too.
fn usage(arguments: &[OsString], error: &clap::Error) -> ExitCode {
    if matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        error.print().ok();
        return ExitCode::HEALTHY;
    }
    let machine = arguments.windows(2).any(|pair| {
        matches!(pair[0].to_str(), Some("-o" | "--output")) && matches!(pair[1].to_str(), Some("json" | "yaml"))
    }) || arguments
        .iter()
        .filter_map(|word| word.to_str())
        .any(|word| matches!(word, "-ojson" | "-oyaml" | "-o=json" | "-o=yaml" | "--output=json" | "--output=yaml"));
    if machine {
        let plain = error.to_string();
        let message = plain.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let told = Error::usage(message).hint("kubectl podid --help lists what can be typed");
        let printer = Printer::new(&OutputFlags::default());
        printer.report(&crate::render::error_document(&told, Format::Json).unwrap_or_default()).ok();
    }
    error.print().ok();
    ExitCode::USAGE
}
