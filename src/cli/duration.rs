//! Durations as kubectl takes them: `30s`, `2m`, `1m30s`, `500ms`; a bare number means seconds.

use std::time::Duration;

/// Units, longest names first, so that `ms` is not read as `m`.
const UNITS: &[(&str, f64)] = &[("ms", 0.001), ("h", 3600.0), ("m", 60.0), ("s", 1.0)];
/// A day: more than any run can mean.
const LONGEST: f64 = 86_400.0;

/// Reads a duration; zero and nonsense are refused.
pub fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || format!("found {text:?}, expected a duration such as 30s, 2m or 1m30s");
    if let Ok(seconds) = text.parse::<f64>() {
        return bounded(seconds).ok_or_else(wrong);
    }
    let mut rest = text;
    let mut seconds = 0.0;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(wrong)?;
        let number: f64 = rest[..digits].parse().map_err(|_| wrong())?;
        let unit = UNITS.iter().find(|(name, _)| rest[digits..].starts_with(name)).ok_or_else(wrong)?;
        seconds += number * unit.1;
        rest = &rest[digits + unit.0.len()..];
    }
    bounded(seconds).ok_or_else(wrong)
}

fn bounded(seconds: f64) -> Option<Duration> {
    (seconds > 0.0 && seconds <= LONGEST).then(|| Duration::from_secs_f64(seconds))
}
