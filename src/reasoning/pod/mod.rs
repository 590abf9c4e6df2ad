//! Questions about the pod and its containers, each answered once.

pub mod not_found;
pub mod note;
pub mod probe;
pub mod questions;
pub mod skip_containers;
pub mod token_volume;
pub mod variable_origin;
