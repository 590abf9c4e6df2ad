//! The checks, in the order in which a credential travels.
//!
//! One folder for each link of the chain, one file for each check. [`AREAS`] is the one ordered list: the registry, the
//! catalogue, `explain`, `permissions`, `--plan` and the engine are made from it. A prerequisite stands before the check
//! that needs it.

pub mod agent;
pub mod association;
pub mod check;
pub mod cluster;
pub mod container;
pub mod eks_auth;
pub mod injection;
pub mod irsa;
pub mod network;
pub mod probe;
pub mod registry;
pub mod role;

pub use crate::evidence::Milestone;
// For the checks below: others name them where they stand.
use crate::findings::{Finding, Remediation, Severity};
pub use check::{
    Area, AsOf, Check, Code, Evaluate, Group, Judges, ProvenBy, Request, Scope, Shown, Strikes, Success, Verdict, Way,
};

/// All areas and their checks.
pub static AREAS: &[&Area] = &[
    &cluster::AREA,
    &association::AREA,
    &injection::AREA,
    &container::AREA,
    &network::AREA,
    &agent::AREA,
    &eks_auth::AREA,
    &role::AREA,
    &irsa::AREA,
    &probe::AREA,
];
