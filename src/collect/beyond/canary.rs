//! Dry-runs of new pods: what is sent, over which connections, and what each answer tells.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use serde_json::{Value, json};
use tokio::sync::OnceCell;

use crate::collect::access::access_review::demand;
use crate::collect::access::clients::{ApiStatus, KubernetesClient, KubernetesError};
use crate::collect::read::kubernetes::encode;
use crate::collect::session::Session;
use crate::evidence::asked::canary::DryRun;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::kubernetes::metadata::{FULL_URI, INJECTED_LABEL, TOKEN_FILE};
use crate::evidence::kubernetes::pod::ContainerSpec;
use crate::evidence::{Canary, Evidence, Gap, Owner, Pod, Reading, Source};

/// What begins so decides about injection.
const OWN: &str = "eks.amazonaws.com/";
/// What controllers write on the single pod: it tells pods of one template apart, and nothing else.
const OF_ONE_POD: &[&str] =
    &["statefulset.kubernetes.io/pod-name", "apps.kubernetes.io/pod-index", "batch.kubernetes.io/job-completion-index"];
/// The image where there is no container to take one of. It is never pulled.
const IMAGE: &str = "pause:3.10";
/// A user that no policy takes for root.
const USER: u32 = 65_532;

/// A pod that is asked for as a dry-run.
#[derive(Debug, Clone, PartialEq)]
pub struct NewPod {
    /// Where.
    pub namespace: String,
    /// As whom.
    pub service_account: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
    init_containers: Vec<ContainerSpec>,
    containers: Vec<ContainerSpec>,
    windows: bool,
}

impl NewPod {
    /// A pod of a service account, of which nothing else is known.
    pub fn of_service_account(namespace: &str, service_account: &str) -> Self {
        let only = ContainerSpec { name: "canary".to_owned(), ..ContainerSpec::default() };
        Self {
            namespace: namespace.to_owned(),
            service_account: service_account.to_owned(),
            labels: BTreeMap::new(),
            annotations: BTreeMap::new(),
            init_containers: Vec::new(),
            containers: vec![only],
            windows: false,
        }
    }

    /// The next pod like the target: of its owner's template, where that is known.
    pub fn like_target(evidence: &Evidence) -> Result<Self, Gap> {
        let plain = Self::of_service_account(&evidence.target.namespace, evidence.service_account_name()?);
        let Some(pod) = evidence.pod_or_template()? else { return Ok(plain) };
        let template = evidence.owner.present().filter(|owner| owner.template_known);
        let (init_containers, containers) = match template {
            Some(owner) => (owner.template_init_containers.clone(), owner.template_containers.clone()),
            None if pod.from_template => (pod.spec.init_containers.clone(), pod.spec.containers.clone()),
            None => (without_variables(&pod.spec.init_containers), without_variables(&pod.spec.containers)),
        };
        let annotations = pod.metadata.annotations.iter().filter(|(key, _)| key.starts_with(OWN));
        Ok(Self {
            labels: labels(pod, template),
            annotations: annotations.map(|(key, value)| (key.clone(), value.clone())).collect(),
            init_containers,
            containers: if containers.is_empty() { plain.containers.clone() } else { containers },
            windows: pod.is_for_windows(),
            ..plain
        })
    }

    /// The names of its containers.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.init_containers.iter().chain(&self.containers).map(|one| one.name.as_str())
    }

    /// The object to send; with requests and limits only where a quota wants them.
    pub fn object(&self, with_resources: bool) -> Value {
        let container = |one: &ContainerSpec| self.container(one, with_resources);
        let mut spec = json!({
            "serviceAccountName": self.service_account,
            "automountServiceAccountToken": false,
            "restartPolicy": "Never",
            "securityContext": self.security_context(),
            "initContainers": self.init_containers.iter().map(container).collect::<Vec<_>>(),
            "containers": self.containers.iter().map(container).collect::<Vec<_>>(),
        });
        if self.windows {
            spec["os"] = json!({ "name": "windows" });
            spec["nodeSelector"] = json!({ "kubernetes.io/os": "windows" });
        }
        json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {
                "generateName": "podid-canary-",
                "namespace": self.namespace,
                "labels": self.labels,
                "annotations": self.annotations,
            },
            "spec": spec,
        })
    }

    /// What *restricted* wants of the pod; the API refuses what Windows does not have.
    fn security_context(&self) -> Value {
        if self.windows {
            return json!({ "runAsNonRoot": true });
        }
        json!({ "runAsNonRoot": true, "runAsUser": USER, "seccompProfile": { "type": "RuntimeDefault" } })
    }

    fn container(&self, one: &ContainerSpec, with_resources: bool) -> Value {
        let preset = |name: &&str| one.variable(name).is_some();
        let value = |name: &str| one.variable(name).and_then(|variable| variable.text()).unwrap_or_default().to_owned();
        let env = [FULL_URI, TOKEN_FILE].into_iter().filter(|name| preset(name));
        let mut container = json!({
            "name": one.name,
            "image": one.image.as_deref().unwrap_or(IMAGE),
            "env": env.map(|name| json!({ "name": name, "value": value(name) })).collect::<Vec<_>>(),
        });
        if !self.windows {
            container["securityContext"] = json!({
                "allowPrivilegeEscalation": false,
                "readOnlyRootFilesystem": true,
                "capabilities": { "drop": ["ALL"] },
            });
        }
        if let Some(policy) = &one.restart_policy {
            container["restartPolicy"] = json!(policy);
        }
        if with_resources {
            let least = json!({ "cpu": "1m", "memory": "1Mi", "ephemeral-storage": "1Mi" });
            container["resources"] = json!({ "requests": least, "limits": least });
        }
        container
    }
}

