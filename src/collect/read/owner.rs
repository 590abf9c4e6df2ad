//! Who made the pod, up to the workload that a person edits.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::collect::gap;
use crate::collect::read::kubernetes::encode;
use crate::evidence::kubernetes::metadata::OwnerReference;
use crate::evidence::kubernetes::network_policy::LabelSelector;
use crate::evidence::kubernetes::pod::PodSpec;
use crate::evidence::kubernetes::pod_status::PodStatus;
use crate::evidence::{Container, Metadata, Owner, Pod, Reading, Source};

/// How the labels and annotations of Pod Identity begin.
const LABELS: &str = "eks.amazonaws.com/";

/// A workload, as much of it as is read.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Workload {
    /// `apps/v1`, …
    pub api_version: String,
    /// `Deployment`, …
    pub kind: String,
    /// Name, namespace, owners.
    pub metadata: Metadata,
    /// What it makes.
    pub spec: WorkloadSpec,
    /// What it has made.
    #[serde(default)]
    pub status: Option<WorkloadStatus>,
}

/// The specification of a workload.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadSpec {
    /// How many pods it wants; one, where it says nothing.
    pub replicas: Option<u32>,
    /// Which pods are its own.
    pub selector: Option<LabelSelector>,
    /// The template of its pods.
    pub template: Option<Template>,
    /// The template of a cron job's jobs.
    pub job_template: Option<JobTemplate>,
    /// Whether a deployment is paused.
    pub paused: bool,
    /// How a deployment replaces pods.
    pub strategy: Option<Strategy>,
    /// How a stateful set or a daemon set replaces pods.
    pub update_strategy: Option<Strategy>,
}

/// How a workload replaces pods when its template changes.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Strategy {
    /// `RollingUpdate`, `OnDelete`, `Recreate`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Its settings.
    pub rolling_update: Option<RollingUpdate>,
}

/// The settings of a rolling update.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct RollingUpdate {
    /// The ordinal from which on a stateful set replaces pods.
    pub partition: Option<u32>,
}

/// How many pods a workload has made.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct WorkloadStatus {
    /// Of a replica set or a stateful set: all.
    pub replicas: u32,
    /// Of a deployment: those of its present template.
    pub updated_replicas: u32,
    /// Of a daemon set: how many it wants.
    pub desired_number_scheduled: u32,
    /// Of a daemon set: how many it has.
    pub current_number_scheduled: u32,
}

/// The template of jobs.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct JobTemplate {
    /// What the job makes.
    pub spec: JobSpec,
}

/// The specification of a job.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct JobSpec {
    /// The template of its pods.
    pub template: Template,
}

/// The template of pods.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Template {
    /// Labels and annotations.
    pub metadata: Metadata,
    /// The specification.
    pub spec: PodSpec,
}

impl Workload {
    /// The template of its pods, a cron job's included.
    pub fn template(&self) -> Option<&Template> {
        self.spec.template.as_ref().or_else(|| self.spec.job_template.as_ref().map(|jobs| &jobs.spec.template))
    }

    /// The pod that it would make.
    pub fn pod(&self, namespace: &str) -> Option<Pod> {
        self.template().map(|template| Pod {
            metadata: Metadata { namespace: namespace.to_owned(), ..template.metadata.clone() },
            spec: template.spec.clone(),
            status: PodStatus::default(),
            from_template: true,
        })
    }

    /// What a diagnosis keeps of it.
    pub fn owner(&self) -> Owner {
        let template = self.template();
        let strategy = self.spec.strategy.as_ref().or(self.spec.update_strategy.as_ref());
        let partition = strategy.and_then(|strategy| strategy.rolling_update.as_ref()?.partition);
        Owner {
            api_version: self.api_version.clone(),
            kind: self.kind.clone(),
            name: self.metadata.name.clone(),
            template_service_account: template.and_then(|template| template.spec.service_account_name.clone()),
            template_known: template.is_some(),
            template_containers: template.map(|template| template.spec.containers.clone()).unwrap_or_default(),
            template_init_containers: template.map(|one| one.spec.init_containers.clone()).unwrap_or_default(),
            missing_pods: self.missing_pods(),
            template_labels: template.map(|template| own(&template.metadata.labels)).unwrap_or_default(),
            template_annotations: template.map(|template| own(&template.metadata.annotations)).unwrap_or_default(),
            paused: self.spec.paused,
            update_strategy: strategy.and_then(|strategy| strategy.kind.clone()),
            update_partition: partition.filter(|ordinal| *ordinal > 0),
        }
    }
}

