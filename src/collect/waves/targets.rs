//! From what was asked for to the subjects that are diagnosed: a workload stands for a few of its pods.

use jiff::Timestamp;

use crate::collect::access::clients::KubernetesClient;
use crate::collect::gap;
use crate::collect::read::kubernetes::{self, encode};
use crate::collect::read::manifest::Written;
use crate::collect::read::owner::{self, Workload};
use crate::collect::read::workload_pods;
use crate::collect::session::Session;
use crate::collect::waves::subject::Subject;
use crate::evidence::{Gap, Owner, Pod, Reading, Source};
use crate::target::{Target, TargetKind};

/// The subjects of one target.
pub struct Subjects {
    /// What is diagnosed.
    pub list: Vec<Subject>,
    /// How many pods there are; `None` for a single pod or a service account.
    pub of: Option<usize>,
}

/// Finds the subjects of a target.
pub async fn find(session: &Session, target: &Target) -> Subjects {
    let client = &session.kubernetes;
    let one = |pod, owner, similar_names| Subjects {
        list: vec![Subject { target: target.clone(), pod, owner, similar_names }],
        of: None,
    };
    match target.kind {
        TargetKind::ServiceAccount => one(Reading::Known(None), None, unasked()),
        TargetKind::Pod => {
            let pod = session.run.ask(Source::Pod, kubernetes::pod(client, &target.namespace, &target.name)).await;
            let similar = similar_names(session, target, &pod).await;
            one(pod, None, similar)
        }
        kind => match session.run.ask(workload_pods::source(kind), workload(client, target)).await {
            Reading::Known(Some(workload)) => of_workload(session, target, &workload).await,
            missing => {
                let pod = match missing {
                    Reading::Unavailable(gap) => Reading::Unavailable(gap),
                    Reading::Known(_) => Reading::Known(None),
                };
                let similar = similar_names(session, target, &pod).await;
                one(pod, None, similar)
            }
        },
    }
}

/// Finds the pods of one namespace or of all; with a label selector, those that it matches.
pub async fn pods(session: &Session, namespace: Option<&str>, selector: Option<&str>) -> Result<Vec<Pod>, Gap> {
    let path = kubernetes::list_path(namespace, "pods");
    let query = selector.map(|selector| format!("labelSelector={}", encode(selector))).unwrap_or_default();
    let list = async { gap::answer(Source::Pod, kubernetes::list::<Pod>(&session.kubernetes, &path, &query).await) };
    match session.run.ask(Source::Pod, list).await {
        Reading::Known(pods) => Ok(pods),
        Reading::Unavailable(gap) => Err(gap),
    }
}

fn unasked() -> Reading<Vec<String>> {
    Reading::Unavailable(Gap::not_requested(Source::SimilarNames, "the target was not missing"))
}

async fn similar_names(session: &Session, target: &Target, pod: &Reading<Option<Pod>>) -> Reading<Vec<String>> {
    if !matches!(pod, Reading::Known(None)) {
        return unasked();
    }
    let (prefix, plural) = plural(target.kind);
    let path = format!("{prefix}/namespaces/{}/{plural}", encode(&target.namespace));
    session.run.ask(Source::SimilarNames, kubernetes::names(&session.kubernetes, Source::SimilarNames, &path)).await
}

/// Where objects of a kind are listed: the path of the API's group, and the plural.
pub fn plural(kind: TargetKind) -> (&'static str, &'static str) {
    match kind {
        TargetKind::Pod => ("/api/v1", "pods"),
        TargetKind::ServiceAccount => ("/api/v1", "serviceaccounts"),
        TargetKind::Deployment => ("/apis/apps/v1", "deployments"),
        TargetKind::StatefulSet => ("/apis/apps/v1", "statefulsets"),
        TargetKind::DaemonSet => ("/apis/apps/v1", "daemonsets"),
        TargetKind::ReplicaSet => ("/apis/apps/v1", "replicasets"),
        TargetKind::Job => ("/apis/batch/v1", "jobs"),
        TargetKind::CronJob => ("/apis/batch/v1", "cronjobs"),
    }
}

async fn workload(client: &KubernetesClient, target: &Target) -> Reading<Option<Workload>> {
    let source = workload_pods::source(target.kind);
    let group = if source == Source::Job { "batch/v1" } else { "apps/v1" };
    let kind = target.kind.kind();
    match owner::path(group, kind, &target.namespace, &target.name) {
        Some(path) => gap::object(source, &target.name, client.get_kind(&path, kind).await),
        None => Reading::Known(None),
    }
}

