//! How results are printed: format, colour, verbosity.

use std::ffi::OsString;
use std::sync::LazyLock;

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use clap::{Arg, Command, CommandFactory, FromArgMatches, ValueEnum};

use super::Cli;
use crate::render::Format;

/// Format, colour and volume.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Output")]
pub struct OutputFlags {
    /// Output format
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    pub output: Option<OutputFormat>,
    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: ColorChoice,
    /// Use marks without Unicode
    #[arg(long, global = true)]
    pub ascii: bool,
    /// Hide progress and notes; warnings about created objects are still printed
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Show all checks (-vv: log each request to standard error, with wave, wait, time and size)
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The formats: those of reports, and those of one verb.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputFormat {
    /// One of reports.
    Report(Format),
    /// A Kubernetes RBAC manifest.
    Rbac,
    /// An IAM policy.
    Iam,
    /// Names that `doctor` takes.
    Names,
    /// Comma-separated values.
    Csv,
    /// Samples for Prometheus.
    Prometheus,
}

impl ValueEnum for OutputFormat {
    fn value_variants<'a>() -> &'a [Self] {
        static ALL: LazyLock<Vec<OutputFormat>> = LazyLock::new(|| {
            let reports = Format::value_variants().iter().map(|format| OutputFormat::Report(*format));
            reports.chain(OWN.iter().flat_map(|(_, formats)| formats.iter().copied())).collect()
        });
        &ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Self::Report(format) => format.to_possible_value(),
            Self::Rbac => Some(PossibleValue::new("rbac").help("A Kubernetes RBAC manifest (permissions)")),
            Self::Iam => Some(PossibleValue::new("iam").help("An IAM policy (permissions)")),
            Self::Names => Some(PossibleValue::new("name").help("sa/NAME -n NAMESPACE, a line each, for xargs (list)")),
            Self::Csv => Some(PossibleValue::new("csv").help("Rows for a spreadsheet (list)")),
            Self::Prometheus => Some(PossibleValue::new("prometheus").help("Samples for node-exporter (list)")),
        }
    }
}

/// When colour is used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless the environment says otherwise
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl OutputFormat {
    /// Whether it is data: a document of fields and lists.
    pub fn is_data(self) -> bool {
        matches!(self, Self::Report(Format::Json | Format::Yaml))
    }

    /// The format of reports; some formats are other verbs' only.
    pub fn of_report(self) -> Option<Format> {
        match self {
            Self::Report(format) => Some(format),
            Self::Rbac | Self::Iam | Self::Names | Self::Csv | Self::Prometheus => None,
        }
    }
}

/// What every verb has.
pub const PLAIN: [Format; 4] = [Format::Table, Format::Short, Format::Json, Format::Yaml];

/// The formats that one verb has alone.
const OWN: &[(&str, &[OutputFormat])] = &[
    ("permissions", &[OutputFormat::Rbac, OutputFormat::Iam]),
    ("list", &[OutputFormat::Names, OutputFormat::Csv, OutputFormat::Prometheus]),
];

/// The formats of a verb.
pub fn of(verb: &str) -> Vec<OutputFormat> {
    let reports = match verb {
        "doctor" | "demo" => Format::value_variants(),
        "migrate" => &[Format::Table, Format::Json, Format::Yaml, Format::Markdown],
        "list" | "nodes" => &[Format::Table, Format::Wide, Format::Json, Format::Yaml],
        _ => &PLAIN,
    };
    let own = OWN.iter().find(|(name, _)| *name == verb).map_or(&[][..], |(_, formats)| *formats);
    reports.iter().map(|format| OutputFormat::Report(*format)).chain(own.iter().copied()).collect()
}

/// The name of the argument, as it is derived from its field.
const ID: &str = "output";

/// Makes the command line with the formats of each verb.
pub fn command() -> Command {
    let mut command = Cli::command();
    let verbs: Vec<String> = command.get_subcommands().map(|verb| verb.get_name().to_owned()).collect();
    let argument = command.get_arguments().find(|argument| argument.get_id() == ID).cloned();
    let places: Vec<Arg> = command.get_arguments().filter(|one| is_a_place(one)).cloned().collect();
    for verb in verbs {
        if let Some(argument) = argument.clone() {
            command = command.mut_subcommand(&verb, |inner| inner.arg(of_verb(argument, &verb)));
        }
        let Some((_, needed)) = OFFLINE.iter().find(|(name, _)| *name == verb) else { continue };
        // The flags are taken all the same: who has an alias with a context need not think about the verb.
        for place in places.iter().filter(|place| !needed.contains(&place.get_id().as_str())) {
            command = command.mut_subcommand(&verb, |inner| inner.arg(place.clone().hide(true)));
        }
    }
    command
}

/// The verbs that ask nobody, each with the flags of connection and AWS that say something to it.
const OFFLINE: &[(&str, &[&str])] = &[
    ("check-trust", &["namespace", "eks_cluster", "region"]),
    ("completion", &[]),
    ("demo", &[]),
    ("explain", &[]),
    ("schema", &[]),
    ("version", &[]),
];

fn is_a_place(argument: &Arg) -> bool {
    matches!(argument.get_help_heading(), Some("Connection" | "AWS"))
}

/// Reads the command line.
pub fn parse(arguments: &[std::ffi::OsString]) -> Result<Cli, clap::Error> {
    let mut command = command();
    let matches = command.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

fn of_verb(argument: Arg, verb: &str) -> Arg {
    let names = of(verb).into_iter().filter_map(|format| format.to_possible_value());
    let parser = PossibleValuesParser::new(names).try_map(|name| OutputFormat::from_str(&name, true));
    argument.value_parser(parser)
}

/// kubectl's level from which on requests are shown.
const REQUESTS: u32 = 6;

/// Rewrites kubectl's verbosity flags into ours: 6 and more to `-vv`, 1 to 5 to `-v`, 0 to nothing.
pub fn rewrite(arguments: impl IntoIterator<Item = OsString>) -> Vec<OsString> {
    let mut rewritten = Vec::new();
    let mut verbatim = false;
    for argument in arguments {
        verbatim |= argument == "--";
        match argument.to_str().filter(|_| !verbatim).and_then(level) {
            Some(0) => {}
            Some(level) if level < REQUESTS => rewritten.push("-v".into()),
            Some(_) => rewritten.push("-vv".into()),
            None => rewritten.push(argument),
        }
    }
    rewritten
}

fn level(argument: &str) -> Option<u32> {
    let value = argument.strip_prefix("--v=").or_else(|| argument.strip_prefix("-v="));
    value.or_else(|| argument.strip_prefix("-v").filter(|rest| !rest.is_empty()))?.parse().ok()
}