/// The labels of the pod, but of those that decide about injection the template's.
fn labels(pod: &Pod, template: Option<&Owner>) -> BTreeMap<String, String> {
    let decided = |key: &str| key == INJECTED_LABEL || OF_ONE_POD.contains(&key);
    let own = pod.metadata.labels.iter().filter(|(key, _)| template.is_none() || !key.starts_with(OWN));
    let of_template = template.into_iter().flat_map(|owner| &owner.template_labels);
    own.chain(of_template).filter(|(key, _)| !decided(key)).map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// The containers of a pod that was made: which of their variables its template has is not known.
fn without_variables(containers: &[ContainerSpec]) -> Vec<ContainerSpec> {
    containers.iter().map(|one| ContainerSpec { env: Vec::new(), ..one.clone() }).collect()
}

/// How much of a refusal is kept, in characters.
const LIMIT: usize = 400;
/// How plug-ins of the API server word their refusals, and who they are.
const PLUG_INS: &[(&str, &str)] = &[
    ("error looking up service account", "the API server"),
    ("because it is being terminated", "the API server"),
    ("violates PodSecurity", "PodSecurity"),
    ("exceeded quota", "a quota"),
    ("failed quota", "a quota"),
    ("ValidatingAdmissionPolicy", "a ValidatingAdmissionPolicy"),
    (" usage per Container", "a LimitRange"),
    (" usage per Pod", "a LimitRange"),
    (" limit to request ratio per ", "a LimitRange"),
];

/// What a failed call tells of a dry-run; a gap where the user may not ask for one.
pub fn read(error: &KubernetesError) -> Result<DryRun, Gap> {
    let Some(status) = error.status() else { return Ok(DryRun::Unanswered(bounded(&error.to_string()))) };
    let words = status.message.as_str();
    if is_of_rights(words) || error.is_unauthorized() {
        return Err(crate::collect::gap::of_kubernetes(Source::Canary, error));
    }
    if let Some(webhook) = quoted(words, "admission webhook ") {
        return Ok(of_webhook(webhook, words));
    }
    if let Some(webhook) = quoted(words, "failed calling webhook ") {
        return Ok(refused(&format!("admission webhook \"{webhook}\""), words));
    }
    let plug_in = PLUG_INS.iter().find(|(part, _)| words.contains(part));
    Ok(match plug_in {
        Some((_, by)) => refused(by, words),
        None if is_verdict(status) => refused("the API server", words),
        None => DryRun::Unanswered(bounded(words)),
    })
}

/// Whether a quota only wants to be told how much the pod needs.
pub fn wants_resources(error: &KubernetesError) -> bool {
    let text = error.status().map(|status| status.message.as_str()).unwrap_or_default();
    text.contains("failed quota") && text.contains("must specify")
}

/// A webhook that is not to be called in a dry-run says nothing about a real pod.
fn of_webhook(webhook: &str, words: &str) -> DryRun {
    if words.contains("does not support dry run") {
        let why = "it does not support dry-runs, so that the API server answers none";
        return DryRun::Unanswered(bounded(&format!("admission webhook \"{webhook}\": {why}")));
    }
    let said = words.split_once("denied the request").map_or(words, |(_, said)| said.trim_start_matches(':').trim());
    let said = if said.is_empty() { "without an explanation" } else { said };
    DryRun::Refused { by: format!("admission webhook \"{}\"", bounded(webhook)), message: bounded(said) }
}

fn refused(by: &str, words: &str) -> DryRun {
    // The name is made up for each dry-run: `pods "podid-canary-x7k2p" is forbidden: …`
    let said = words.split_once("is forbidden: ").map_or(words, |(_, said)| said);
    DryRun::Refused { by: bounded(by), message: bounded(said) }
}

/// Whether the user lacks the right: `pods is forbidden: User "jo" cannot create resource "pods" …`
fn is_of_rights(words: &str) -> bool {
    words.contains("is forbidden: User ") && words.contains(" cannot create resource ")
}

/// Whether the API server judged the pod: an invalid one, one in a namespace that is not there, one that is forbidden.
fn is_verdict(status: &ApiStatus) -> bool {
    matches!(status.code, 400 | 403 | 404 | 409 | 422)
}

fn quoted<'a>(words: &'a str, before: &str) -> Option<&'a str> {
    let (_, rest) = words.split_once(before)?;
    rest.strip_prefix('"')?.split_once('"').map(|(name, _)| name)
}

