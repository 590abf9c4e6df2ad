//! Plays EKS's mutating webhook: the part of the control plane that puts variables, token and label into new pods.
//!
//! It does what the real webhook of 2026-08-11 was recorded to do (`tests/recorded/`), and takes the same flags, so either
//! can stand in for the other.
//!
//! - `settings`: what the control plane configures. `mutate`: one pod in, one JSON patch out, nothing else.
//! - `identities`: the file of associations. `service_account`: the annotations that count, and where they are read.
//! - `skip_containers`: the annotation's CSV as Go reads it.
//! - `review`: `AdmissionReview` in, `AdmissionReview` out. `server`: the same over TLS. `certificate`: its certificate.

mod certificate;
mod identities;
mod kubernetes;
mod mutate;
mod review;
mod server;
mod service_account;
mod settings;
mod skip_containers;

pub use certificate::Certificate;
pub(crate) use certificate::certificates;
pub use identities::{Identities, IdentitiesFile};
pub use kubernetes::Kubernetes;
pub use mutate::mutate;
pub use server::{Server, Webhook};
pub use service_account::{ServiceAccount, ServiceAccounts};
pub use settings::Settings;
pub use skip_containers::skipped;
