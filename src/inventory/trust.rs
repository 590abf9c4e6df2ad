//! Whether EKS may assume the roles of a service account, as the checks of the doctor judge it.

use crate::checks::{Check, role};
use crate::diagnose::{Options, Selection, diagnose};
use crate::evidence::Evidence;
use crate::findings::Severity;
use crate::report::inventory::{RowDecision, RowTrust};
use crate::report::{CheckReport, Status};

/// Asks the checks of the role.
pub fn judge(evidence: &Evidence, options: &Options) -> RowTrust {
    let report = diagnose(evidence, options);
    let asked: Vec<&CheckReport> = report.checks.iter().filter(|one| is_asked(one.check)).collect();
    let failed = asked.iter().find(|one| one.status == Status::Failed && one.severity == Severity::Error);
    if let Some(failed) = failed {
        let finding = failed.findings.first();
        let is_missing = failed.check.code == role::exists::CHECK.code;
        return RowTrust {
            decision: if is_missing { RowDecision::RoleMissing } else { RowDecision::Refused },
            code: Some(failed.check.code),
            says: finding.map(|finding| finding.message.clone()),
            found: finding.and_then(|finding| finding.found.clone()),
            gap: None,
        };
    }
    let open = asked.iter().find(|one| one.status == Status::Unknown);
    RowTrust {
        decision: if open.is_some() { RowDecision::Undecided } else { RowDecision::Allowed },
        code: open.map(|one| one.check.code),
        says: None,
        found: None,
        gap: open.and_then(|one| one.gap.clone()),
    }
}

/// Only what is asked is judged.
pub fn options() -> Options {
    let codes: Vec<String> = role::REFUSES.iter().map(|check| check.code.to_string()).collect();
    // Codes of checks that there are name each a check.
    let selection = Selection::new(&codes, &[]).unwrap_or_default();
    Options { selection, ..Options::default() }
}

fn is_asked(check: &Check) -> bool {
    role::REFUSES.iter().any(|one| one.code == check.code)
}
