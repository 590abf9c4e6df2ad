//! How `podid-probe` gets into a container and what it says comes out: into the container itself, into an ephemeral container
//! beside it, or into a copy of the pod on the same node; and into a pod of its own on every node.
//!
//! [`choice`] decides which of the first three, [`session`] speaks with the shell at the other end, and nothing stays behind but what was announced.

mod choice;
mod copied;
mod daemon_set;
pub mod every_node;
mod image;
mod own_pods;
pub mod rights;
mod session;
mod waiting;

pub use choice::{Asked, Mode, ask, name_of_own};
pub use image::{architectures, is_embedded};
