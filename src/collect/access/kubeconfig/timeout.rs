//! Reads kubectl's `--request-timeout`: whole seconds, or a Go duration.

use std::time::Duration;

use crate::error::Error;

/// Reads a limit; zero and nothing mean none.
pub fn parse(text: &str) -> Result<Option<Duration>, Error> {
    let seconds = text.parse::<u64>().ok().map(Duration::from_secs);
    match seconds.or_else(|| go_duration(text)) {
        Some(Duration::ZERO) => Ok(None),
        Some(limit) => Ok(Some(limit)),
        None if text.is_empty() => Ok(None),
        None => Err(Error::usage(format!("--request-timeout is no duration: found {text:?}"))
            .hint("write seconds, or a number with its unit: 10s, 2m, 1m30s, 500ms")),
    }
}

/// A sum of numbers with units, such as `1m30s` or `1.5h`.
fn go_duration(text: &str) -> Option<Duration> {
    let mut rest = text;
    let mut total = Duration::ZERO;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        let unit = match &rest[..end] {
            "ns" => 1e-9,
            "us" | "µs" | "μs" => 1e-6,
            "ms" => 1e-3,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            _ => return None,
        };
        total = total.checked_add(Duration::try_from_secs_f64(number * unit).ok()?)?;
        rest = &rest[end..];
    }
    (!text.is_empty()).then_some(total)
}
