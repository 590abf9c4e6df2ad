//! What a diagnosis says: the data that every renderer draws, and nothing about how it looks.

pub mod containers;
pub mod diagnosis;
pub mod list;
pub mod rights;
pub mod summary;
pub mod timeline;
pub mod trust_check;
pub mod waiting;

pub use containers::ReportContainer;
pub use diagnosis::{
    Cause, CheckReport, ContainerReport, MissingPermission, Report, ReportAssociation, ReportCluster, ReportFinding,
    ReportRemediation, ReportTarget, Status, Unverified, VerdictWord,
};
pub use list::{ReportList, Sample};
pub use rights::{ReviewedRight, RightsReport};
pub use timeline::{Interval, Moment};
pub use trust_check::{
    ActionAnswer, AskedOfTrust, ClausePart, MissingInput, PolicyText, TrustClause, TrustDecision, TrustReport,
};
pub use waiting::WaitReport;
