//! 350: the pod's own spec sets neither credential variable.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(350),
    name: "injection/variables-not-preset",
    title: "the pod's own spec sets neither credential variable",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Owner],
    requires: &[],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Container(evaluate),
};

fn evaluate(_evidence: &Evidence, _container: Container<'_>) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
