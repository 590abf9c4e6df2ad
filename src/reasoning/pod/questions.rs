//! Questions that many checks ask of the evidence, each answered once.

use jiff::Timestamp;

use crate::evidence::aws::association::AssociationSummary;
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{
    AUDIENCE, FULL_URI, ROLE_ARN, TOKEN_FILE, WEB_IDENTITY_TOKEN_FILE, is_agent_uri, is_token_path,
};
use crate::evidence::kubernetes::node::{Compute, FARGATE_NODE};
use crate::evidence::kubernetes::pod::{ServiceAccountTokenProjection, VolumeMount};
use crate::evidence::reading::GapKind;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{Container, Evidence, Gap, GapReason, Node, Owner, Pod, Reading, Role, Source};
use crate::nearest::{beginning_with, nearest, of_same_stem};
use crate::target::TargetKind;

impl Evidence {
    /// The pod or the template that stands for it; `None` where the target is a service account without pods.
    pub fn pod_or_template(&self) -> Result<Option<&Pod>, Gap> {
        match self.pod.get()? {
            Some(pod) => Ok(Some(pod)),
            None if self.target.kind == TargetKind::ServiceAccount => Ok(None),
            None => Err(self.target_not_found(Source::Pod, &self.similar_names)),
        }
    }

    /// The pod, if there is one that was really made; `None` for a template or a service account.
    pub fn live_pod(&self) -> Result<Option<&Pod>, Gap> {
        Ok(self.pod_or_template()?.filter(|pod| !pod.from_template))
    }

    /// The name of the service account; its namespace is the target's.
    pub fn service_account_name(&self) -> Result<&str, Gap> {
        match self.target.kind {
            TargetKind::ServiceAccount => Ok(&self.target.name),
            _ => Ok(self.pod_or_template()?.map_or("default", Pod::service_account)),
        }
    }

    /// The row of the association list for the service account; `None` if the whole list has none.
    pub fn associated(&self) -> Result<Option<&AssociationSummary>, Gap> {
        let service_account = self.service_account_name()?;
        let list = self.associations.get()?;
        self.is_this_cluster(Source::Associations)?;
        match list.of(&self.target.namespace, service_account) {
            None if !list.complete && list.asked_for.as_deref() != Some(service_account) => {
                Err(Gap::new(Source::Associations, GapReason::Insufficient, "the list was not read to its end"))
            }
            row => Ok(row),
        }
    }

