//! Which output formats each verb has: its help lists these alone, and so does the answer to a mistyped one.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command, CommandFactory, FromArgMatches, ValueEnum};

use super::Cli;
use super::output::OutputFormat;
use OutputFormat::{Html, Iam, Json, Junit, Markdown, Rbac, Short, Table, Wide, Yaml};

/// What a verb has that is not named below.
const PLAIN: &[OutputFormat] = &[Table, Short, Json, Yaml];
/// The verbs that have formats of their own.
const OWN: &[(&str, &[OutputFormat])] = &[
    ("doctor", &[Table, Wide, Short, Json, Yaml, Markdown, Html, Junit]),
    ("demo", &[Table, Wide, Short, Json, Yaml, Markdown, Html, Junit]),
    ("permissions", &[Table, Short, Json, Yaml, Rbac, Iam]),
];

/// The name of the argument, as it is derived from its field.
const ID: &str = "output";

/// Makes the command line with the formats of each verb.
pub fn command() -> Command {
    let mut command = Cli::command();
    let verbs: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let argument = command.get_arguments().find(|argument| argument.get_id() == ID).cloned();
    for verb in verbs {
        if let Some(argument) = argument.clone() {
            command = command.mut_subcommand(&verb, |inner| inner.arg(of_verb(argument, &verb)));
        }
    }
    command
}

/// Reads the command line.
pub fn parse(arguments: &[std::ffi::OsString]) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The formats of a verb.
pub fn of(verb: &str) -> &'static [OutputFormat] {
    OWN.iter().find(|(name, _)| *name == verb).map_or(PLAIN, |(_, formats)| *formats)
}

fn of_verb(argument: Arg, verb: &str) -> Arg {
    let names = of(verb).iter().filter_map(ValueEnum::to_possible_value);
    let parser = PossibleValuesParser::new(names).try_map(|name| OutputFormat::from_str(&name, true));
    argument.value_parser(parser)
}
