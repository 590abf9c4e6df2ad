//! What a check found wrong, and how heavy it is.

use serde::{Deserialize, Serialize};

use super::remediation::Remediation;
use crate::evidence::{Gap, Source};

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

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// How much it weighs; at most the check's severity.
    pub severity: Severity,
    /// The thing in one phrase: lower case, no full stop. It must make sense as the headline of a report.
    pub message: String,
    /// Whether the evidence only suggests it.
    pub suspected: bool,
    /// Whether it strikes only when the pod is made anew.
    pub waits: bool,
    /// The values it rests on, with their source.
    pub observed: Vec<Observation>,
    /// What is there.
    pub found: Option<String>,
    /// What should be there.
    pub expected: Option<String>,
    /// What a person can do, in the order in which it is to be done.
    pub remediation: Vec<Remediation>,
    /// What would have told more and could not be read; a sure failure is never lost to it.
    pub also_unknown: Vec<Gap>,
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observation {
    /// Where.
    pub source: Source,
    /// The field, in the words of that source.
    pub field: String,
    /// The value, as text.
    pub value: String,
}

/// One or more findings.
#[derive(Debug, Clone, PartialEq)]
pub struct Findings(Vec<Finding>);

impl Findings {
    /// Makes findings of a list; `None` for an empty one.
    pub fn new(list: Vec<Finding>) -> Option<Self> {
        (!list.is_empty()).then_some(Self(list))
    }

    /// The findings.
    pub fn as_slice(&self) -> &[Finding] {
        &self.0
    }

    /// The same, with one more value that was read beside each.
    #[must_use]
    pub fn observed(mut self, observation: &Observation) -> Self {
        for finding in &mut self.0 {
            finding.observed.push(observation.clone());
        }
        self
    }

    /// The highest severity.
    pub fn severity(&self) -> Severity {
        self.0.iter().map(|finding| finding.severity).max().unwrap_or(Severity::Note)
    }

    /// Makes warnings of its errors: they strike only when the pod is made anew.
    #[must_use]
    pub fn waiting(mut self) -> Self {
        for finding in self.0.iter_mut().filter(|finding| finding.severity == Severity::Error) {
            finding.severity = Severity::Warning;
            finding.waits = true;
        }
        self
    }

    /// Says that the evidence only suggests them.
    #[must_use]
    pub fn suspected(mut self) -> Self {
        self.0.iter_mut().for_each(|finding| finding.suspected = true);
        self
    }

    /// The same, with other remedies in the place of each finding's own.
    #[must_use]
    pub fn replacing_remedies(mut self, other: impl Fn(Vec<Remediation>) -> Vec<Remediation>) -> Self {
        for finding in &mut self.0 {
            finding.remediation = other(std::mem::take(&mut finding.remediation));
        }
        self
    }

    /// Whether one of its findings strikes only when the pod is made anew.
    pub fn waits(&self) -> bool {
        self.0.iter().any(|finding| finding.waits)
    }

    /// Whether all findings that weigh are only suspected.
    pub fn is_suspected(&self) -> bool {
        self.0.iter().filter(|finding| finding.severity > Severity::Note).all(|finding| finding.suspected)
    }
}

impl From<Finding> for Findings {
    fn from(finding: Finding) -> Self {
        Self(vec![finding])
    }
}

impl Finding {
    /// Starts an error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// Starts a warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// Starts a note.
    pub fn note(message: impl Into<String>) -> Self {
        Self::new(Severity::Note, message)
    }

    /// Starts a finding.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            message: message.into(),
            suspected: false,
            waits: false,
            observed: Vec::new(),
            found: None,
            expected: None,
            remediation: Vec::new(),
            also_unknown: Vec::new(),
        }
    }

    /// Says that it strikes when the pod is made anew: it has to be fixed before a restart.
    #[must_use]
    pub fn at_the_next_pod(mut self) -> Self {
        self.waits = true;
        self
    }

    /// Says that the evidence only suggests it.
    #[must_use]
    pub fn suspected(mut self) -> Self {
        self.suspected = true;
        self
    }

    /// Adds a value that was read.
    #[must_use]
    pub fn observed(mut self, source: Source, field: impl Into<String>, value: impl Into<String>) -> Self {
        self.observed.push(Observation { source, field: field.into(), value: value.into() });
        self
    }

    /// Says what is there.
    #[must_use]
    pub fn found(mut self, found: impl Into<String>) -> Self {
        self.found = Some(found.into());
        self
    }

    /// Says what should be there.
    #[must_use]
    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// Adds something a person can do, behind what was added before.
    #[must_use]
    pub fn fix(mut self, remediation: impl Into<Option<Remediation>>) -> Self {
        self.remediation.extend(remediation.into());
        self
    }

    /// Adds several such things.
    #[must_use]
    pub fn fixes(mut self, remediation: impl IntoIterator<Item = Remediation>) -> Self {
        self.remediation.extend(remediation);
        self
    }

    /// Names something that would have told more and could not be read.
    #[must_use]
    pub fn also_unknown(mut self, gap: Gap) -> Self {
        self.also_unknown.push(gap);
        self
    }
}
