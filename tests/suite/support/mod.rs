//! What several tests share.

pub mod case;
#[cfg(feature = "plugin")]
pub mod cost;
pub mod golden;
#[cfg(feature = "plugin")]
pub mod kubernetes;
#[cfg(feature = "plugin")]
pub mod run;
pub mod schema;
#[cfg(feature = "plugin")]
pub mod world;
