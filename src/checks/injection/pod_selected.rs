//! 320: nothing excludes the pod from injection.

use crate::checks::{Check, Code, Evaluate, Severity, Verdict};
use crate::evidence::{Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(320),
    name: "injection/pod-selected",
    title: "nothing excludes the pod from injection",
    severity: Severity::Error,
    decisive: false,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Webhooks],
    requires: &[],
    explained_by: &[],
    symptoms: &[],
    docs: "",
    evaluate: Evaluate::Pod(evaluate),
};

fn evaluate(_evidence: &Evidence) -> Result<Verdict, Gap> {
    Err(Gap::not_requested(CHECK.reads[0], "not written yet"))
}
