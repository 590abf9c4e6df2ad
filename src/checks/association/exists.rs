//! 210: an association gives the service account a role.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict, cluster};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(210),
    name: "association/exists",
    title: "an association gives the service account a role",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Associations],
    requires: &[&cluster::same_cluster::CHECK],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
