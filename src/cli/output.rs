//! How the answer is spoken: format, colour, how much.

use clap::ValueEnum;

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
    /// No progress and no notes
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Also passed checks; twice: also each request, on standard error
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// The formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For a person
    Table,
    /// Only what is wrong, a line each
    Short,
    /// One document
    Json,
    /// The same document
    Yaml,
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
    /// Whether nothing but one document may stand on standard output.
    pub fn is_machine(self) -> bool {
        matches!(self, Self::Json | Self::Yaml)
    }
}
