//! The documents of `podid/v1`: their fields, in the order in which they are written.
//!
//! Within v1 fields are only added. Unknown parts are `null`, lists are never `null`, times are RFC 3339 in UTC.

mod comparison;
pub mod diagnosis;
mod inventory;
mod nodes;
mod permissions;
mod trust_check;

use serde::Serialize;

pub use comparison::{ComparedCheck, ComparedOutcome, ComparedSide, ComparedValue, Comparison};
pub use diagnosis::{Cause, Remediation, Unverified};
pub use inventory::{
    AssociationList, ListedAccount, ListedCluster, ListedMigration, ListedName, ListedPods, ListedRole, ListedStep,
    ListedTrust, MigrationPlan, RestartPlan, RestartStep, RoleList,
};
pub use nodes::{
    ListedAgent, ListedAnswers, ListedError, ListedFinding, ListedNode, ListedOutcome, ListedProbe, ListedRequests,
    NodeList,
};
pub use permissions::{CanI, GivenCondition, RightActor, RightAnswered};
pub use permissions::{PermissionsCheck, RightCheck};
pub use permissions::{Wait, WaitDryRuns};
pub use trust_check::{MissingInput, TrustAction, TrustCheck, TrustClause, TrustRequest};

/// The version of these documents.
pub const API_VERSION: &str = "podid/v1";

/// A document of the machine output of `kubectl podid`.
///
/// Fields are only ever added to `podid/v1`, so readers must ignore fields they do not know. The values named for a field
/// are those of today: readers must expect new ones. A part that is not known is null; lists are never null; times are
/// RFC 3339 in UTC.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "plugin", derive(schemars::JsonSchema))]
#[serde(untagged)]
#[cfg_attr(feature = "plugin", schemars(title = "podid/v1"))]
pub enum Document {
    /// One pod or service account.
    Diagnosis(Box<Diagnosis>),
    /// A workload, a selector or several targets.
    DiagnosisList(DiagnosisList),
    /// A trust policy by itself.
    TrustCheck(Box<TrustCheck>),
    /// Which rights the user has.
    PermissionsCheck(PermissionsCheck),
    /// Whether new pods get their variables.
    Wait(Wait),
    /// Whether a target's role may do something.
    CanI(Box<CanI>),
    /// Two diagnoses, and only what differs.
    Comparison(Box<Comparison>),
    /// Service accounts that have, want or lost a role.
    AssociationList(AssociationList),
    /// Who shares each role.
    RoleList(RoleList),
    /// The plan that moves service accounts from IRSA to EKS Pod Identity.
    MigrationPlan(MigrationPlan),
    /// Nodes, with the agents on them.
    NodeList(NodeList),
    /// The restarts that stale pods need.
    RestartPlan(RestartPlan),
    /// The run ended before there was anything to report.
    Error(Error),
}

