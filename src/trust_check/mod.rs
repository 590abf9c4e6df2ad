//! A trust policy judged by itself: a file, and what its reader says of the pod, to a [`TrustReport`].
//!
//! Pure, and beside `diagnose`: the same evaluator and the same words as the checks of area role, without a cluster. Where
//! the doctor would say what it could not read, this says which flag was not given.
//!
//! [`file`] finds the policy in what was read, [`storable`] finds what IAM would not store, [`asked`] makes the requests,
//! [`judge`] decides, [`clauses`] tells which places decided, [`advice`] says what to change.
//!
//! [`TrustReport`]: crate::report::TrustReport

mod advice;
mod asked;
mod clauses;
mod file;
mod judge;

pub use asked::Asked;
pub use file::{NoPolicy, PolicyFile, read};
pub use judge::judge;
