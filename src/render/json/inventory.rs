//! The rows of `list` as documents of `podid/v1`.

use super::convert::{gap, tool};
use super::v1::{self, API_VERSION};
use crate::inventory::restart::Line;
use crate::render::inventory::table::permission;
use crate::report::inventory::{AssociationRow, InventoryList, InventoryReport, PodCounts, RoleUse, RowTrust};

impl v1::AssociationList {
    /// Writes the rows down.
    pub fn new(list: &InventoryList, tool_version: &str) -> Self {
        let items = list.clusters.iter().flat_map(|cluster| cluster.rows.iter().map(|row| account(cluster, row)));
        Self {
            api_version: API_VERSION.to_owned(),
            kind: "AssociationList".to_owned(),
            tool: tool(tool_version, None),
            exit_code: list.exit_code().0,
            items: items.collect(),
            clusters: list.clusters.iter().map(cluster).collect(),
        }
    }
}

fn told(cluster: &InventoryReport, one: &crate::evidence::Gap) -> v1::Gap {
    gap(one, permission(cluster, one).as_deref())
}

fn cluster(cluster: &InventoryReport) -> v1::ListedCluster {
    v1::ListedCluster {
        context: cluster.context.name.clone(),
        name: cluster.context.eks_cluster.as_ref().map(|name| name.value.clone()),
        region: cluster.context.region.as_ref().map(|region| region.value.clone()),
        collected_at: cluster.collected_at.to_string(),
        duration_ms: cluster.duration_ms,
        requests: v1::Requests { kubernetes: cluster.requests.kubernetes, aws: cluster.requests.aws },
        gaps: cluster.gaps.iter().map(|gap| told(cluster, gap)).collect(),
    }
}

fn account(cluster: &InventoryReport, row: &AssociationRow) -> v1::ListedAccount {
    v1::ListedAccount {
        context: cluster.context.name.clone(),
        namespace: row.namespace.clone(),
        service_account: row.service_account.clone(),
        state: row.state.word().to_owned(),
        association_id: row.association_id.clone(),
        role_arn: row.role_arn.clone(),
        target_role_arn: row.target_role_arn.clone(),
        owner_arn: row.owner_arn.clone(),
        managed_by: row.managed_by.clone(),
        created_at: row.created_at.map(|time| time.to_string()),
        modified_at: row.modified_at.map(|time| time.to_string()),
        pods: row.pods.map(pods),
        trust: row.trust.as_ref().map(|one| trust(cluster, one)),
        gap: row.gap.as_ref().map(|gap| told(cluster, gap)),
    }
}

fn pods(counts: PodCounts) -> v1::ListedPods {
    let PodCounts { total, injected, stale, shadowed, not_injected, left_out } = counts;
    v1::ListedPods { total, injected, stale, shadowed, not_injected, left_out }
}

fn trust(cluster: &InventoryReport, trust: &RowTrust) -> v1::ListedTrust {
    v1::ListedTrust {
        decision: trust.decision.word().to_owned(),
        code: trust.code.map(|code| code.to_string()),
        says: trust.says.clone(),
        found: trust.found.clone(),
        gap: trust.gap.as_ref().map(|gap| told(cluster, gap)),
    }
}

impl v1::RoleList {
    /// Writes down who shares each role.
    pub fn new(uses: &[RoleUse]) -> Self {
        let names = |one: &RoleUse| {
            let name = |(context, namespace, name): &(Option<String>, String, String)| v1::ListedName {
                context: context.clone(),
                namespace: namespace.clone(),
                name: name.clone(),
            };
            one.accounts.iter().map(name).collect()
        };
        let items = uses.iter().map(|one| v1::ListedRole {
            role_arn: one.role_arn.clone(),
            service_accounts: names(one),
            pods: one.pods,
        });
        Self { api_version: API_VERSION.to_owned(), kind: "RoleList".to_owned(), items: items.collect() }
    }
}

impl v1::RestartPlan {
    /// Writes the plan down.
    pub fn new(lines: &[Line]) -> Self {
        let step = |line: &Line| match line {
            Line::Command(command) => v1::RestartStep { command: Some(command.clone()), words: None },
            Line::Words(words) => v1::RestartStep { command: None, words: Some(words.clone()) },
        };
        Self {
            api_version: API_VERSION.to_owned(),
            kind: "RestartPlan".to_owned(),
            items: lines.iter().map(step).collect(),
        }
    }
}