macro_rules! document {
    ($( $(#[$doc:meta])* struct $name:ident { $( $(#[$field_doc:meta])* $field:ident: $type:ty, )* } )*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Serialize)]
        #[cfg_attr(feature = "plugin", derive(schemars::JsonSchema))]
        #[serde(rename_all = "camelCase")]
        pub struct $name { $( $(#[$field_doc])* pub $field: $type, )* }
    )* };
}
use document;

pub use diagnosis::{Interval, Moment};

document! {
    /// The diagnosis of one pod or service account.
    struct Diagnosis {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `Diagnosis`.
        kind: String,
        /// What made the document.
        tool: Tool,
        /// "Now" of the evidence, by the API server's clock.
        collected_at: String,
        /// How long collecting took.
        duration_ms: u64,
        /// What was diagnosed.
        target: Target,
        /// Where.
        cluster: Cluster,
        /// How the pod gets an identity: `podIdentity`, `irsa`, `none`, `unknown`.
        mode: String,
        /// The association of the service account.
        association: Association,
        /// The containers that were looked at, in the order in which they start.
        containers: Vec<diagnosis::PodContainer>,
        /// `broken`, `inconclusive`, `degraded`, `healthy`.
        verdict: String,
        /// What the process ends with for this diagnosis alone.
        exit_code: u8,
        /// The headline.
        summary: String,
        /// Why the target itself could not be read; null where it could.
        target_gap: Option<Gap>,
        /// What to fix, the first thing first.
        causes: Vec<Cause>,
        /// What happened when, oldest first.
        timeline: Vec<Moment>,
        /// Every check, once.
        checks: Vec<Check>,
        /// The codes of the checks that are unknown.
        not_checked: Vec<String>,
        /// The permissions that would settle unknown checks.
        missing_permissions: Vec<MissingPermission>,
        /// What was done beyond reading, and what it showed, a phrase each: `canary: 1 of 1 dry-run pods got the variables`.
        active: Vec<String>,
        /// What the run left behind.
        side_effects: Vec<String>,
        /// How many requests were made.
        requests: Requests,
    }

    /// Several diagnoses of one run.
    struct DiagnosisList {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `DiagnosisList`.
        kind: String,
        /// What made the document.
        tool: Tool,
        /// The worst verdict of the items; `inconclusive` where there are none.
        verdict: String,
        /// The worst exit code of the items, in the order 1, 3, 4, 0.
        exit_code: u8,
        /// What was asked for, and how many of its pods were looked at.
        samples: Vec<Sample>,
        /// The diagnoses.
        items: Vec<Diagnosis>,
    }

    /// An error that ended the run before there was anything to report.
    struct Error {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `Error`.
        kind: String,
        /// What the process ends with.
        exit_code: u8,
        /// What happened.
        message: String,
        /// The next step.
        hint: Option<String>,
    }

    /// What made a document.
    struct Tool {
        /// Always `kubectl-podid`.
        name: String,
        /// The version that judged.
        version: String,
        /// The version that collected the evidence; null where it is not known or differs between items.
        collected_by: Option<String>,
    }

    /// What was asked for, and how much of it was looked at.
    struct Sample {
        /// What was asked for, as it was typed.
        asked: String,
        /// The namespace; null for all namespaces.
        namespace: Option<String>,
        /// How many pods were diagnosed.
        judged: usize,
        /// How many pods there are.
        total: usize,
        /// Whether those that were diagnosed stand for others of their owner, node, service account and state.
        is_sample: bool,
        /// How many more pods there are that no association, annotation or variable gives an identity.
        left_out: usize,
    }

    /// What was diagnosed.
    struct Target {
        /// `Pod`, `ServiceAccount`, `Deployment`, `StatefulSet`, `DaemonSet`, `ReplicaSet`, `Job`, `CronJob`.
        kind: String,
        /// The namespace.
        namespace: String,
        /// The name.
        name: String,
        /// The identity of the pod.
        uid: Option<String>,
        /// The service account of the pod.
        service_account: Option<String>,
        /// The node of the pod.
        node: Option<String>,
        /// The workload that a person edits.
        owner: Option<Owner>,
        /// Whether the template of a workload was judged, because it has no pods.
        from_template: bool,
    }

    /// A workload.
    struct Owner {
        /// The kind, as the API spells it.
        kind: String,
        /// The name.
        name: String,
    }

    /// The cluster, as far as it is known.
    struct Cluster {
        /// The context of the kubeconfig.
        context: Option<String>,
        /// The EKS name.
        name: Option<String>,
        /// Where the name comes from: `flag`, `contextArn`, `eksctlName`, `execArguments`, `serverHost`, `agentArguments`.
        name_source: Option<String>,
        /// The ARN.
        arn: Option<String>,
        /// The region.
        region: Option<String>,
        /// The account.
        account: Option<String>,
        /// The Kubernetes version, such as `1.34`.
        version: Option<String>,
        /// The EKS platform version, such as `eks.9`.
        platform_version: Option<String>,
    }

    /// The association of the service account.
    struct Association {
        /// `present`, `absent`, `unknown`.
        state: String,
        /// The identity of the association.
        id: Option<String>,
        /// The role.
        role_arn: Option<String>,
        /// The role that the first one assumes.
        target_role_arn: Option<String>,
        /// The add-on that owns the association.
        owner_arn: Option<String>,
        /// When it was made.
        created_at: Option<String>,
        /// When it was last changed.
        modified_at: Option<String>,
    }

    /// A check.
    struct Check {
        /// The code.
        code: String,
        /// The name.
        name: String,
        /// The part of the chain it belongs to.
        area: String,
        /// What holds where it passes.
        title: String,
        /// `error`, `warning`, `note`: the severity in force.
        severity: String,
        /// Whether it must be known before anything is called healthy.
        decisive: bool,
        /// `passed`, `failed`, `unknown`, `skipped`, `notApplicable`.
        status: String,
        /// `configured` or `observed`, for passed and failed checks.
        basis: Option<String>,
        /// Where and when it was observed, in words.
        proof: Option<String>,
        /// Why an unknown check does not make the run inconclusive, in words.
        excused: Option<String>,
        /// The code of the failed check that a skipped one waits for.
        because: Option<String>,
        /// Words for `skipped` and `notApplicable`.
        reason: Option<String>,
        /// Why it is unknown.
        gap: Option<Gap>,
        /// What it says about each container; null for checks of the pod.
        containers: Option<Vec<Container>>,
        /// What is wrong.
        findings: Vec<Finding>,
        /// The arguments of `kubectl podid` that explain it.
        docs: String,
    }

    /// What a check says about one container.
    struct Container {
        /// The name.
        name: String,
        /// As the check's.
        status: String,
        /// As the check's.
        because: Option<String>,
        /// As the check's.
        reason: Option<String>,
        /// As the check's.
        gap: Option<Gap>,
    }

    /// Something that could not be read or decided.
    struct Gap {
        /// The call that would have told.
        source: String,
        /// `denied`, `noCredentials`, `wrongAccount`, `timedOut`, `throttled`, `unreachable`, `malformed`, `insufficient`,
        /// `undecidable`, `ambiguous`, `notRequested`, `blocked`.
        reason: String,
        /// What was answered, in words.
        detail: String,
        /// The permission that would settle it.
        permission: Option<String>,
    }

    /// One thing that is wrong.
    struct Finding {
        /// `error`, `warning`, `note`.
        severity: String,
        /// What it is about.
        subject: Subject,
        /// What is wrong.
        message: String,
        /// Whether the evidence only suggests it.
        suspected: bool,
        /// What is there.
        found: Option<String>,
        /// What should be there.
        expected: Option<String>,
        /// The values it rests on.
        observed: Vec<Observation>,
        /// What a person can do.
        remediation: Vec<Remediation>,
    }

    /// What a finding is about.
    struct Subject {
        /// As the target's.
        kind: String,
        /// The namespace.
        namespace: String,
        /// The name.
        name: String,
        /// The container; null for the whole.
        container: Option<String>,
    }
    /// A value that was read.
    struct Observation {
        /// The call that told.
        source: String,
        /// The field, in the words of that source.
        field: String,
        /// The value, as text.
        value: String,
    }
    /// A permission that would settle unknown checks.
    struct MissingPermission {
        /// `kubernetes`, `aws`.
        system: String,
        /// The permission in words.
        permission: String,
        /// The codes of the checks it would settle.
        settles: Vec<String>,
    }
    /// How many requests were made.
    struct Requests {
        /// To the Kubernetes API.
        kubernetes: u32,
        /// To AWS.
        aws: u32,
    }
}