    /// The containers that take part; none where there is neither pod nor template.
    pub fn containers(&self) -> Result<Vec<Container<'_>>, Gap> {
        match self.pod_or_template()? {
            Some(pod) if pod.spec.containers.is_empty() => {
                Err(Gap::new(Source::Pod, GapReason::Malformed, "the answer shows a pod without containers"))
            }
            Some(pod) => Ok(pod.containers().collect()),
            None => Ok(Vec::new()),
        }
    }

    /// The role that the association names; a gap where it is not known, `None` where there is no association.
    pub fn associated_role_arn(&self) -> Result<Option<&str>, Gap> {
        Ok(self.association.get()?.as_ref().map(|association| association.role_arn.as_str()))
    }

    /// The role; a gap where it was not read, and also where it does not exist.
    pub fn existing_role(&self) -> Result<&Role, Gap> {
        self.role
            .get()?
            .as_ref()
            .ok_or_else(|| Gap::new(Source::Role, GapReason::Insufficient, "the role does not exist"))
    }

    /// The node of the pod; `None` before it is scheduled or where there is no pod.
    pub fn node_name(&self) -> Option<&str> {
        self.pod.known()?.as_ref()?.spec.node_name.as_deref()
    }

    /// The kind of compute, from the node, or from the pod alone where the node cannot be read.
    ///
    /// The pod alone can say Fargate and Windows; for anything else the node is needed.
    pub fn compute(&self) -> Result<Compute, Gap> {
        // The label is the word of EKS; names of nodes are free.
        if let Some(compute) = self.node.present().and_then(Node::labelled_compute) {
            return Ok(compute);
        }
        if let Some(Some(pod)) = self.pod.known()
            && let Some(compute) = compute_of_pod(pod)
        {
            return Ok(compute);
        }
        match self.node.get()? {
            Some(node) => Ok(Node::compute(node)),
            None => Err(Gap::new(Source::Node, GapReason::Insufficient, "the node does not exist")),
        }
    }

    /// The workload at the top; the job's where the owner is one.
    pub fn workload(&self) -> Option<&Owner> {
        let job = self.job.known().and_then(Option::as_ref);
        job.or_else(|| self.owner.known().and_then(Option::as_ref))
    }

    /// The account the cluster is in: from its ARN, or from the context.
    pub fn cluster_account(&self) -> Option<&str> {
        let described = self.cluster.known().and_then(Option::as_ref).and_then(|cluster| Arn::parse(&cluster.arn));
        described.map(|arn| arn.account).or(self.context.account.as_deref())
    }

    /// The name of the EKS cluster, as EKS says it, else as it was detected.
    pub fn cluster_name(&self) -> Option<&str> {
        let described = self.cluster.known().and_then(Option::as_ref).map(|cluster| cluster.name.as_str());
        described.or(self.context.eks_cluster.as_ref().map(|detected| detected.value.as_str()))
    }

    /// The host name of EKS Auth in the cluster's region, as the agent asks for it: the dual-stack one of the partition.
    pub fn eks_auth_host(&self) -> String {
        let region = self.context.region.as_ref().map_or("REGION", |region| region.value.as_str());
        let suffixes = [
            ("cn-", "api.amazonwebservices.com.cn"),
            ("eusc-", "api.amazonwebservices.eu"),
            ("us-iso-", "api.aws.ic.gov"),
            ("us-isob-", "api.aws.scloud"),
            ("eu-isoe-", "api.cloud-aws.adc-e.uk"),
            ("us-isof-", "api.aws.hci.ic.gov"),
        ];
        let of_partition = suffixes.iter().find(|(start, _)| region.starts_with(start));
        format!("eks-auth.{region}.{}", of_partition.map_or("api.aws", |(_, suffix)| suffix))
    }

    /// When the pod was created.
    pub fn pod_created_at(&self) -> Option<Timestamp> {
        self.pod.known()?.as_ref()?.metadata.creation_timestamp
    }

    /// The namespace the agent is in.
    pub fn agent_namespace(&self) -> &str {
        let first = self.agent_daemon_sets.known().and_then(|sets| sets.first());
        first.map_or(SYSTEM_NAMESPACE, |set| set.metadata.namespace.as_str())
    }
}

/// What the pod alone says about its compute: only kinds where Pod Identity does not work.
pub fn compute_of_pod(pod: &Pod) -> Option<Compute> {
    let fargate = pod.spec.scheduler_name.as_deref() == Some("fargate-scheduler")
        || pod.spec.node_name.as_deref().is_some_and(|name| name.starts_with(FARGATE_NODE));
    if fargate {
        Some(Compute::Fargate)
    } else if pod.is_for_windows() {
        Some(Compute::Windows)
    } else {
        None
    }
}

impl Container<'_> {
    /// The variable that names the agent.
    pub fn full_uri(&self) -> Option<&EnvVar> {
        self.variable(FULL_URI)
    }

    /// The variable that names the token file.
    pub fn token_file(&self) -> Option<&EnvVar> {
        self.variable(TOKEN_FILE)
    }

    /// Whether it carries any variable of Pod Identity.
    pub fn has_pod_identity_variables(&self) -> bool {
        self.full_uri().is_some() || self.token_file().is_some()
    }

    /// Whether it carries both variables of Pod Identity, with the values that the webhook writes.
    pub fn is_injected(&self) -> bool {
        self.full_uri().and_then(EnvVar::text).is_some_and(is_agent_uri)
            && self.token_file().and_then(EnvVar::text).is_some_and(is_token_path)
    }

    /// Whether it carries both variables of IRSA.
    pub fn has_web_identity_variables(&self) -> bool {
        self.variable(ROLE_ARN).is_some() && self.variable(WEB_IDENTITY_TOKEN_FILE).is_some()
    }
}

