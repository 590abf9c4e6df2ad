//! 310: the Pod Identity webhook covers this namespace.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(310),
    name: "injection/webhook",
    title: "the Pod Identity webhook covers this namespace",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Webhooks, Source::Namespace],
    requires: &[],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
