//! What a diagnosis says: the data that every renderer draws, and nothing about how it looks.

pub mod can_i;
pub mod comparison;
pub mod diagnosis;
pub mod inventory;
pub mod migration;
pub mod nodes;
pub mod summary;
pub mod trust_check;
pub mod waiting;

pub use diagnosis::{
    Cause, CheckReport, ContainerReport, Excuse, Interval, MissingPermission, Moment, Report, ReportAssociation,
    ReportCluster, ReportContainer, ReportFinding, ReportRemediation, ReportTarget, Status, Unverified, VerdictWord,
};
pub use summary::{ReportList, Sample};
pub use trust_check::{
    ActionAnswer, AskedOfTrust, ClausePart, MissingInput, PolicyText, TrustClause, TrustDecision, TrustReport,
};

pub use waiting::{Match, ReviewedRight, RightsReport, SeenInLog, WaitReport};
