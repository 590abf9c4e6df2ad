//! Storms: seeded faults befall whole runs and made evidence, and the laws that hold in every weather.
//!
//! `STORM=n` makes so many runs of each kind, `STORM_SEED=n` only the one of that seed: a failure prints its seed.

#[cfg(feature = "plugin")]
mod binary;
#[cfg(feature = "plugin")]
mod environment;
mod evidence;
mod files;
mod laws;

use std::ops::Range;

/// The seeds of a storm: as many as are asked for, else this number of them.
fn seeds(usual: u64) -> Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    if let Some(seed) = number("STORM_SEED") {
        return seed..seed + 1;
    }
    0..number("STORM").unwrap_or(usual)
}

/// Whether the storm of one seed is asked for.
fn is_only_one() -> bool {
    std::env::var_os("STORM_SEED").is_some()
}
