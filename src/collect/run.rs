//! The one wrapper around every call: its deadline, its span, its name.

use std::future::Future;

use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use crate::evidence::{Gap, GapReason, Reading, Source};

/// The limits of one run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// When the run ends, answered or not.
    pub deadline: Instant,
}

impl Run {
    /// Waits for one call until the run ends. A call that is late is unknown; it stops no other.
    pub async fn ask<T>(self, source: Source, call: impl Future<Output = Reading<T>>) -> Reading<T> {
        let span = tracing::info_span!(target: "podid::call", "call", source = source.name());
        match timeout_at(self.deadline, call.instrument(span)).await {
            Ok(reading) => reading,
            Err(_elapsed) => {
                Reading::Unavailable(Gap::new(source, GapReason::TimedOut, "no answer before the run ended"))
            }
        }
    }
}
