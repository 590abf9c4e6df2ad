//! `kubectl podid`.

pub mod checks;
#[cfg(feature = "plugin")]
pub mod cli;
#[cfg(feature = "plugin")]
pub mod collect;
pub mod diagnose;
pub mod elapsed;
pub mod error;
pub mod evidence;
pub mod exit;
pub mod nearest;
pub mod report;
pub mod target;
