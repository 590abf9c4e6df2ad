//! What happened when, of all that a diagnosis knows: one ordered list, and the span between two of its moments that decides.

use jiff::{SignedDuration, Timestamp};

use crate::evidence::Source;
use crate::evidence::milestone::Milestone;

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When, by the clock of what tells it.
    pub time: Timestamp,
    /// What.
    pub milestone: Milestone,
    /// Whose: the name of the object.
    pub object: String,
    /// Who tells it.
    pub source: Source,
    /// The field, in the words of that source.
    pub field: &'static str,
}

/// The span between two moments that makes a cause one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The earlier moment.
    pub from: Moment,
    /// The later moment.
    pub to: Moment,
}

impl Interval {
    /// How long it is.
    pub fn length(&self) -> SignedDuration {
        self.to.time.duration_since(self.from.time)
    }
}
