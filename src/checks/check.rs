//! What a check is: a plain value with its words inside, and a pure function from evidence to a verdict.
//!
//! References between checks are Rust references, so a dangling one does not compile; there is no macro and no
//! registration at link time, because the order of checks is meaning here.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::finding::{Finding, Findings};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The number of a check. It is never used again for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PID{}", self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Severity {
    /// Worth knowing; never part of the verdict and never a cause.
    Note,
    /// Intermittent, partial, delayed, or only for the next pod.
    Warning,
    /// The pod gets no identity, or the wrong one.
    Error,
}

impl Severity {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One check.
pub struct Check {
    /// Its code.
    pub code: Code,
    /// `area/what-it-checks`; the file is `area/what_it_checks.rs`.
    pub name: &'static str,
    /// A healthy statement: it reads right behind ✓ and behind ✗.
    pub title: &'static str,
    /// The highest severity that one of its findings may have.
    pub severity: Severity,
    /// Whether it must be known before anything is called healthy.
    pub decisive: bool,
    /// The version that brought it.
    pub since: &'static str,
    /// The sources whose answers its verdict rests on.
    pub reads: &'static [Source],
    /// It is meaningless unless these hold.
    pub requires: &'static [&'static Self],
    /// It is a symptom of these.
    pub explained_by: &'static [&'static Self],
    /// Error texts that people search for.
    pub symptoms: &'static [&'static str],
    /// Markdown: What it checks, Why it matters, How to fix, References.
    pub docs: &'static str,
    /// The function.
    pub evaluate: Evaluate,
}

impl fmt::Debug for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.name)
    }
}

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

/// How a check is evaluated.
pub enum Evaluate {
    /// Once, for the pod.
    Pod(fn(&Evidence) -> Result<Verdict, Gap>),
    /// Once for each container, by itself.
    Container(fn(&Evidence, Container<'_>) -> Result<Verdict, Gap>),
}

/// What a check says.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not; there is at least one finding.
    Fail(Findings),
    /// It has no meaning here, for this reason.
    NotApplicable(String),
}

impl Verdict {
    /// Says that the check has no meaning here.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable(reason.into())
    }

    /// Passes, unless there are findings.
    pub fn from_findings(findings: Vec<Finding>) -> Self {
        Findings::new(findings).map_or(Self::Pass, Self::Fail)
    }
}

impl From<Finding> for Verdict {
    fn from(finding: Finding) -> Self {
        Self::Fail(Findings::from(finding))
    }
}

impl Check {
    /// The area: the part of the name before the slash.
    pub fn area(&self) -> &'static str {
        self.name.split_once('/').map_or(self.name, |(area, _)| area)
    }

    /// Whether it is evaluated for each container.
    pub fn is_per_container(&self) -> bool {
        matches!(self.evaluate, Evaluate::Container(_))
    }
}
