//! What several tests share.

pub mod case;
pub mod golden;
#[cfg(feature = "plugin")]
pub mod kubernetes;
#[cfg(feature = "plugin")]
pub mod run;
pub mod schema;
#[cfg(feature = "plugin")]
pub mod world;
