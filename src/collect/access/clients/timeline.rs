//! Where the time of a run goes: each call says when it began, what it waited for, and in which wave it was (`-vv`).

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// When the first call of this process was to begin.
static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
/// The highest wave of which a call has ended.
static ENDED: AtomicU32 = AtomicU32::new(0);

/// A call whose turn has not come yet.
#[derive(Debug)]
pub(super) struct Wanted {
    line: String,
    since: Instant,
}

/// A call on its way.
#[derive(Debug)]
pub(super) struct Call {
    line: String,
    at: Instant,
    wave: u32,
    waited: Duration,
}

impl Wanted {
    /// A call that is wanted from now on: `GET /api/v1/nodes`.
    pub fn new(line: String) -> Self {
        LazyLock::force(&FIRST);
        Self { line, since: Instant::now() }
    }

    /// It leaves now. It may need an answer of every wave of which one is there.
    pub fn begin(self) -> Call {
        let (at, wave) = (Instant::now(), ENDED.load(Ordering::Relaxed) + 1);
        Call { line: self.line, at, wave, waited: at.saturating_duration_since(self.since) }
    }
}

impl Call {
    /// It has ended, in one word, and with an answer of so many bytes where their number is known.
    pub fn end(&self, outcome: &str, bytes: Option<usize>) {
        let Self { line, at, wave, waited } = self;
        ENDED.fetch_max(*wave, Ordering::Relaxed);
        let (took, since) = (at.elapsed(), at.saturating_duration_since(*FIRST));
        let waited =
            if *waited < Duration::from_millis(1) { String::new() } else { format!(" after a wait of {waited:.0?}") };
        let bytes = bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
        tracing::info!(
            target: "podid::request",
            "{line} → {outcome} in {took:.0?}{bytes}; wave {wave}, begun at {since:.0?}{waited}"
        );
    }
}
