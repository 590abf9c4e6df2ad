//! The machine report of a run, and what must hold for every one.

use std::collections::BTreeSet;

use podid::checks::AREAS;
use serde_json::Value;

use super::run::Outcome;

/// One diagnosis.
#[derive(Debug)]
pub struct Report {
    /// The document.
    pub document: Value,
}

impl Report {
    /// Reads the one diagnosis of a run.
    pub fn read(outcome: &Outcome) -> Self {
        let document = parse(outcome);
        assert_eq!(document["kind"], "Diagnosis", "{outcome:?}");
        assert_eq!(document["exitCode"], outcome.code, "{outcome:?}");
        Self::new(document)
    }

    /// Reads the diagnoses of a list.
    pub fn read_list(outcome: &Outcome) -> Vec<Self> {
        let document = parse(outcome);
        assert_eq!(document["kind"], "DiagnosisList", "{outcome:?}");
        assert_eq!(document["exitCode"], outcome.code, "{outcome:?}");
        document["items"].as_array().expect("items").iter().cloned().map(Self::new).collect()
    }

    /// Every check stands in every report exactly once.
    fn new(document: Value) -> Self {
        let checks = document["checks"].as_array().expect("checks");
        let told: BTreeSet<&str> = checks.iter().filter_map(|check| check["name"].as_str()).collect();
        let registered: BTreeSet<&str> =
            AREAS.iter().flat_map(|area| area.checks.iter()).map(|check| check.name).collect();
        assert_eq!(told, registered);
        assert_eq!(checks.len(), registered.len());
        Self { document }
    }

    /// Asserts the verdict, the exit code and all causes in order; suspected ones carry a question mark: `PID510?`.
    #[track_caller]
    pub fn expect(&self, verdict: &str, exit_code: i32, causes: &[&str]) -> &Self {
        let found: Vec<String> = self
            .causes()
            .iter()
            .map(|cause| {
                let mark = if cause["confidence"] == "suspected" { "?" } else { "" };
                format!("{}{mark}", cause["code"].as_str().unwrap_or_default())
            })
            .collect();
        let as_expected = self.document["verdict"] == verdict
            && self.document["exitCode"] == exit_code
            && found.iter().map(String::as_str).eq(causes.iter().copied());
        assert!(as_expected, "expected {verdict}, {exit_code}, {causes:?}; found\n{self}");
        self
    }

    /// Asserts the status of checks.
    #[track_caller]
    pub fn statuses(&self, wanted: &[(&str, &str)]) -> &Self {
        for (code, status) in wanted {
            assert_eq!(self.check(code)["status"], *status, "{code} in\n{self}");
        }
        self
    }

    /// Asserts that checks are unknown, and why.
    #[track_caller]
    pub fn gaps(&self, wanted: &[(&str, &str)]) -> &Self {
        for (code, reason) in wanted {
            let check = self.check(code);
            assert_eq!(
                (&check["status"], &check["gap"]["reason"]),
                (&"unknown".into(), &(*reason).into()),
                "{code} in\n{self}"
            );
        }
        self
    }

    /// Asserts that a phrase stands somewhere in the document.
    #[track_caller]
    pub fn says(&self, phrase: &str) -> &Self {
        assert!(strings(&self.document).iter().any(|text| text.contains(phrase)), "nothing says {phrase:?} in\n{self}");
        self
    }

    /// Asserts that permissions are named as missing.
    #[track_caller]
    pub fn misses(&self, permissions: &[&str]) -> &Self {
        let missing: Vec<_> = self.document["missingPermissions"].as_array().into_iter().flatten().collect();
        for permission in permissions {
            assert!(missing.iter().any(|one| one["permission"] == *permission), "{permission} in {missing:#?}");
        }
        self
    }

    /// The causes.
    pub fn causes(&self) -> &[Value] {
        self.document["causes"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    /// One check.
    #[track_caller]
    pub fn check(&self, code: &str) -> &Value {
        let checks = self.document["checks"].as_array().into_iter().flatten();
        checks.into_iter().find(|check| check["code"] == code).unwrap_or_else(|| panic!("there is no {code}"))
    }
}

/// What a failed assertion shows: the verdict and every check that did not simply pass.
impl std::fmt::Display for Report {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let document = &self.document;
        writeln!(formatter, "{} {} {}", document["verdict"], document["exitCode"], document["summary"])?;
        for check in document["checks"].as_array().into_iter().flatten().filter(|check| check["status"] != "passed") {
            write!(formatter, "  {} {} {}", check["code"], check["status"], check["title"])?;
            match check["status"].as_str() {
                Some("failed") => writeln!(formatter, " {:#}", check["findings"])?,
                Some("unknown") => writeln!(formatter, " {}", check["gap"])?,
                _ => writeln!(formatter, " {} {}", check["because"], check["reason"])?,
            }
        }
        Ok(())
    }
}

fn parse(outcome: &Outcome) -> Value {
    assert!(outcome.stderr.is_empty(), "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap_or_else(|error| panic!("{error}: {outcome:?}"))
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Object(members) => members.values().flat_map(strings).collect(),
        _ => Vec::new(),
    }
}
