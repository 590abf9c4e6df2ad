//! How `podid-probe` gets into a container and what it says comes out: into the container itself, into an ephemeral container
//! beside it, or into a copy of the pod on the same node.
//!
//! [`choice`] decides which, [`session`] speaks with the shell at the other end, and nothing stays behind but what was announced.

mod choice;
mod copied;
mod image;
pub mod rights;
mod session;
mod waiting;

pub use choice::{Asked, Mode, ask, name_of_own};
pub use image::{architectures, is_embedded};
