//! The documents of `list`.

use serde::Serialize;

use super::{Gap, Requests, Tool, document};

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
        /// `ok`, `noPods`, `stale`, `shadowed`, `orphan`, `irsa`, `unassociated`, `notInjected`, `unknown`; with `--trust` also
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

    /// A step of the plan.
    struct RestartStep {
        /// The command; null where a person has to decide.
        command: Option<String>,
        /// What is to be done, or why nothing is; null for a command.
        words: Option<String>,
    }
}
