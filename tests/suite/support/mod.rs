//! What several tests share.

pub mod case;
