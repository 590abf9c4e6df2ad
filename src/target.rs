//! What is diagnosed: one pod, one workload's template, or one service account.

use serde::{Deserialize, Serialize};

/// What is diagnosed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Target {
    /// What kind of thing it is.
    pub kind: TargetKind,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Whether a selector picked it, so that nobody meant this one.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_selected: bool,
    /// Whether it is written in a manifest, and not applied: no command may change what the cluster has under its name.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub is_written: bool,
}

/// The kinds of target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TargetKind {
    /// A pod.
    #[default]
    Pod,
    /// A service account, with or without pods.
    ServiceAccount,
    /// A deployment.
    Deployment,
    /// A stateful set.
    StatefulSet,
    /// A daemon set.
    DaemonSet,
    /// A replica set.
    ReplicaSet,
    /// A job.
    Job,
    /// A cron job.
    CronJob,
}

impl TargetKind {
    /// All kinds with kubectl's names, plurals and short names.
    pub const NAMES: &'static [(Self, &'static [&'static str])] = &[
        (Self::Pod, &["pod", "pods", "po"]),
        (Self::ServiceAccount, &["serviceaccount", "serviceaccounts", "sa"]),
        (Self::Deployment, &["deployment", "deployments", "deploy"]),
        (Self::StatefulSet, &["statefulset", "statefulsets", "sts"]),
        (Self::DaemonSet, &["daemonset", "daemonsets", "ds"]),
        (Self::ReplicaSet, &["replicaset", "replicasets", "rs"]),
        (Self::Job, &["job", "jobs"]),
        (Self::CronJob, &["cronjob", "cronjobs", "cj"]),
    ];

    /// Finds a kind by any of kubectl's names for it, in any case: alone, or with its group and version behind it, as in
    /// `deployments.apps`, `deployments.v1.apps` and `pods.v1.`.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.to_ascii_lowercase();
        let (name, suffix) = text.split_once('.').map_or((text.as_str(), None), |(name, suffix)| (name, Some(suffix)));
        let (kind, _) = Self::NAMES.iter().find(|(_, names)| names.contains(&name))?;
        let group = kind.group();
        let fits = |suffix: &str| suffix == format!("v1.{group}") || !group.is_empty() && suffix == group;
        suffix.is_none_or(fits).then_some(*kind)
    }

    /// Finds a kind by what an object says of itself: `apps/v1` and `Deployment`.
    pub fn of_object(api_version: &str, kind: &str) -> Option<Self> {
        let group = api_version.split_once('/').map_or("", |(group, _)| group);
        let own = |known: &Self| known.kind() == kind && known.group() == group;
        Self::NAMES.iter().map(|(known, _)| *known).find(own)
    }

    /// The API group, empty for the core group.
    fn group(self) -> &'static str {
        match self {
            Self::Pod | Self::ServiceAccount => "",
            Self::Deployment | Self::StatefulSet | Self::DaemonSet | Self::ReplicaSet => "apps",
            Self::Job | Self::CronJob => "batch",
        }
    }

    /// The word in reports: `pod`, `service account`, `deployment`, …
    pub fn word(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::ServiceAccount => "service account",
            Self::Deployment => "deployment",
            Self::StatefulSet => "stateful set",
            Self::DaemonSet => "daemon set",
            Self::ReplicaSet => "replica set",
            Self::Job => "job",
            Self::CronJob => "cron job",
        }
    }

    /// The API's name of the kind, as in `Diagnosis.target.kind`.
    pub fn kind(self) -> &'static str {
        match self {
            Self::Pod => "Pod",
            Self::ServiceAccount => "ServiceAccount",
            Self::Deployment => "Deployment",
            Self::StatefulSet => "StatefulSet",
            Self::DaemonSet => "DaemonSet",
            Self::ReplicaSet => "ReplicaSet",
            Self::Job => "Job",
            Self::CronJob => "CronJob",
        }
    }

    /// The singular that kubectl commands take, as in `deployment/api`.
    pub fn resource(self) -> &'static str {
        match self {
            Self::Pod => "pod",
            Self::ServiceAccount => "serviceaccount",
            Self::Deployment => "deployment",
            Self::StatefulSet => "statefulset",
            Self::DaemonSet => "daemonset",
            Self::ReplicaSet => "replicaset",
            Self::Job => "job",
            Self::CronJob => "cronjob",
        }
    }

    /// Whether it stands for pods rather than being one.
    pub fn is_workload(self) -> bool {
        !matches!(self, Self::Pod | Self::ServiceAccount)
    }
}

/// Whether text can be the name of a Kubernetes object (RFC 1123 subdomain).
pub fn is_object_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
    !text.is_empty()
        && text.len() <= 253
        && text.chars().all(inner)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

/// Whether text can be the name of a namespace (RFC 1123 label).
pub fn is_namespace_name(text: &str) -> bool {
    text.len() <= 63 && !text.contains('.') && is_object_name(text)
}

/// Whether text can be the name of an EKS cluster: `^[0-9A-Za-z][A-Za-z0-9_-]*`, at most 100 characters.
pub fn is_cluster_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.len() <= 100 && text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(inner)
}
