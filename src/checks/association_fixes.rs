//! Remedies that change an association that is there, through the add-on where one owns it.

use super::fixes::{cluster_name, region_option};
use super::remediation::{Command, Remediation, shell};
use crate::evidence::{Association, Evidence};

/// Stands in a command where no role is known; it fails loudly when pasted.
const UNKNOWN_ROLE: &str = "ROLE_ARN";

/// Lets a role of the cluster's account stand in front of the role that the association names.
pub fn chain_to(evidence: &Evidence, association: &Association) -> Remediation {
    let target = &association.role_arn;
    let does = format!(
        "put the ARN of a role of the cluster's account where {UNKNOWN_ROLE} stands, and keep {target} as target role"
    );
    let changes = "pods then get the target role through the first one, which must be allowed to assume it; whoever runs it needs iam:PassRole for the first role";
    if let Some(owner) = &association.owner_arn {
        return Remediation::words(format!("{does}, in the add-on that owns the association, {owner}"), changes);
    }
    Remediation {
        does,
        command: Command::Aws {
            aws: format!(
                "aws eks update-pod-identity-association{} --cluster-name {} --association-id {} --role-arn {UNKNOWN_ROLE} --target-role-arn {}",
                region_option(evidence),
                shell(cluster_name(evidence)),
                shell(&association.association_id),
                shell(target)
            ),
            eksctl: None,
            terraform: Some(format!("  role_arn        = \"{UNKNOWN_ROLE}\"\n  target_role_arn = \"{target}\"")),
        },
        changes: changes.to_owned(),
    }
}