impl Workload {
    /// How many pods it wants and has not made.
    fn missing_pods(&self) -> Option<u32> {
        let status = self.status.as_ref()?;
        let wanted = self.spec.replicas.unwrap_or(1);
        Some(match self.kind.as_str() {
            "Deployment" => wanted.saturating_sub(status.updated_replicas),
            "ReplicaSet" | "StatefulSet" => wanted.saturating_sub(status.replicas),
            "DaemonSet" => status.desired_number_scheduled.saturating_sub(status.current_number_scheduled),
            _ => return None,
        })
    }
}

/// The labels or annotations that the webhook reads or writes.
fn own(all: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let all = all.iter().filter(|(key, _)| key.starts_with(LABELS));
    all.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The path of a workload in the API; `None` for kinds that Kubernetes itself does not have.
pub fn path(api_version: &str, kind: &str, namespace: &str, name: &str) -> Option<String> {
    let plural = match (api_version, kind) {
        ("apps/v1", "Deployment") => "deployments",
        ("apps/v1", "ReplicaSet") => "replicasets",
        ("apps/v1", "StatefulSet") => "statefulsets",
        ("apps/v1", "DaemonSet") => "daemonsets",
        ("batch/v1", "Job") => "jobs",
        ("batch/v1", "CronJob") => "cronjobs",
        _ => return None,
    };
    Some(format!("/apis/{api_version}/namespaces/{}/{plural}/{}", encode(namespace), encode(name)))
}

/// Reads the owner chain of a pod: the workload, and separately the job, which other permissions answer.
pub async fn read(client: &KubernetesClient, pod: &Pod) -> (Reading<Option<Owner>>, Reading<Option<Owner>>) {
    let nothing = || Reading::Known(None);
    let namespace = &pod.metadata.namespace;
    match pod.metadata.controller() {
        Some(reference) if reference.kind == "Job" && reference.api_version == "batch/v1" => {
            (nothing(), top(client, Source::Job, namespace, reference).await)
        }
        // The kubelet owns mirror pods in the name of their node.
        Some(reference) if reference.kind != "Node" => {
            let owner = top(client, Source::Owner, namespace, reference).await;
            // Only a pod that lacks something has to be restarted.
            let has_a_role = |one: Container<'_>| one.is_injected() || one.has_web_identity_variables();
            let is_whole = pod.containers().all(has_a_role);
            (if is_whole { owner } else { with_rollout(client, namespace, owner).await }, nothing())
        }
        _ => (nothing(), nothing()),
    }
}

/// Adds how a deployment rolls out, which only itself says; where it cannot be read, it is told how most are restarted.
async fn with_rollout(
    client: &KubernetesClient,
    namespace: &str,
    owner: Reading<Option<Owner>>,
) -> Reading<Option<Owner>> {
    let Reading::Known(Some(owner)) = owner else { return owner };
    let path = path(&owner.api_version, &owner.kind, namespace, &owner.name).filter(|_| owner.kind == "Deployment");
    let Some(path) = path else { return Reading::Known(Some(owner)) };
    let deployment = client.get_kind::<Workload>(&path, &owner.kind).await.ok().map(|workload| workload.owner());
    let Owner { paused, update_strategy, .. } = deployment.unwrap_or_default();
    Reading::Known(Some(Owner { paused, update_strategy, ..owner }))
}

/// Reads the object that made the pod, which names the one above it and holds the template that the pod was made from.
///
/// So the owner at the top, two steps away at most, is known by name without being read.
async fn top(
    client: &KubernetesClient,
    source: Source,
    namespace: &str,
    reference: &OwnerReference,
) -> Reading<Option<Owner>> {
    let maker = match step(client, namespace, reference).await {
        None => return Reading::Known(Some(named(reference))),
        Some(Ok(workload)) => workload,
        Some(Err(error)) if error.is_absence_of(&reference.name) => return Reading::Known(Some(named(reference))),
        Some(Err(error)) => return Reading::Unavailable(gap::of_kubernetes(source, &error)),
    };
    let owner = maker.owner();
    Reading::Known(Some(match maker.metadata.controller() {
        None => owner,
        Some(above) => Owner {
            api_version: above.api_version.clone(),
            kind: above.kind.clone(),
            name: above.name.clone(),
            ..owner
        },
    }))
}

/// Reads the object behind a reference; `None` for kinds that Kubernetes itself does not have.
pub async fn step(
    client: &KubernetesClient,
    namespace: &str,
    reference: &OwnerReference,
) -> Option<Result<Workload, KubernetesError>> {
    let path = path(&reference.api_version, &reference.kind, namespace, &reference.name)?;
    Some(client.get_kind(&path, &reference.kind).await)
}

/// An owner that is known by name only: a resource of some operator, or one that is gone.
fn named(reference: &OwnerReference) -> Owner {
    Owner {
        api_version: reference.api_version.clone(),
        kind: reference.kind.clone(),
        name: reference.name.clone(),
        ..Owner::default()
    }
}
