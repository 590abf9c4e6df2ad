//! The documents of `list`.

use serde::Serialize;

use crate::inventory::restart::Line;
use crate::render::inventory::table::{permission, permission_in};
use crate::render::json::convert::{gap, tool};
use crate::render::json::v1;
use crate::render::json::v1::{API_VERSION, Gap, Requests, Tool, document};
use crate::report::inventory::{AssociationRow, InventoryList, InventoryReport, PodCounts, RoleUse, RowTrust};
use crate::report::migration::{Migration, MigrationReport, MigrationStep};

document! {
    /// Service accounts that have, want or lost a role.
    struct AssociationList {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `AssociationList`.
        kind: String,
        /// What made the document.
        tool: Tool,
        /// What the process ends with: 1 where a filter found what it looks for, 3 where something was not read.
        exit_code: u8,
        /// The clusters that were listed.
        clusters: Vec<ListedCluster>,
        /// The service accounts that were asked for.
        items: Vec<ListedAccount>,
    }

    /// A cluster that was listed.
    struct ListedCluster {
        /// The context of the kubeconfig.
        context: Option<String>,
        /// The EKS name.
        name: Option<String>,
        /// The region.
        region: Option<String>,
        /// "Now", by the API server's clock.
        collected_at: String,
        /// How long collecting took, in milliseconds.
        duration_ms: u64,
        /// How many requests were made.
        requests: Requests,
        /// Lists that were not read: items may be missing.
        gaps: Vec<Gap>,
    }

    /// A service account, its association, and what its pods got.
    struct ListedAccount {
        /// The context of the cluster; null where the kubeconfig names none.
        context: Option<String>,
        /// The namespace.
        namespace: String,
        /// The service account.
        service_account: String,
        /// `ok`, `noPods`, `stale`, `shadowed`, `orphan`, `irsa`, `unassociated`, `notInjected`, `leftOut`, `unknown`; with `--trust` also
        /// `refused`, `roleMissing`.
        state: String,
        /// The identity of the association.
        association_id: Option<String>,
        /// The role; without an association that of the annotation of IRSA.
        role_arn: Option<String>,
        /// The role that the first one assumes.
        target_role_arn: Option<String>,
        /// The add-on that owns the association.
        owner_arn: Option<String>,
        /// `addon/NAME`, `terraform`, `eksctl`, `cloudformation`, `ack`, `crossplane`.
        managed_by: Option<String>,
        /// When the association was made.
        created_at: Option<String>,
        /// When it was last changed.
        modified_at: Option<String>,
        /// The pods; null where they were not read.
        pods: Option<ListedPods>,
        /// What the trust policies say; null where they were not judged.
        trust: Option<ListedTrust>,
        /// Why something is not known.
        gap: Option<Gap>,
    }

    /// How many pods a service account has; ended ones do not count.
    struct ListedPods {
        /// All.
        total: usize,
        /// Those with the variables.
        injected: usize,
        /// Those that are older than the association.
        stale: usize,
        /// Those with the variables whose SDKs use other credentials.
        shadowed: usize,
        /// Those that are younger than the association and have no variables.
        not_injected: usize,
        /// Those that are left out by their own labels, annotations or kind of node.
        left_out: usize,
    }

    /// What the trust policies say of a service account.
    struct ListedTrust {
        /// `allowed`, `refused`, `roleMissing`, `undecided`.
        decision: String,
        /// The check that decides.
        code: Option<String>,
        /// Its sentence.
        says: Option<String>,
        /// What it found in the policy.
        found: Option<String>,
        /// Why it is undecided.
        gap: Option<Gap>,
    }

    /// Who shares each role.
    struct RoleList {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `RoleList`.
        kind: String,
        /// The roles, the one with the most service accounts first.
        items: Vec<ListedRole>,
    }

    /// A role, and who has it.
    struct ListedRole {
        /// The role; null for service accounts whose role is not known.
        role_arn: Option<String>,
        /// The service accounts.
        service_accounts: Vec<ListedName>,
        /// How many pods they have; null where pods were not read.
        pods: Option<usize>,
    }

    /// The name of a service account.
    struct ListedName {
        /// The context of the cluster; null where one cluster was listed.
        context: Option<String>,
        /// The namespace.
        namespace: String,
        /// The name.
        name: String,
    }

    /// The restarts that stale pods need, in order.
    struct RestartPlan {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `RestartPlan`.
        kind: String,
        /// The steps.
        items: Vec<RestartStep>,
    }

    /// The plan that moves service accounts from IRSA to EKS Pod Identity.
    struct MigrationPlan {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `MigrationPlan`.
        kind: String,
        /// What made the document.
        tool: Tool,
        /// What the process ends with: 3 where something was not read.
        exit_code: u8,
        /// The cluster.
        cluster: ListedCluster,
        /// What is done first, once: the agent, and the trust policy of each role.
        first: Vec<ListedStep>,
        /// The service accounts on IRSA, those that are under way first.
        items: Vec<ListedMigration>,
        /// What is done last, once for each role: statements for IRSA go.
        last: Vec<ListedStep>,
    }

    /// A service account on IRSA.
    struct ListedMigration {
        /// The namespace.
        namespace: String,
        /// The service account.
        service_account: String,
        /// The role; null where only its pods know it.
        role_arn: Option<String>,
        /// `underway`, `ready`, `blocked`, `unknown`.
        state: String,
        /// Why it cannot be moved.
        why: Option<String>,
        /// Why that is not known.
        gap: Option<Gap>,
        /// How many pods it has; null where pods were not read.
        pods: Option<usize>,
        /// How many of them have the variables of EKS Pod Identity.
        moved_pods: Option<usize>,
        /// The steps, in the order that never stops a running pod.
        steps: Vec<ListedStep>,
    }

    /// One step of a move.
    struct ListedStep {
        /// What it does.
        does: String,
        /// The command, in one piece; null where it can only be said in words.
        command: Option<String>,
        /// What it changes.
        changes: String,
        /// Whether it is done.
        done: bool,
    }

    /// A step of the plan.
    struct RestartStep {
        /// The command; null where a person has to decide.
        command: Option<String>,
        /// What is to be done, or why nothing is; null for a command.
        words: Option<String>,
    }
}

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

