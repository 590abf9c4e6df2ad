//! Durations: in words for people, and as kubectl takes them (`30s`, `2m`, `1m30s`, `500ms`; a bare number means seconds).
//!
//! It is separate because findings and pages must not say the same time in two ways.

use std::time::Duration;

use jiff::SignedDuration;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;
/// Up to here seconds are counted alone.
const TWO_MINUTES: u64 = 2 * MINUTE;
/// Up to here seconds are said beside minutes.
const TEN_MINUTES: u64 = 10 * MINUTE;
/// Leap days are not counted, as kubectl does not.
const YEAR: u64 = 365 * DAY;

/// Writes a span of time as kubectl does: `45s`, `5m`, `3h12m`, `2d4h`, `3y40d`; the sign is left out.
pub fn in_words(span: SignedDuration) -> String {
    let seconds = span.unsigned_abs().as_secs();
    // Kubernetes' `HumanDuration`: the longer the span, the coarser its words.
    match seconds {
        0..TWO_MINUTES => format!("{seconds}s"),
        TWO_MINUTES..TEN_MINUTES => two((seconds / MINUTE, "m"), (seconds % MINUTE, "s")),
        TEN_MINUTES..10_800 => format!("{}m", seconds / MINUTE),
        10_800..28_800 => two((seconds / HOUR, "h"), (seconds % HOUR / MINUTE, "m")),
        28_800..172_800 => format!("{}h", seconds / HOUR),
        172_800..691_200 => two((seconds / DAY, "d"), (seconds % DAY / HOUR, "h")),
        691_200..63_072_000 => format!("{}d", seconds / DAY),
        63_072_000..252_288_000 => two((seconds / YEAR, "y"), (seconds % YEAR / DAY, "d")),
        _ => format!("{}y", seconds / YEAR),
    }
}

fn two(large: (u64, &str), small: (u64, &str)) -> String {
    let small = if small.0 == 0 { String::new() } else { format!("{}{}", small.0, small.1) };
    format!("{}{}{small}", large.0, large.1)
}

/// More than any run can mean.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// How long AWS keeps the history of an account.
const HISTORY: SignedDuration = SignedDuration::from_hours(90 * 24);

/// Reads a duration; zero and nonsense are refused.
pub fn parse(text: &str) -> Result<Duration, String> {
    read(text, LONGEST).ok_or_else(|| format!("found {text:?}, expected a duration such as 30s, 2m or 1m30s"))
}

/// Reads how far back a history is to be read: at most 90 days, which may be counted as such (`3d`).
pub fn parse_past(text: &str) -> Result<Duration, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u32>().ok());
    let text_in_hours = days.map(|days| format!("{}h", u64::from(days) * 24));
    let span = read(text_in_hours.as_deref().unwrap_or(text), HISTORY);
    span.ok_or_else(|| format!("found {text:?}, expected a duration of at most 90d, such as 30m, 12h or 3d"))
}

fn read(text: &str, longest: SignedDuration) -> Option<Duration> {
    let span = match text.parse() {
        Ok(seconds) => SignedDuration::try_from_secs_f64(seconds).ok(),
        Err(_not_bare) => text.parse().ok(),
    };
    let span = span.filter(|span| *span > SignedDuration::ZERO && *span <= longest);
    span.and_then(|span| Duration::try_from(span).ok())
}
