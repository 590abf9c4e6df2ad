//! Questions about the pod and its containers, each answered once.

pub mod note;
pub mod probe;
pub mod programs;
pub mod questions;
pub mod skip_containers;
pub mod variable_origin;
