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
pub mod failures;
pub mod finding;
pub mod fixes;
pub mod injection;
pub mod irsa;
pub mod network;
pub mod probe;
pub mod registry;
pub mod remediation;
pub mod role;
pub mod words;

pub use check::{Check, Code, Evaluate, Severity, Verdict};
pub use finding::{Finding, Findings, Observation};
pub use remediation::{Command, FixFormat, Remediation};

/// One link of the chain.
pub struct Area {
    /// The folder, as it stands in check names: `eks-auth` for `eks_auth`.
    pub name: &'static str,
    /// The words in the line of links.
    pub title: &'static str,
    /// The hundred of its codes.
    pub hundred: u16,
    /// Its checks, prerequisites first.
    pub checks: &'static [&'static Check],
}

/// All areas and their checks.
pub static AREAS: &[Area] = &[
    Area { name: "cluster", title: "cluster", hundred: 1, checks: cluster::CHECKS },
    Area { name: "association", title: "association", hundred: 2, checks: association::CHECKS },
    Area { name: "injection", title: "injection", hundred: 3, checks: injection::CHECKS },
    Area { name: "container", title: "container", hundred: 4, checks: container::CHECKS },
    Area { name: "network", title: "network", hundred: 5, checks: network::CHECKS },
    Area { name: "agent", title: "agent", hundred: 6, checks: agent::CHECKS },
    Area { name: "eks-auth", title: "EKS Auth", hundred: 7, checks: eks_auth::CHECKS },
    Area { name: "role", title: "role", hundred: 8, checks: role::CHECKS },
    Area { name: "irsa", title: "IRSA", hundred: 8, checks: irsa::CHECKS },
    Area { name: "probe", title: "probe", hundred: 9, checks: probe::CHECKS },
];
