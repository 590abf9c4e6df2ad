#![doc = include_str!("README.md")]

pub mod advice;
pub mod checks;
#[cfg(feature = "plugin")]
pub mod cli;
#[cfg(feature = "plugin")]
pub mod collect;
#[cfg(feature = "plugin")]
pub mod commands;
pub mod demo;
pub mod diagnose;
pub mod duration;
pub mod error;
pub mod evidence;
pub mod findings;
pub mod inventory;
pub mod nearest;
pub mod packed;
// It runs in containers of Linux.
#[cfg(all(feature = "probe", unix))]
pub mod probe;
pub mod reasoning;
pub mod redact;
pub mod render;
pub mod report;
pub mod target;
pub mod trust_check;
