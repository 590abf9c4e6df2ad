//! Durations as kubectl takes them: `30s`, `2m`, `1m30s`, `500ms`; a bare number means seconds.

use std::time::Duration;

use jiff::SignedDuration;

/// More than any run can mean.
const LONGEST: SignedDuration = SignedDuration::from_hours(24);

/// Reads a duration; zero and nonsense are refused.
pub fn parse(text: &str) -> Result<Duration, String> {
    let span = match text.parse() {
        Ok(seconds) => SignedDuration::try_from_secs_f64(seconds).ok(),
        Err(_not_bare) => text.parse().ok(),
    };
    let span = span.filter(|span| *span > SignedDuration::ZERO && *span <= LONGEST);
    let span = span.and_then(|span| Duration::try_from(span).ok());
    span.ok_or_else(|| format!("found {text:?}, expected a duration such as 30s, 2m or 1m30s"))
}
