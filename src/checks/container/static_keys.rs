//! 410: no access key outranks Pod Identity.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(410),
    name: "container/static-keys",
    title: "no access key outranks Pod Identity",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps],
    requires: &[],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(_evidence: &Evidence, _container: Container<'_>) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
