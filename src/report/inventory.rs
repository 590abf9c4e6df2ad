//! What `list` says: a row for each service account that has, wants or lost a role.

use jiff::Timestamp;

use crate::checks::Code;
use crate::error::ExitCode;
use crate::evidence::{Context, Gap, GapReason, Requests, Source};

/// The rows of one cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct InventoryReport {
    /// "Now", by the API server's clock.
    pub collected_at: Timestamp,
    /// How long collecting took, in milliseconds.
    pub duration_ms: u64,
    /// How many requests were made.
    pub requests: Requests,
    /// Which cluster.
    pub context: Context,
    /// The one namespace that was listed; `None` for all.
    pub namespace: Option<String>,
    /// Lists that were not read: without them rows may be missing.
    pub gaps: Vec<Gap>,
    /// What stands in the way in single rows, those included that a filter left out: it may have left them out for it.
    pub row_gaps: Vec<Gap>,
    /// The rows that were asked for.
    pub rows: Vec<AssociationRow>,
    /// How many rows there are in each state, those that a filter left out included.
    pub states: Vec<(State, usize)>,
}

impl InventoryReport {
    /// The gap of a cluster that was only guessed, and that nothing proves to be the one that kubectl talks to.
    pub fn guess(&self) -> Option<&Gap> {
        self.gaps.iter().find(|gap| gap.source == Source::Cluster)
    }
}

/// Clusters side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct InventoryList {
    /// Each cluster.
    pub clusters: Vec<InventoryReport>,
    /// Whether clusters were named, so that each row says its own.
    pub names_clusters: bool,
    /// Whether a filter for something wrong was given: then finding it is the answer 1.
    pub looks_for_trouble: bool,
}

impl InventoryList {
    /// Each row with its cluster.
    pub fn rows(&self) -> impl Iterator<Item = (&InventoryReport, &AssociationRow)> {
        self.clusters.iter().flat_map(|cluster| cluster.rows.iter().map(move |row| (cluster, row)))
    }

    /// 1 where a filter found what it looks for, 3 where something was not read, else 0.
    pub fn exit_code(&self) -> ExitCode {
        if self.looks_for_trouble && self.clusters.iter().any(|cluster| !cluster.rows.is_empty()) {
            return ExitCode::BROKEN;
        }
        let mut gaps = self.clusters.iter().flat_map(|cluster| cluster.gaps.iter().chain(&cluster.row_gaps));
        // Who looks for trouble is not told that there is none where nobody looked.
        if gaps.any(|gap| self.looks_for_trouble || gap.reason != GapReason::NotRequested) {
            ExitCode::INCONCLUSIVE
        } else {
            ExitCode::HEALTHY
        }
    }
}

/// One service account: its association, and what its pods got.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AssociationRow {
    /// The namespace.
    pub namespace: String,
    /// The service account.
    pub service_account: String,
    /// What is worth knowing first.
    pub state: State,
    /// `a-…`; `None` without an association.
    pub association_id: Option<String>,
    /// The role of the association; without one, that of the annotation of IRSA.
    pub role_arn: Option<String>,
    /// The role that the first one assumes.
    pub target_role_arn: Option<String>,
    /// The add-on that owns the association.
    pub owner_arn: Option<String>,
    /// What manages the association or its role: `addon/NAME`, `terraform`, `eksctl`, …
    pub managed_by: Option<String>,
    /// When the association was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub modified_at: Option<Timestamp>,
    /// The pods; `None` where they were not read.
    pub pods: Option<PodCounts>,
    /// What the trust policies say; `None` where they were not judged.
    pub trust: Option<RowTrust>,
    /// Why the state is not known, or why the association could not be read in full.
    pub gap: Option<Gap>,
}

impl AssociationRow {
    /// What stands in the way of knowing more.
    pub fn gap(&self) -> Option<&Gap> {
        self.gap.as_ref().or_else(|| self.trust.as_ref()?.gap.as_ref())
    }
}

/// How many pods of a service account there are; ended ones do not count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PodCounts {
    /// All.
    pub total: usize,
    /// Those with the variables of Pod Identity.
    pub injected: usize,
    /// Those that are older than the association, and need a restart.
    pub stale: usize,
    /// Those with the variables whose SDKs use other credentials.
    pub shadowed: usize,
    /// Those that are younger than the association, and have no variables all the same.
    pub not_injected: usize,
    /// Those that their own labels or annotations, or their kind of node, leave out.
    pub left_out: usize,
}

/// What the trust policies say of a service account.
#[derive(Debug, Clone, PartialEq)]
pub struct RowTrust {
    /// The answer.
    pub decision: RowDecision,
    /// The check that decides.
    pub code: Option<Code>,
    /// Its sentence.
    pub says: Option<String>,
    /// What it found: the clause that decides.
    pub found: Option<String>,
    /// Why it is undecided.
    pub gap: Option<Gap>,
}

/// Whether EKS may assume the role for a service account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowDecision {
    /// It may.
    Allowed,
    /// It may not.
    Refused,
    /// The role does not exist.
    RoleMissing,
    /// It cannot be told.
    Undecided,
}

impl RowDecision {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Refused => "refused",
            Self::RoleMissing => "roleMissing",
            Self::Undecided => "undecided",
        }
    }
}

/// What is worth knowing first about a service account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// The role does not exist.
    RoleMissing,
    /// The trust policy does not let EKS in.
    Refused,
    /// There is an association, and no such service account or namespace.
    Orphan,
    /// Pods carry the variables, and there is no association.
    Unassociated,
    /// Something outranks Pod Identity in a pod.
    Shadowed,
    /// Pods are older than the association.
    Stale,
    /// Pods that are younger than the association lack the variables.
    NotInjected,
    /// It cannot be told.
    #[default]
    Unknown,
    /// The annotation of IRSA, or its variables, and no association.
    Irsa,
    /// An association that no pod uses.
    NoPods,
    /// Pods that their own labels or annotations, or their kind of node, leave out, and no others.
    LeftOut,
    /// Every pod has the variables.
    Ok,
}

impl State {
    /// The word in machine output, and in the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::RoleMissing => "roleMissing",
            Self::Refused => "refused",
            Self::Orphan => "orphan",
            Self::Unassociated => "unassociated",
            Self::Shadowed => "shadowed",
            Self::Stale => "stale",
            Self::NotInjected => "notInjected",
            Self::Unknown => "unknown",
            Self::Irsa => "irsa",
            Self::NoPods => "noPods",
            Self::LeftOut => "leftOut",
            Self::Ok => "ok",
        }
    }
}

/// Who shares a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleUse {
    /// The role; `None` where it is not known.
    pub role_arn: Option<String>,
    /// The service accounts, as namespace and name, with the cluster where several are listed.
    pub accounts: Vec<(Option<String>, String, String)>,
    /// How many pods they have; `None` where they were not read.
    pub pods: Option<usize>,
}
