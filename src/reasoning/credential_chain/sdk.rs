//! The SDKs, and the order in which each goes through the sources.
//!
//! Order and exceptions of the first five were measured (`tests/sdks`), those of the others were read in their sources
//! and in the AWS SDKs and Tools Reference Guide.

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

use Step::{Container, Keys, Metadata, NamedProfile, Profile, WebIdentity};

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
