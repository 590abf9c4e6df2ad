//! The remedy that binds a trust policy to the pods it is for. It is separate from letting EKS in, because it takes away.

use super::trust::replace;
use crate::evidence::{Association, Evidence};
use crate::findings::remediation::Remediation;
use crate::reasoning::iam::fix::lets_in;
use crate::reasoning::iam::{Document, Statement};

/// What stands before the name of a session tag.
const TAG: &str = "aws:RequestTag/";

/// Adds conditions for this pod's namespace, service account and cluster to the statements that have none.
///
/// In words where the statements also trust somebody else, who sends no such tags, and where there are no session tags.
pub fn to_pod(evidence: &Evidence, role_name: &str, document: &Document, open: &[&Statement]) -> Remediation {
    let namespace = evidence.target.namespace.as_str();
    let account = evidence.service_account_name().unwrap_or_default();
    let changes = format!(
        "only pods of service account {account} in namespace {namespace} then get role {role_name}; where other associations name it, their values must be included in the conditions"
    );
    if !evidence.association.present().is_none_or(Association::has_session_tags) {
        let does = "switch session tags on first, if the role is to be bound to its pods by conditions on them";
        return Remediation::words(does, "without session tags such a condition shuts the pod out");
    }
    let (namespace_key, account_key, cluster_key) = keys();
    let mut conditions =
        vec![("StringEquals", namespace_key.as_str(), namespace), ("StringEquals", account_key.as_str(), account)];
    let cluster = evidence.pod_identity_call(true).cluster_arn;
    conditions.extend(cluster.map(|arn| ("StringEquals", cluster_key.as_str(), arn)));
    let alone = |statement: &&Statement| {
        statement.principals.as_ref().is_some_and(|element| !element.negated && element.entries.len() == 1)
    };
    let edited = open
        .iter()
        .all(alone)
        .then(|| open.iter().try_fold(document.clone(), |edited, one| edited.with_conditions(one.index, &conditions)));
    let requests = evidence.trust_requests(true);
    match edited.flatten().filter(|edited| lets_in(edited, &requests)) {
        Some(edited) => {
            Remediation { changes, ..replace(role_name, "let only pods of this service account in", document, &edited) }
        }
        None => Remediation::words(
            format!(
                "give EKS Pod Identity a statement of its own in the trust policy of role {role_name}, with conditions on {}",
                conditions.iter().map(|(_, key, value)| format!("{key} {value}")).collect::<Vec<_>>().join(" and ")
            ),
            changes,
        ),
    }
}

fn keys() -> (String, String, String) {
    let key = |name: &str| format!("{TAG}{name}");
    (key("kubernetes-namespace"), key("kubernetes-service-account"), key("eks-cluster-arn"))
}
