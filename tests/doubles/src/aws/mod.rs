//! Plays EKS, EKS Auth, IAM and STS: one HTTP server that the AWS CLI and the SDKs take for all four.
//!
//! Point `AWS_ENDPOINT_URL` at [`Server::url`]. The service, the region and the account follow from the `Authorization`
//! header: the access key id chooses the [`state::AccessKey`] and so the account. Signatures are not verified.
//!
//! ```
//! use podid_doubles::aws::{Server, State};
//!
//! let state = State::read(r#"
//!     accessKeys: {AKIADEV: {account: "111122223333", arn: "arn:aws:iam::111122223333:user/dev"}}
//!     accounts: {"111122223333": {regions: {eu-west-1: {clusters: {prod: {}}}}}}
//! "#).expect("a good state");
//! let aws = Server::start(state).expect("a free port");
//! assert!(aws.url().starts_with("http://127.0.0.1:"));
//! ```
//!
//! - [`state`]: the played world: access keys, accounts, regions, clusters, associations, roles.
//! - [`fault`]: what can be made to go wrong, for which calls, how many times.
//! - [`record`]: the log of requests.
//! - `control`: the same over HTTP, below `/_control/`, for tests in another process.
//! - `eks`, `eks_auth`, `iam`, `sts`: what each call answers. `refusal` and `wire`: errors, and the form each service gives them.
//! - `metadata`: the metadata service of an instance, on an address of its own.
//! - `authorize`: who is calling, and whether that is allowed. `identities`: the webhook's file.

mod authorize;
mod call;
mod cloud_trail;
mod control;
mod eks;
mod eks_auth;
pub mod fault;
mod iam;
mod identities;
mod metadata;
pub mod record;
mod refusal;
mod server;
pub mod state;
mod sts;
mod wire;
mod xml;

pub use fault::{Fault, Kind};
pub use record::Recorded;
pub use server::Server;
pub use state::State;
