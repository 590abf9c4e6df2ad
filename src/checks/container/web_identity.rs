//! 420: no IRSA variables outrank Pod Identity.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict, association};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(420),
    name: "container/web-identity",
    title: "no IRSA variables outrank Pod Identity",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod],
    requires: &[],
    explained_by: &[&association::created_before_pod::CHECK],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(_evidence: &Evidence, _container: Container<'_>) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
