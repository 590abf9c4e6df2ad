//! What several tests share.

pub mod case;
pub mod golden;
pub mod schema;
