//! `kubectl podid`.

pub mod checks;
pub mod diagnose;
pub mod error;
pub mod evidence;
pub mod exit;
pub mod report;
pub mod target;
