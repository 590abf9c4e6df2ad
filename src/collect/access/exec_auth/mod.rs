//! Answers the exec entry of a kubeconfig: in this process where that gives the same, else as written.
//!
//! `aws eks get-token` and `aws-iam-authenticator token` make a presigned URL of STS' `GetCallerIdentity` with the
//! cluster's name in a signed header. No request is needed for it, but the AWS CLI takes seconds to start.
//!
//! [`entry`] says whether an entry is understood in every word ([`aws_cli`], [`authenticator`] and [`environment`] read
//! it; [`wrapped`] finds the names in one that is not), [`sts_endpoint`] chooses the address, [`token`] signs, [`command`] runs an entry as written and [`answer`] decides.

pub mod command;
pub mod entry;
pub mod known;
pub mod token;

pub use command::{Answer, answer};
pub use entry::{EksEntry, understand};
