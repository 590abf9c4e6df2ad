//! Which checks and which containers take part.

use crate::checks::{Check, Code, registry};
use crate::evidence::Evidence;
use crate::report::ReportContainer;

/// Which checks take part; all of them, unless something was asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    only: Option<Vec<Code>>,
    skip: Vec<Code>,
}

impl Selection {
    /// Selects by patterns: codes, names and areas, with `*` for any text.
    ///
    /// What a check named by `only` requires is selected with it, because the check is meaningless unless that holds. What
    /// `skip` names is left out even if another check requires it. The error is the first pattern that names nothing.
    pub fn new(only: &[String], skip: &[String]) -> Result<Self, String> {
        let mut selected = Vec::new();
        for check in named(only)? {
            add_with_prerequisites(check, &mut selected);
        }
        let skip = named(skip)?.into_iter().map(|check| check.code).collect();
        Ok(Self { only: (!only.is_empty()).then_some(selected), skip })
    }

    /// How many decisive checks are left out.
    pub fn decisive_left_out(&self) -> usize {
        registry::all().filter(|check| check.decisive && !self.has(check)).count()
    }

    /// Whether a check takes part.
    pub fn has(&self, check: &Check) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&check.code)) && !self.skip.contains(&check.code)
    }
}

fn named(patterns: &[String]) -> Result<Vec<&'static Check>, String> {
    let mut found = Vec::new();
    for pattern in patterns.iter().flat_map(|list| list.split(',')) {
        let matching = registry::matching(pattern);
        if matching.is_empty() {
            return Err(pattern.to_owned());
        }
        found.extend(matching);
    }
    Ok(found)
}

fn add_with_prerequisites(check: &'static Check, selected: &mut Vec<Code>) {
    if !selected.contains(&check.code) {
        selected.push(check.code);
        for required in check.requires {
            add_with_prerequisites(required, selected);
        }
    }
}

/// Writes down the containers; with a name, that one only.
pub fn containers(evidence: &Evidence, only: Option<&str>) -> Vec<ReportContainer> {
    let Some(pod) = evidence.pod.present() else { return Vec::new() };
    pod.containers()
        .filter(|container| only.is_none_or(|name| container.name == name))
        .map(|container| ReportContainer {
            name: container.name.clone(),
            kind: container.kind,
            credential_chain: (!pod.from_template).then(|| evidence.credential_chain(&container)),
        })
        .collect()
}
