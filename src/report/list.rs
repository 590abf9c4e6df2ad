//! Several diagnoses of one run: what a workload, a selector or several names come to.
//!
//! It is separate from the report because the worst of several counts, and because none at all is an answer too.

use super::{Report, VerdictWord};
use crate::exit::ExitCode;

/// Several diagnoses.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportList {
    /// What was asked for, and how many of its pods were looked at.
    pub samples: Vec<Sample>,
    /// The diagnoses.
    pub items: Vec<Report>,
    /// The worst verdict; inconclusive where there is none.
    pub verdict: VerdictWord,
    /// The worst exit code.
    pub exit_code: ExitCode,
}

/// What was asked for, and how much of it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What was asked for, in the user's words: `deployment/api`, `-l app=api`.
    pub asked: String,
    /// The namespace; `None` for all of them.
    pub namespace: Option<String>,
    /// How many pods were diagnosed.
    pub judged: usize,
    /// How many pods there are.
    pub total: usize,
}

impl ReportList {
    /// Gathers the diagnoses of one run.
    ///
    /// `when_empty` is the exit code of a list without items: that of an inconclusive run, unless the user chose otherwise.
    pub fn new(samples: Vec<Sample>, items: Vec<Report>, when_empty: ExitCode) -> Self {
        let verdict = items.iter().map(|item| item.verdict).max().unwrap_or(VerdictWord::Inconclusive);
        let exit_code = items.iter().map(|item| item.exit_code).reduce(ExitCode::worst).unwrap_or(when_empty);
        Self { samples, items, verdict, exit_code }
    }
}
