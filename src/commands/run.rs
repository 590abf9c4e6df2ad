//! One run: the verb that was typed, its end, and what is said if it is a bug.

use std::ffi::OsString;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::printer::Printer;
use super::{
    can_i, check_trust, complete, completion, demo, diff, doctor, explain, list, live, migrate, nodes, permissions,
    version, wait,
};
use crate::cli::output::{OutputFlags, OutputFormat};
use crate::cli::{Verb, output};
use crate::error::{Error, ExitCode};
use crate::findings::remediation::shell;
use crate::target::is_object_name;

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

/// Runs the plugin.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    // What programs ask, not people.
    match arguments.as_slice() {
        [_, verb, words @ ..] if verb == complete::VERB => return complete::run(words),
        [_, verb, words @ ..] if verb == completion::COMPANIONS => return completion::write_companions(words),
        // `-v` is the flag of kubectl that asks for more words.
        [_, flag] if flag == "--version" || flag == "-V" => {
            let printer = Printer::new(&OutputFlags::default());
            return version::run(&printer).unwrap_or_else(|error| printer.error(&error));
        }
        _ => {}
    }
    let arguments = output::rewrite(arguments);
    tell(machine_format(&arguments));
    let cli = match output::parse(&arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&arguments, &error),
    };
    if cli.output.verbose >= 2 {
        live::to_stderr();
    }
    let printer = Printer::new(&cli.output);
    let result = match &cli.verb {
        Verb::Doctor(arguments) => doctor::run(&printer, &cli, arguments),
        Verb::Diff(arguments) => diff::run(&printer, &cli, arguments),
        Verb::List(arguments) => list::run(&printer, &cli, arguments),
        Verb::Nodes(arguments) => nodes::run(&printer, &cli, arguments),
        Verb::CanI(arguments) => can_i::run(&printer, &cli, arguments),
        Verb::Migrate(arguments) => migrate::run(&printer, &cli, arguments),
        Verb::Wait(arguments) => wait::run(&printer, &cli, arguments),
        Verb::Demo(arguments) => demo::run(&printer, arguments),
        Verb::Explain(arguments) => explain::run(&printer, arguments),
        Verb::CheckTrust(arguments) => check_trust::run(&printer, &cli, arguments),
        Verb::Permissions(arguments) => permissions::run(&printer, &cli, arguments),
        Verb::Schema => version::schema(&printer),
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
    if let Some(format) = machine_format(arguments).and_then(OutputFormat::of_report) {
        let plain = error.to_string();
        let message = plain.lines().next().unwrap_or_default().trim_start_matches("error: ");
        let told = Error::usage(message).hint("kubectl podid --help prints the usage");
        let printer = Printer::new(&OutputFlags::default());
        printer.report(&crate::render::error_document(&told, format).unwrap_or_default()).ok();
    }
    if let Some(target) = target_without_verb(error) {
        let told = Error::usage(format!("{target} is no verb; kubectl podid --help lists the verbs"))
            .hint(format!("kubectl podid doctor {}", shell(&target)));
        return Printer::new(&OutputFlags::default()).error(&told);
    }
    error.print().ok();
    ExitCode::USAGE
}

/// The target that was typed where a verb should stand; not where a verb may have been meant.
fn target_without_verb(error: &clap::Error) -> Option<String> {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return None };
    // Any word is somewhat like a verb, but no verb has a slash.
    let is_verb = error.get(ContextKind::SuggestedSubcommand).is_some();
    let is_target = match word.split_once('/') {
        Some((_, name)) => is_object_name(name),
        None => is_object_name(word) && !is_verb,
    };
    (error.kind() == ErrorKind::InvalidSubcommand && is_target).then(|| word.clone())
}

/// The machine format that a call asks for which could not be read as a whole.
fn machine_format(arguments: &[OsString]) -> Option<OutputFormat> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let attached = |word: &&str| word.strip_prefix("--output=").or(word.strip_prefix("-o")).map(str::to_owned);
    let apart = words.windows(2).filter(|pair| matches!(pair[0], "-o" | "--output")).map(|pair| pair[1].to_owned());
    let mut named = words.iter().filter_map(attached).chain(apart);
    named.find_map(|name| {
        let format = OutputFormat::from_str(name.trim_start_matches('='), true).ok()?;
        format.of_report().map(|_| format)
    })
}
