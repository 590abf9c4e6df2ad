//! How the answer is spoken: format, colour, how much.

use clap::ValueEnum;

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
    /// Marks without Unicode
    #[arg(long, global = true)]
    pub ascii: bool,
    /// No progress and no notes; warnings about created objects are still printed
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also passed checks; twice: also each request, on standard error
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Human-readable (default)
    Table,
    /// The same with everything that is known; several targets as rows
    Wide,
    /// Only problems, one per line
    Short,
    /// One document
    Json,
    /// The same document
    Yaml,
    /// For a ticket
    Markdown,
    /// One page that needs no network, for an incident document
    Html,
    /// A test case for each check, for a pipeline
    Junit,
    /// A Kubernetes RBAC manifest (permissions)
    Rbac,
    /// An IAM policy (permissions)
    Iam,
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
        matches!(self, Self::Json | Self::Yaml)
    }

    /// The format of reports; some formats are other verbs' only.
    pub fn of_report(self) -> Option<Format> {
        match self {
            Self::Table => Some(Format::Table),
            Self::Wide => Some(Format::Wide),
            Self::Short => Some(Format::Short),
            Self::Json => Some(Format::Json),
            Self::Yaml => Some(Format::Yaml),
            Self::Markdown => Some(Format::Markdown),
            Self::Html => Some(Format::Html),
            Self::Junit => Some(Format::Junit),
            Self::Rbac | Self::Iam => None,
        }
    }
}
