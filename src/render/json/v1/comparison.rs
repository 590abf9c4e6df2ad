//! The document of `diff`.

use serde::Serialize;
use serde_json::Value;

use super::{API_VERSION, Target, Tool, document};
use crate::render::json::convert::{target, tool};
use crate::report::Status;
use crate::report::comparison;

document! {
    /// Two diagnoses, and only what differs.
    struct Comparison {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `Comparison`.
        kind: String,
        /// What made the document.
        tool: Tool,
        /// What the process ends with: 0 the same, 1 different, 3 one could not be judged.
        exit_code: u8,
        /// What was there before, or the first that was named.
        left: ComparedSide,
        /// The other.
        right: ComparedSide,
        /// Checks that ended otherwise, in the order of the chain.
        checks: Vec<ComparedCheck>,
        /// Evidence that differs, in the order of the chain.
        evidence: Vec<ComparedValue>,
    }

    /// One side of a comparison.
    struct ComparedSide {
        /// What was diagnosed.
        target: Target,
        /// When its evidence was collected.
        collected_at: String,
        /// `broken`, `inconclusive`, `degraded`, `healthy`.
        verdict: String,
        /// The headline.
        summary: String,
    }

    /// A check that ended otherwise.
    struct ComparedCheck {
        /// The code.
        code: String,
        /// The name.
        name: String,
        /// How it ended on the left.
        left: ComparedOutcome,
        /// How it ended on the right.
        right: ComparedOutcome,
    }

    /// How a check ended.
    struct ComparedOutcome {
        /// `passed`, `failed`, `unknown`, `skipped`, `notApplicable`.
        status: String,
        /// What it found, or why it does not say.
        says: Option<String>,
    }

    /// A value of the evidence that differs.
    struct ComparedValue {
        /// A JSON pointer, with names in the place of numbers where list items have names.
        pointer: String,
        /// The value on the left; null where there is none.
        left: Option<Value>,
        /// The value on the right; null where there is none.
        right: Option<Value>,
    }
}

impl Comparison {
    /// Writes a comparison down.
    pub fn new(comparison: &comparison::Comparison, tool_version: &str) -> Self {
        let side = |report: &crate::report::Report| ComparedSide {
            target: target(&report.target),
            collected_at: report.collected_at.to_string(),
            verdict: report.verdict.word().to_owned(),
            summary: report.summary.clone(),
        };
        let outcome = |(status, says): &(Status, Option<String>)| ComparedOutcome {
            status: status.word().to_owned(),
            says: says.clone(),
        };
        let checks = comparison.checks.iter().map(|one| ComparedCheck {
            code: one.check.code.to_string(),
            name: one.check.name.to_owned(),
            left: outcome(&one.left),
            right: outcome(&one.right),
        });
        let evidence = comparison.evidence.iter().map(|one| ComparedValue {
            pointer: one.pointer.clone(),
            left: one.left.clone(),
            right: one.right.clone(),
        });
        Self {
            api_version: API_VERSION.to_owned(),
            kind: "Comparison".to_owned(),
            tool: tool(tool_version, None),
            exit_code: comparison.exit_code().0,
            left: side(&comparison.left),
            right: side(&comparison.right),
            checks: checks.collect(),
            evidence: evidence.collect(),
        }
    }
}