impl<T> Reading<Option<T>> {
    /// The object, if it is known to exist.
    pub fn present(&self) -> Option<&T> {
        self.known().and_then(Option::as_ref)
    }
}

/// How many names are shown.
const MOST: usize = 3;

impl Evidence {
    /// Makes the gap of a target that `source` says is not there.
    pub fn target_not_found(&self, source: Source, names: &Reading<Vec<String>>) -> Gap {
        let target = &self.target;
        if let Reading::Known(None) = self.namespace {
            let detail = format!("namespace {} was not found", target.namespace);
            return Gap::new(source, GapReason::Insufficient, detail).because(GapKind::NoSuchNamespace);
        }
        let detail = format!("{} {} was not found in namespace {}", target.kind.word(), target.name, target.namespace);
        Gap::new(source, GapReason::Insufficient, format!("{detail}{}", similar(&target.name, names)))
    }
}

fn similar(wanted: &str, names: &Reading<Vec<String>>) -> String {
    let names = match names {
        Reading::Known(names) => names.as_slice(),
        Reading::Unavailable(gap) if gap.reason == GapReason::Denied => {
            return " — which names there are could not be listed".to_owned();
        }
        Reading::Unavailable(_) => &[],
    };
    let names = || names.iter().map(String::as_str);
    let mut near = nearest(wanted, names(), MOST);
    if near.is_empty() {
        near = of_same_stem(wanted, names(), MOST);
    }
    if near.is_empty() {
        near = beginning_with(wanted, names(), MOST);
    }
    if near.is_empty() { String::new() } else { format!(" — similar names: {}", near.join(", ")) }
}

impl<'c> Container<'c> {
    /// The mount that a process sees a file through, and the file inside its volume: the deepest mount wins.
    pub fn serving_mount(&self, path: &str) -> Option<(&'c VolumeMount, String)> {
        let wanted = parts(path);
        let below = |mount: &'c VolumeMount| {
            let rest = wanted.strip_prefix(parts(&mount.mount_path).as_slice())?;
            let inside = [inner(mount.sub_path.as_deref().unwrap_or_default()).as_slice(), rest].concat();
            Some((rest.len(), mount, inside.join("/")))
        };
        let deepest = self.spec.volume_mounts.iter().filter_map(below).min_by_key(|(depth, ..)| *depth);
        deepest.map(|(_, mount, file)| (mount, file))
    }
}

impl Pod {
    /// Whether a container's two variables lead to the agent and to a token for it, whoever wrote them.
    pub fn leads_to_agent(&self, container: &Container<'_>) -> bool {
        let uri = container.full_uri().and_then(EnvVar::text).is_some_and(is_agent_uri);
        let file = container.token_file().and_then(EnvVar::text).and_then(|path| container.serving_mount(path));
        let token = file.and_then(|(mount, file)| self.token_at(mount, &file));
        uri && token.is_some_and(|token| token.audience.as_deref() == Some(AUDIENCE))
    }

    /// The service account token that a mounted volume projects to a file inside it.
    pub fn token_at(&self, mount: &VolumeMount, file: &str) -> Option<&ServiceAccountTokenProjection> {
        let projected = self.spec.volumes.iter().find(|volume| volume.name == mount.name)?.projected.as_ref()?;
        let mut tokens = projected.sources.iter().filter_map(|source| source.service_account_token.as_ref());
        tokens.find(|token| inner(&token.path).join("/") == file)
    }
}

/// The parts of an absolute path; `/run` is where `/var/run` leads to in nearly every image.
fn parts(path: &str) -> Vec<&str> {
    let parts = inner(path);
    if parts.first() == Some(&"run") { [&["var"], parts.as_slice()].concat() } else { parts }
}

fn inner(path: &str) -> Vec<&str> {
    // Windows writes C:\\ and the other slash.
    path.trim_start_matches("C:").split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect()
}