/// One line, of a length that can be read.
fn bounded(words: &str) -> String {
    let words = ForeignText::new(&words.split_whitespace().collect::<Vec<_>>().join(" "));
    let words = String::from(words);
    if words.chars().count() <= LIMIT {
        return words;
    }
    words.chars().take(LIMIT).chain(" …".chars()).collect()
}

/// Asks for so many pods like the target, once for all targets of one template.
pub async fn like_target(session: &Session, evidence: &Evidence, number: u32) -> Reading<Canary> {
    let pod = match NewPod::like_target(evidence) {
        Ok(pod) => pod,
        Err(first) => return Reading::Unavailable(Gap::blocked_by(Source::Canary, &first)),
    };
    let place = session.dry_runs.place(&pod);
    place.get_or_init(|| announced(session, &pod, number)).await.clone()
}

async fn announced(session: &Session, pod: &NewPod, number: u32) -> Reading<Canary> {
    if let Err(gap) = allowed(session, &pod.namespace).await {
        return Reading::Unavailable(gap);
    }
    let what = if number == 1 { "a new pod".to_owned() } else { format!("{number} new pods") };
    session.active.announce.note(&format!(
        "--canary asks for {what} of service account {} in {} as a server-side dry-run: nothing is stored",
        pod.service_account, pod.namespace,
    ));
    match ask(session, pod, number).await {
        Ok(canary) => Reading::Known(canary),
        Err(gap) => Reading::Unavailable(gap),
    }
}

/// Whether the user may ask: a dry-run needs the right to create what it does not create.
pub async fn allowed(session: &Session, namespace: &str) -> Result<(), Gap> {
    demand(session, Source::Canary, "create", "pods", namespace).await
}

/// Asks for so many dry-runs at once. The gap is that of a user who may not.
pub async fn ask(session: &Session, pod: &NewPod, number: u32) -> Result<Canary, Gap> {
    let asked_at = session.now();
    let runs = join_all((0..number).map(|_| one(session, pod))).await;
    let dry_runs = runs.into_iter().collect::<Result<_, _>>()?;
    Ok(Canary { asked_at, dry_runs })
}

async fn one(session: &Session, pod: &NewPod) -> Result<DryRun, Gap> {
    match session.connect_anew() {
        Ok(client) => over(&client, pod).await,
        Err(error) => Ok(DryRun::Unanswered(error.to_string())),
    }
}

/// One dry-run over one connection.
pub async fn over(client: &KubernetesClient, pod: &NewPod) -> Result<DryRun, Gap> {
    let path = format!("/api/v1/namespaces/{}/pods?dryRun=All", encode(&pod.namespace));
    let mut answer = client.post::<Pod>(&path, &pod.object(false)).await;
    if answer.as_ref().is_err_and(wants_resources) {
        answer = client.post::<Pod>(&path, &pod.object(true)).await;
    }
    match answer {
        Ok(made) => Ok(judge(pod, &made)),
        Err(error) => read(&error),
    }
}

/// Which of the containers that were asked for lack their variables, those that the webhook leaves out apart.
fn judge(asked: &NewPod, made: &Pod) -> DryRun {
    let has = |name: &str| made.containers().any(|one| one.name == name);
    if !asked.names().all(has) {
        return DryRun::Unanswered("the answer is not the pod that was asked for".to_owned());
    }
    let skipped = made.skipped_names();
    let judged = made.containers().filter(|one| asked.names().any(|name| name == one.name));
    let lacking = judged.filter(|one| !one.is_injected() && !skipped.contains(&one.name));
    let names: Vec<String> = lacking.map(|one| one.name.clone()).collect();
    if names.is_empty() && !made.skips_all_main_containers() {
        return DryRun::Injected;
    }
    let all = || made.spec.containers.iter().map(|one| one.name.clone()).collect();
    DryRun::Lacking(if names.is_empty() { all() } else { names })
}

type Answer = Arc<OnceCell<Reading<Canary>>>;

/// What was asked for in this run, and the answers.
#[derive(Default)]
pub struct Shared(Mutex<Vec<(NewPod, Answer)>>);

impl Shared {
    /// The place of the answer about such a pod.
    pub fn place(&self, pod: &NewPod) -> Answer {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, answer)) = known.iter().find(|(other, _)| other == pod) {
            return Arc::clone(answer);
        }
        let answer = Answer::default();
        known.push((pod.clone(), Arc::clone(&answer)));
        answer
    }
}
