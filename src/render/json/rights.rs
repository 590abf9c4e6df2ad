//! From the answers of `permissions --check` to its document of v1.

use super::v1;
use crate::evidence::right::{Access, Right};
use crate::report::{ReviewedRight, RightsReport};

impl v1::PermissionsCheck {
    /// Writes a report down.
    pub fn new(report: &RightsReport) -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "PermissionsCheck".to_owned(),
            exit_code: report.exit_code().0,
            levels: words(&report.levels),
            namespaces: report.namespaces.clone(),
            agent_namespace: report.agent_namespace.clone(),
            rights: report.rights.iter().map(right).collect(),
            not_asked: words(&report.not_asked),
        }
    }
}

fn right(one: &ReviewedRight) -> v1::RightCheck {
    let (state, detail) = match &one.access {
        Access::Held => ("held", None),
        Access::Missing => ("missing", None),
        Access::Unknown(why) => ("unknown", Some(why.clone())),
    };
    let Right { verb, group, resource, namespace } = one.right.clone();
    v1::RightCheck { level: one.level.to_owned(), verb, group, resource, namespace, state: state.to_owned(), detail }
}
