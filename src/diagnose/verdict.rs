//! The verdict and its exit code, computed from causes.

use crate::evidence::{Evidence, Gap, GapReason, Reading, Source};
use crate::exit::ExitCode;
use crate::findings::Severity;
use crate::report::{Cause, CheckReport, VerdictWord, summary};
use crate::target::TargetKind;

/// What makes the exit code other than zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Errors, and what could not be judged.
    #[default]
    Error,
    /// Warnings too.
    Warning,
    /// Nothing.
    Never,
}

/// Says why nothing can be judged, if so: the target could not be read, or what was read is not of one cluster.
pub fn target_gap(evidence: &Evidence) -> Option<Gap> {
    unread_target(evidence).or_else(|| evidence.another_cluster()).or_else(|| evidence.not_amazon_eks())
}

fn unread_target(evidence: &Evidence) -> Option<Gap> {
    match evidence.target.kind {
        TargetKind::ServiceAccount => match &evidence.service_account {
            Reading::Known(Some(_)) => None,
            Reading::Known(None) => Some(evidence.target_not_found(Source::ServiceAccount, &evidence.service_accounts)),
            // A service account can be judged without being readable, unless nobody answers at all.
            Reading::Unavailable(gap) => {
                matches!(gap.reason, GapReason::Unreachable | GapReason::NoCredentials).then(|| gap.clone())
            }
        },
        _ => evidence.pod_or_template().err(),
    }
}

/// Sums up.
///
/// `is_open` says that something else is not known: why a pod failed that has ended, or what a switch asked for.
pub fn verdict(causes: &[Cause], checks: &[CheckReport], target_gap: Option<&Gap>, is_open: bool) -> VerdictWord {
    let error = |cause: &&Cause| cause.severity == Severity::Error;
    if target_gap.is_some() {
        VerdictWord::Inconclusive
    } else if causes.iter().filter(error).any(|cause| !cause.suspected) {
        VerdictWord::Broken
    } else if causes.iter().any(|cause| error(&cause)) || checks.iter().any(summary::decides_and_is_open) || is_open {
        VerdictWord::Inconclusive
    } else if causes.is_empty() {
        VerdictWord::Healthy
    } else {
        VerdictWord::Degraded
    }
}

/// The exit code of a verdict.
pub fn exit_code(verdict: VerdictWord, fail_on: FailOn) -> ExitCode {
    match (verdict, fail_on) {
        (_, FailOn::Never) | (VerdictWord::Healthy, _) | (VerdictWord::Degraded, FailOn::Error) => ExitCode::HEALTHY,
        (VerdictWord::Degraded, FailOn::Warning) => ExitCode::DEGRADED,
        (VerdictWord::Inconclusive, _) => ExitCode::INCONCLUSIVE,
        (VerdictWord::Broken, _) => ExitCode::BROKEN,
    }
}