async fn of_workload(session: &Session, target: &Target, workload: &Workload) -> Subjects {
    let pods = match session.run.ask(Source::Pod, workload_pods::read(&session.kubernetes, target, workload)).await {
        Reading::Known(pods) => pods,
        Reading::Unavailable(gap) => {
            let subject = Subject {
                target: target.clone(),
                pod: Reading::Unavailable(gap),
                owner: Some(workload.owner()),
                similar_names: unasked(),
            };
            return Subjects { list: vec![subject], of: None };
        }
    };
    let of = Some(pods.len());
    if pods.is_empty() {
        return Subjects { list: vec![template(target, workload)], of };
    }
    let without_agent = match target.kind {
        TargetKind::DaemonSet => nodes_without_agent(session, &pods).await,
        _ => Vec::new(),
    };
    let owner = (target.kind != TargetKind::ReplicaSet).then(|| workload.owner());
    Subjects {
        list: representatives(pods, &without_agent).into_iter().map(|pod| live(pod, owner.clone())).collect(),
        of,
    }
}

/// The subject of a pod that nobody named: a selector picked it.
pub fn selected(pod: Pod) -> Subject {
    let subject = live(pod, None);
    Subject { target: Target { is_selected: true, ..subject.target }, ..subject }
}

fn live(pod: Pod, owner: Option<Owner>) -> Subject {
    let target = Target {
        kind: TargetKind::Pod,
        namespace: pod.metadata.namespace.clone(),
        name: pod.metadata.name.clone(),
        is_selected: false,
        is_written: false,
    };
    Subject { target, pod: Reading::Known(Some(pod)), owner, similar_names: unasked() }
}

/// A workload without pods is judged by its template, as the pods that it would make.
fn template(target: &Target, workload: &Workload) -> Subject {
    written(&Written { target: target.clone(), pod: workload.pod(&target.namespace), owner: Some(workload.owner()) })
}

/// The subject of what a manifest would make.
pub fn written(one: &Written) -> Subject {
    Subject {
        target: one.target.clone(),
        pod: Reading::Known(one.pod.clone()),
        owner: one.owner.clone(),
        similar_names: unasked(),
    }
}

/// The newest, the oldest, one that is not ready, and one on a node without a ready agent; fewer where they coincide.
fn representatives(mut pods: Vec<Pod>, without_agent: &[String]) -> Vec<Pod> {
    let created = |pod: &Pod| pod.metadata.creation_timestamp.unwrap_or(Timestamp::MIN);
    pods.sort_by(|one, other| {
        created(one).cmp(&created(other)).then_with(|| one.metadata.name.cmp(&other.metadata.name))
    });
    let mut chosen: Vec<usize> = vec![pods.len() - 1, 0];
    chosen.extend(pods.iter().position(|pod| !pod.is_ready() && !pod.has_ended()));
    chosen.extend(
        pods.iter().position(|pod| pod.spec.node_name.as_ref().is_some_and(|node| without_agent.contains(node))),
    );
    let mut kept: Vec<usize> = Vec::new();
    for index in chosen {
        if !kept.contains(&index) {
            kept.push(index);
        }
    }
    kept.into_iter().map(|index| pods[index].clone()).collect()
}

/// The nodes of these pods on which no agent is ready, as far as that can be read; it only chooses, it decides nothing.
async fn nodes_without_agent(session: &Session, pods: &[Pod]) -> Vec<String> {
    let path = "/api/v1/namespaces/kube-system/pods";
    let query = format!("labelSelector={}", encode("app.kubernetes.io/name=eks-pod-identity-agent"));
    let list =
        async { gap::answer(Source::AgentPods, kubernetes::list::<Pod>(&session.kubernetes, path, &query).await) };
    let agents = session.run.ask(Source::AgentPods, list).await;
    let Some(agents) = agents.known() else { return Vec::new() };
    let served = |node: &String| agents.iter().any(|pod| pod.is_ready() && pod.spec.node_name.as_ref() == Some(node));
    pods.iter().filter_map(|pod| pod.spec.node_name.clone()).filter(|node| !served(node)).collect()
}
