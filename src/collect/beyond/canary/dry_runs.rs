//! The dry-runs of a canary, made once for all pods of a template.

use std::sync::{Arc, Mutex, PoisonError};

use futures::future::join_all;
use tokio::sync::OnceCell;

use super::new_pod::{self, NewPod};
use crate::collect::access::access_review::demand;
use crate::collect::access::clients::KubernetesClient;
use crate::collect::read::kubernetes::encode;
use crate::collect::session::Session;
use crate::evidence::asked::canary::DryRun;
use crate::evidence::{Canary, Evidence, Gap, Pod, Reading, Source};

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
    if answer.as_ref().is_err_and(new_pod::wants_resources) {
        answer = client.post::<Pod>(&path, &pod.object(true)).await;
    }
    match answer {
        Ok(made) => Ok(judge(pod, &made)),
        Err(error) => new_pod::read(&error),
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
