//! The one wrapper around every call: its deadline, its span, its name; and what a run has asked once.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::OnceCell;
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

/// What a run has asked once: whoever asks the same again gets the one answer, and waits for it where it is on its way.
///
/// A role, an owner or a node is read once, whatever number of pods share it.
#[derive(Debug, Default)]
pub struct Answers(Mutex<HashMap<(Source, String), Arc<dyn Any + Send + Sync>>>);

impl Answers {
    /// The answer of a source about `what`, asked for by `call` if nobody has asked yet.
    pub async fn of<T: Clone + Send + Sync + 'static>(
        &self,
        source: Source,
        what: impl Into<String>,
        call: impl Future<Output = Reading<T>>,
    ) -> Reading<T> {
        let place = {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let empty = || Arc::new(OnceCell::<Reading<T>>::new()) as Arc<dyn Any + Send + Sync>;
            Arc::clone(answers.entry((source, what.into())).or_insert_with(empty))
        };
        match place.downcast::<OnceCell<Reading<T>>>() {
            Ok(answer) => answer.get_or_init(|| call).await.clone(),
            // An answer of another type is no answer to this question.
            Err(_other) => call.await,
        }
    }
}
