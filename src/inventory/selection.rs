//! Which rows are shown, and in which order.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::checks::registry::matches;
use crate::evidence::aws::role::Arn;
use crate::report::inventory::{AssociationRow, InventoryReport, RoleUse, RowDecision, State};

/// Which rows are shown: those in which one of the troubles is found, where one is named, and that fit each further wish.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Something wrong that is looked for.
    pub troubles: Vec<Trouble>,
    /// The name or the ARN of the role or the target role, `*` for any text.
    pub role: Option<String>,
    /// What manages it, `*` for any text.
    pub managed_by: Option<String>,
}

/// Something wrong that can be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Pods that are older than the association.
    Stale,
    /// Associations without a service account.
    Orphan,
    /// Pods whose SDKs use other credentials.
    Shadowed,
    /// Pods with the variables and without an association.
    Unassociated,
    /// Roles that do not let EKS in, or do not exist.
    Refused,
}

impl Trouble {
    /// Whether a row has it, whatever else it has.
    pub fn is_in(self, row: &AssociationRow) -> bool {
        let counts = row.pods.unwrap_or_default();
        match self {
            Self::Stale => counts.stale > 0,
            Self::Orphan => row.state == State::Orphan,
            Self::Shadowed => counts.shadowed > 0,
            Self::Unassociated => row.state == State::Unassociated,
            Self::Refused => row
                .trust
                .as_ref()
                .is_some_and(|trust| matches!(trust.decision, RowDecision::Refused | RowDecision::RoleMissing)),
        }
    }
}

impl Filter {
    /// Leaves the rows that are asked for.
    pub fn apply(&self, report: &mut InventoryReport) {
        report.rows.retain(|row| self.takes(row));
    }

    fn takes(&self, row: &AssociationRow) -> bool {
        let of_role = |pattern: &String| {
            let arns = [row.role_arn.as_deref(), row.target_role_arn.as_deref()];
            arns.into_iter().flatten().any(|arn| matches(pattern, arn) || matches(pattern, role_name(arn)))
        };
        let of_manager = |pattern: &String| {
            row.managed_by.as_deref().is_some_and(|manager| {
                matches(pattern, manager) || manager.strip_prefix("addon/").is_some_and(|name| matches(pattern, name))
            })
        };
        (self.troubles.is_empty() || self.troubles.iter().any(|trouble| trouble.is_in(row)))
            && self.role.as_ref().is_none_or(of_role)
            && self.managed_by.as_ref().is_none_or(of_manager)
    }
}

/// The name of a role, or the text itself where it is no ARN.
pub fn role_name(arn: &str) -> &str {
    Arn::parse(arn).and_then(|arn| arn.role_name()).unwrap_or(arn)
}

/// What rows are sorted by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[cfg_attr(feature = "plugin", derive(clap::ValueEnum))]
pub enum Column {
    /// Namespace, then name
    #[default]
    Namespace,
    /// Name
    Serviceaccount,
    /// Problems first
    State,
    /// Most pods first
    Pods,
    /// Most stale pods first
    Stale,
    /// Name of the role
    Role,
    /// Name of the target role
    Target,
    /// What manages it
    ManagedBy,
    /// Newest association first
    Age,
}

impl Column {
    /// Sorts rows; those that are alike stay in the order of namespace and name.
    pub fn sort(self, rows: &mut [AssociationRow]) {
        let counts = |row: &AssociationRow| row.pods.unwrap_or_default();
        let name = |arn: &Option<String>| arn.as_deref().map(role_name).unwrap_or_default().to_owned();
        match self {
            Self::Namespace => {}
            Self::Serviceaccount => rows.sort_by(|one, other| one.service_account.cmp(&other.service_account)),
            Self::State => rows.sort_by_key(|row| row.state),
            Self::Pods => rows.sort_by_key(|row| Reverse(counts(row).total)),
            Self::Stale => rows.sort_by_key(|row| Reverse(counts(row).stale)),
            Self::Role => rows.sort_by_cached_key(|row| name(&row.role_arn)),
            Self::Target => rows.sort_by_cached_key(|row| name(&row.target_role_arn)),
            Self::ManagedBy => rows.sort_by(|one, other| one.managed_by.cmp(&other.managed_by)),
            Self::Age => rows.sort_by_key(|row| Reverse(row.created_at)),
        }
    }
}

/// Who shares each role: most service accounts first. Rows without a role that is known stand together at the end.
pub fn by_role(clusters: &[InventoryReport], names_clusters: bool) -> Vec<RoleUse> {
    let mut uses: BTreeMap<(bool, Option<&str>), RoleUse> = BTreeMap::new();
    for cluster in clusters {
        let name = cluster.context.name.as_ref().filter(|_| names_clusters);
        // Without an association and an annotation there is no role at all, known or not.
        let has_role = |row: &&AssociationRow| row.association_id.is_some() || row.role_arn.is_some();
        for row in cluster.rows.iter().filter(has_role) {
            for arn in [Some(&row.role_arn), row.target_role_arn.is_some().then_some(&row.target_role_arn)]
                .into_iter()
                .flatten()
            {
                let role = uses.entry((arn.is_none(), arn.as_deref())).or_insert_with(|| RoleUse {
                    role_arn: arn.clone(),
                    accounts: Vec::new(),
                    pods: Some(0),
                });
                role.accounts.push((name.cloned(), row.namespace.clone(), row.service_account.clone()));
                role.pods = role.pods.zip(row.pods).map(|(sum, counts)| sum + counts.total);
            }
        }
    }
    let mut uses: Vec<RoleUse> = uses.into_values().collect();
    uses.sort_by_key(|one| (one.role_arn.is_none(), Reverse(one.accounts.len())));
    uses
}
