//! What differs between two diagnoses.

use serde_json::Value;

use super::{CheckReport, Report, Status, VerdictWord};
use crate::checks::Check;
use crate::error::ExitCode;

/// Two diagnoses, and only what differs.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The first: what was there before, or the first that was named.
    pub left: Report,
    /// The other.
    pub right: Report,
    /// Checks that ended otherwise, in the order of the chain.
    pub checks: Vec<CheckDifference>,
    /// Evidence that differs, in the order of the chain.
    pub evidence: Vec<EvidenceDifference>,
}

/// A check that ended otherwise.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckDifference {
    /// The check.
    pub check: &'static Check,
    /// How it ended, and in which words.
    pub left: (Status, Option<String>),
    /// How it ended on the other side.
    pub right: (Status, Option<String>),
}

/// A value that differs; `None` where there is none on that side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvidenceDifference {
    /// Where it stands: a JSON pointer, with names in the place of numbers where list items have names.
    pub pointer: String,
    /// The value on the left.
    pub left: Option<Value>,
    /// The value on the right.
    pub right: Option<Value>,
}

impl Comparison {
    /// 3 where one of them could not be judged, 1 where they differ, else 0.
    pub fn exit_code(&self) -> ExitCode {
        if [&self.left, &self.right].iter().any(|report| report.verdict == VerdictWord::Inconclusive) {
            ExitCode::INCONCLUSIVE
        } else if self.checks.is_empty() && self.evidence.is_empty() {
            ExitCode::HEALTHY
        } else {
            ExitCode::BROKEN
        }
    }
}

impl CheckDifference {
    /// The difference of one check, if there is one: in its status, or in what it found.
    pub fn of(left: &CheckReport, right: &CheckReport) -> Option<Self> {
        let side = |check: &CheckReport| (check.status, words(check));
        let (one, other) = (side(left), side(right));
        let both_fail = one.0 == Status::Failed && other.0 == Status::Failed;
        (one.0 != other.0 || both_fail && one.1 != other.1).then_some(Self {
            check: left.check,
            left: one,
            right: other,
        })
    }
}

/// What a check found, or why it does not say.
fn words(check: &CheckReport) -> Option<String> {
    let found = check.findings.first().map(|finding| finding.message.clone());
    let gap = || check.gap.as_ref().map(|gap| gap.detail.clone()).filter(|detail| !detail.is_empty());
    found.or_else(gap).or_else(|| check.reason.clone())
}
