//! What holds in every weather: no judgement is better than the truth, none is worse, and nothing raw comes out.

use std::collections::BTreeMap;

use podid::render::escape::is_hidden;
use serde_json::Value;

/// Judges the pod by the variables of IRSA that it has, whether an association that could not be read replaces them or not.
const OF_THE_POD_AS_IT_IS: &str = "PID897";

/// What a diagnosis came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    code: Option<i64>,
    checks: BTreeMap<String, How>,
}

/// How a check ended.
#[derive(Debug, Clone, PartialEq, Eq)]
struct How {
    status: String,
    /// The worst of its findings that are no suspicion.
    certain: Option<String>,
}

impl Judgement {
    /// Reads a diagnosis in JSON.
    pub fn of(diagnosis: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let causes = || diagnosis["causes"].as_array().into_iter().flatten();
        let is_suspected = |code: &Value| causes().any(|one| one["code"] == *code && one["confidence"] == "suspected");
        let how = |check: &Value| {
            let findings = check["findings"].as_array().into_iter().flatten();
            let certain = findings.filter(|_| !is_suspected(&check["code"])).map(|one| text(&one["severity"]));
            let order = ["note", "warning", "error"];
            let worst = certain.max_by_key(|severity| order.iter().position(|one| one == severity));
            How { status: text(&check["status"]), certain: worst }
        };
        let checks = diagnosis["checks"].as_array().into_iter().flatten();
        Self {
            code: diagnosis["exitCode"].as_i64(),
            checks: checks.map(|check| (text(&check["code"]), how(check))).collect(),
        }
    }

    /// The exit code.
    pub fn code(&self) -> Option<i64> {
        self.code
    }

    /// What is wrong where answers were only lost, and this is the truth.
    ///
    /// A check that failed in truth may be left open, and never passes. One that passed in truth may be left open or become a suspicion,
    /// and is never failed for certain. One that does not concern a pod whose identity works is never an error. A pod that is broken is
    /// healthy only where a check that fails in truth is said to be open, and one that is not is broken only by a check that fails in truth.
    pub fn wrong_after_a_loss(&self, found: &Self) -> Vec<String> {
        let mut wrong = Vec::new();
        let (mut is_told, mut is_blamed) = (false, false);
        for (code, how) in &found.checks {
            let Some(was) = self.checks.get(code) else { continue };
            let certain = how.certain.as_deref().filter(|_| how.status == "failed");
            is_told |= was.status == "failed" && how.status == "unknown";
            is_blamed |= was.status == "failed" && certain == Some("error") || code == OF_THE_POD_AS_IT_IS;
            let is_wrong = match (was.status.as_str(), how.status.as_str()) {
                ("failed", "passed") => true,
                ("passed", "failed") => matches!(certain, Some("warning" | "error")),
                ("notApplicable", "failed") => {
                    self.code == Some(0) && certain == Some("error") && code != OF_THE_POD_AS_IT_IS
                }
                _ => false,
            };
            wrong.extend(is_wrong.then(|| format!("{code} {}, and in truth it {}", how.status, was.status)));
        }
        let is_better = self.code == Some(1) && found.code == Some(0) && !is_told;
        wrong.extend(is_better.then(|| "healthy, and in truth it is broken".to_owned()));
        let is_worse = self.code == Some(0) && found.code == Some(1) && !is_blamed;
        wrong.extend(is_worse.then(|| "broken, and in truth it is not".to_owned()));
        wrong
    }
}

/// The first character that must not reach a terminal.
pub fn raw(text: &str) -> Option<char> {
    text.chars().find(|one| is_hidden(*one) && *one != '\n')
}