impl v1::MigrationPlan {
    /// Writes the plan down.
    pub fn new(report: &MigrationReport, tool_version: &str) -> Self {
        let told = |one: &crate::evidence::Gap| gap(one, permission_in(report.namespace.as_deref(), one).as_deref());
        let item = |item: &Migration| v1::ListedMigration {
            namespace: item.namespace.clone(),
            service_account: item.service_account.clone(),
            role_arn: item.role_arn.clone(),
            state: item.state.word().to_owned(),
            why: item.why.clone(),
            gap: item.gap.as_ref().map(told),
            pods: item.pods.map(|(all, _)| all),
            moved_pods: item.pods.map(|(_, moved)| moved),
            steps: item.steps.iter().map(step).collect(),
        };
        Self {
            api_version: API_VERSION.to_owned(),
            kind: "MigrationPlan".to_owned(),
            tool: tool(tool_version, None),
            exit_code: report.exit_code().0,
            cluster: v1::ListedCluster {
                context: report.context.name.clone(),
                name: report.context.eks_cluster.as_ref().map(|name| name.value.clone()),
                region: report.context.region.as_ref().map(|region| region.value.clone()),
                collected_at: report.collected_at.to_string(),
                duration_ms: report.duration_ms,
                requests: v1::Requests { kubernetes: report.requests.kubernetes, aws: report.requests.aws },
                gaps: report.gaps.iter().map(told).collect(),
            },
            first: report.first.iter().map(step).collect(),
            last: report.last.iter().map(step).collect(),
            items: report.items.iter().map(item).collect(),
        }
    }
}

fn step(step: &MigrationStep) -> v1::ListedStep {
    let MigrationStep { does, command, changes, is_done } = step.clone();
    v1::ListedStep { does, command, changes, done: is_done }
}
