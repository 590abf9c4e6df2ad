//! Where the time of a run goes: each call says when it began, what it waited for, and in which wave it was (`-vv`).

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{LazyLock, OnceLock};
use std::time::{Duration, Instant};

/// When the first call of this process was to begin.
static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
/// The highest wave of which a call has ended.
static ENDED: AtomicU32 = AtomicU32::new(0);

/// A call on its way.
#[derive(Debug)]
pub(super) struct Call {
    line: String,
    wanted: Instant,
    begun: OnceLock<Begun>,
}

#[derive(Debug, Clone, Copy)]
struct Begun {
    at: Instant,
    wave: u32,
}

impl Call {
    /// A call that is wanted from now on: `GET /api/v1/nodes`.
    pub fn wanted(line: String) -> Self {
        LazyLock::force(&FIRST);
        Self { line, wanted: Instant::now(), begun: OnceLock::new() }
    }

    /// It leaves now: its turn has come. It may need an answer of every wave of which one is there.
    pub fn begin(&self) {
        let wave = ENDED.load(Ordering::Relaxed) + 1;
        self.begun.get_or_init(|| Begun { at: Instant::now(), wave });
    }

    /// It has ended, in one word, and with an answer of so many bytes where their number is known.
    pub fn end(&self, outcome: &str, bytes: Option<usize>) {
        let Some(Begun { at, wave }) = self.begun.get().copied() else { return };
        ENDED.fetch_max(wave, Ordering::Relaxed);
        let (line, took) = (&self.line, at.elapsed());
        let since = at.saturating_duration_since(*FIRST);
        let waited = at.saturating_duration_since(self.wanted);
        let waited =
            if waited < Duration::from_millis(1) { String::new() } else { format!(" after a wait of {waited:.0?}") };
        let bytes = bytes.map(|bytes| format!(", {bytes} bytes")).unwrap_or_default();
        tracing::info!(
            target: "podid::request",
            "{line} → {outcome} in {took:.0?}{bytes}; wave {wave}, begun at {since:.0?}{waited}"
        );
    }
}
