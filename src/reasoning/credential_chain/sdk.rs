//! The SDKs, and the order in which each was measured to take credentials.
//!
//! Order and exceptions of the first five were measured (`tests/sdks`), those of the others were read in their
//! sources and in the AWS SDKs and Tools Reference Guide.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use Step::{Container, Keys, Metadata, NamedProfile, Profile, WebIdentity};
use serde::{Deserialize, Serialize};

/// The table, as the tests write it.
const TABLE: &str = include_str!("measured.json");

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Package and version of each SDK, by its word.
    pub packages: BTreeMap<String, String>,
    /// The situations.
    pub situations: Vec<Situation>,
}

/// One situation, and where the SDKs went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Situation {
    /// The name.
    pub name: String,
    /// What the container set, as [`super::Settings::situation`] words it.
    pub settings: BTreeMap<String, String>,
    /// What else was so, and cannot be seen from outside: files, or an address that refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub besides: Option<String>,
    /// What each SDK did, by its word: the servers that it asked in order, with the token it sent; then what it took
    /// without asking, or the class of its error; `nothing` where it had neither.
    pub went: BTreeMap<String, String>,
}

impl Measured {
    /// Reads the table; an empty one if it cannot be read, which a test rules out.
    pub fn table() -> &'static Self {
        static READ: OnceLock<Measured> = OnceLock::new();
        READ.get_or_init(|| serde_json::from_str(TABLE).unwrap_or_default())
    }
}

/// The package and version with which a situation was measured.
pub fn package(situation: &BTreeMap<String, String>, sdk: Sdk) -> Option<String> {
    let table = Measured::table();
    let same = table.situations.iter().find(|one| one.besides.is_none() && one.settings == *situation)?;
    same.went.get(sdk.word())?;
    table.packages.get(sdk.word()).cloned()
}

/// An SDK, or a family of programs with the same code for credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Sdk {
    /// botocore: boto3 and the AWS CLI.
    Boto3,
    /// The AWS SDK for Go v2.
    Go,
    /// The AWS SDK for Java v2.
    Java,
    /// The AWS SDK for JavaScript v3.
    JavaScript,
    /// The AWS SDK for Rust.
    Rust,
    /// The AWS SDK for C++.
    Cpp,
    /// The AWS SDK for .NET.
    DotNet,
    /// The AWS SDK for PHP.
    Php,
    /// The AWS SDK for Ruby.
    Ruby,
}

/// One step on the way through the sources.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A profile that is named must exist, before anything else is tried.
    NamedProfile,
    /// Keys in the environment.
    Keys,
    /// Web identity from the environment.
    WebIdentity,
    /// Shared files.
    Profile,
    /// The addresses that containers are given.
    Container,
    /// Instance metadata.
    Metadata,
}

/// The names of SDKs for people, in one list.
pub fn names(sdks: &[Sdk]) -> String {
    sdks.iter().map(|sdk| sdk.name()).collect::<Vec<_>>().join(", ")
}

impl Sdk {
    /// All, those that were measured first.
    pub const ALL: [Self; 9] = [
        Self::Boto3,
        Self::Go,
        Self::Java,
        Self::JavaScript,
        Self::Rust,
        Self::Cpp,
        Self::DotNet,
        Self::Php,
        Self::Ruby,
    ];

    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Boto3 => "boto3",
            Self::Go => "go",
            Self::Java => "java",
            Self::JavaScript => "javascript",
            Self::Rust => "rust",
            Self::Cpp => "cpp",
            Self::DotNet => "dotnet",
            Self::Php => "php",
            Self::Ruby => "ruby",
        }
    }

    /// The name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boto3 => "boto3 and the AWS CLI",
            Self::Go => "Go v2",
            Self::Java => "Java v2",
            Self::JavaScript => "JavaScript v3",
            Self::Rust => "Rust",
            Self::Cpp => "C++",
            Self::DotNet => ".NET",
            Self::Php => "PHP",
            Self::Ruby => "Ruby",
        }
    }

    /// Whether the rules rest on what a real SDK did, not on reading alone.
    pub fn is_measured(self) -> bool {
        matches!(self, Self::Boto3 | Self::Go | Self::Java | Self::JavaScript | Self::Rust)
    }

    /// Those that were measured.
    pub fn measured() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|sdk| sdk.is_measured())
    }

    /// The steps, in order.
    pub fn order(self) -> &'static [Step] {
        match self {
            Self::Boto3 | Self::Go | Self::DotNet => &[NamedProfile, Keys, WebIdentity, Profile, Container, Metadata],
            Self::Java | Self::Php | Self::Ruby => &[Keys, WebIdentity, Profile, Container, Metadata],
            Self::JavaScript | Self::Rust | Self::Cpp => &[Keys, Profile, WebIdentity, Container, Metadata],
        }
    }
}
