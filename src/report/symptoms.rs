//! The checks that texts of a log belong to.

use crate::checks::Check;
use crate::evidence::asked::foreign_text::ForeignText;

/// A check that a text belongs to.
#[derive(Debug, Clone)]
pub struct Match {
    /// The check.
    pub check: &'static Check,
    /// Its symptom that fits best.
    pub symptom: &'static str,
}

/// Lines of a log that belong to one check.
#[derive(Debug, Clone)]
pub struct SeenInLog {
    /// The check that fits the lines best.
    pub check: &'static Check,
    /// The other checks that fit the first of the lines about as well.
    pub others: Vec<&'static Check>,
    /// The number of the first line, counted from 1.
    pub line: usize,
    /// The first line.
    pub text: ForeignText,
    /// How many lines there are.
    pub count: usize,
}
