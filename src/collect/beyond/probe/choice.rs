//! Which way the probe takes, for each container that is judged.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::join_all;
use jiff::Timestamp;
use serde_json::Value;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout};

use super::image::{self, Image};
use super::session::{self, Place};
use super::waiting::Obstacle;
use super::{copied, rights};
use crate::collect::Session;
use crate::collect::access::clients::KubernetesClient;
use crate::collect::beyond::active::Announce;
use crate::collect::beyond::leftovers::Leftovers;
use crate::collect::read::kubernetes::encode;
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::reading::GapKind;
use crate::evidence::{Evidence, Gap, GapReason, Pod, ProbePlace, Probed, Probes, Reading, Source};

/// How many containers are probed in one run.
const CONTAINERS: usize = 4;
/// What is left of the time for the way there and back.
const WAY: Duration = Duration::from_secs(5);

/// A way into the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// The first that can work.
    Auto,
    /// Into the container itself.
    Exec,
    /// Into an ephemeral container beside it.
    Ephemeral,
    /// Into a copy of the pod.
    Pod,
}

impl Mode {
    /// All ways.
    pub const WAYS: &'static [Self] = &[Self::Exec, Self::Ephemeral, Self::Pod];

    /// The ways that it may go, in the order in which they are tried.
    pub fn ways(&self) -> &[Self] {
        match self {
            Self::Auto => Self::WAYS,
            one => std::slice::from_ref(one),
        }
    }

    /// As it is typed.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Exec => "exec",
            Self::Ephemeral => "ephemeral",
            Self::Pod => "pod",
        }
    }
}

/// What the user asked for.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The way.
    pub mode: Mode,
    /// The image of containers of the probe's own, if the user names one.
    pub image: Option<String>,
    /// How long one container may take.
    pub timeout: Duration,
    /// The only container that is judged.
    pub container: Option<String>,
}

impl Asked {
    /// Whether a container of the probe's own may be made, and nobody has named its image.
    pub fn may_choose_image(&self) -> bool {
        self.image.is_none() && self.mode.ways().iter().any(|way| *way != Mode::Exec)
    }
}

/// Probes the containers of the pod that the evidence is of, and adds what was seen, and what stays behind.
pub async fn ask(session: &Session, asked: &Asked, evidence: &mut Evidence) {
    let left = Mutex::new(Vec::new());
    let probe = match &evidence.pod {
        Reading::Known(Some(pod)) => read(session, pod, asked, &left).await,
        Reading::Known(None) => {
            let why = "there is no pod on a node to look into";
            Reading::Unavailable(Gap::new(Source::Probe, GapReason::Insufficient, why))
        }
        Reading::Unavailable(gap) => Reading::Unavailable(Gap::blocked_by(Source::Probe, gap)),
    };
    evidence.probe = probe;
    evidence.side_effects.extend(left.into_inner().unwrap_or_else(PoisonError::into_inner));
}

/// One run in one pod.
pub(super) struct Run<'a> {
    session: &'a Session,
    pub client: &'a KubernetesClient,
    pub namespace: &'a str,
    pub pod_name: &'a str,
    pub region: Option<&'a str>,
    pub wish: Asked,
    node: Option<&'a str>,
    image: OnceCell<Image>,
    deadline: Instant,
    pub leftovers: &'a Leftovers,
    pub announce: &'a Announce,
    left: &'a Mutex<Vec<String>>,
}

/// Probes the containers of a pod that are judged.
async fn read(session: &Session, pod: &Pod, asked: &Asked, left: &Mutex<Vec<String>>) -> Reading<Probes> {
    if let Err(gap) = may_run(pod) {
        return Reading::Unavailable(gap);
    }
    let (namespace, pod_name) = (pod.metadata.namespace.as_str(), pod.metadata.name.as_str());
    let run = Run {
        session,
        client: &session.kubernetes,
        namespace,
        pod_name,
        region: session.context.region.as_ref().map(|region| region.value.as_str()),
        wish: asked.clone(),
        node: pod.spec.node_name.as_deref(),
        image: OnceCell::new(),
        // A report without the probe is better than none.
        deadline: session.run.deadline - Duration::from_millis(500),
        leftovers: &session.active.leftovers,
        announce: &session.active.announce,
        left,
    };
    let wish = &run.wish;
    let ways = join_all(
        wish.mode
            .ways()
            .iter()
            .map(|mode| async { (*mode, rights::missing(session, namespace, rights::needs(*mode)).await) }),
    );
    let ways = ways.await;
    if let [(mode, missing)] = ways.as_slice()
        && let Some(gap) = refused(*mode, missing)
    {
        return Reading::Unavailable(gap);
    }
    let wanted = |name: &str, kind| match wish.container.as_deref() {
        Some(only) => name == only,
        None => kind == ContainerKind::Main,
    };
    let judged: Vec<String> =
        pod.containers().filter(|one| wanted(&one.name, one.kind)).map(|one| one.name.clone()).collect();
    let probed = judged.iter().take(CONTAINERS).map(|container| async {
        let seen = match one(&run, &ways, container).await {
            Ok(probed) => Reading::Known(probed),
            Err(gap) => Reading::Unavailable(gap),
        };
        (container.clone(), seen)
    });
    let mut all: Probes = join_all(probed).await.into_iter().collect();
    for container in judged.iter().skip(CONTAINERS) {
        let why = format!("one run probes {CONTAINERS} containers; -c {container} probes this one");
        all.insert(container.clone(), Reading::Unavailable(Gap::not_requested(Source::Probe, why)));
    }
    Reading::Known(all)
}

/// What is clear before anything is asked.
fn may_run(pod: &Pod) -> Result<(), Gap> {
    let insufficient = |why: &str| Err(Gap::new(Source::Probe, GapReason::Insufficient, why));
    if !image::is_embedded() {
        return insufficient(image::NOT_EMBEDDED);
    }
    if pod.from_template || pod.spec.node_name.is_none() {
        return insufficient("there is no pod on a node to look into");
    }
    if pod.has_ended() {
        return insufficient("the pod has ended");
    }
    Ok(())
}

fn refused(mode: Mode, missing: &[String]) -> Option<Gap> {
    let why = || format!("--probe={} needs {}", mode.word(), missing.join(" and "));
    let kind = || GapKind::RightsMissing(missing.to_vec());
    (!missing.is_empty()).then(|| Gap::new(Source::Probe, GapReason::Denied, why()).because(kind()))
}

/// Goes the ways one after the other, as long as what stands in one does not stand in all.
async fn one(run: &Run<'_>, ways: &[(Mode, Vec<String>)], container: &str) -> Result<Probed, Gap> {
    let mut stood: Option<Gap> = None;
    let several = ways.len() > 1;
    for (mode, missing) in ways {
        let obstacle = match refused(*mode, missing) {
            Some(gap) => Obstacle { gap, is_local: true },
            None => match go(run, *mode, container).await {
                Ok(probed) => return Ok(probed),
                Err(obstacle) => obstacle,
            },
        };
        if several {
            run.announce.note(&format!("--probe={} is not possible here: {}", mode.word(), obstacle.gap.detail));
        }
        let gap = match stood.take() {
            None => obstacle.gap,
            Some(former) => beside(former, obstacle.gap),
        };
        if !obstacle.is_local {
            return Err(gap);
        }
        stood = Some(gap);
    }
    Err(stood.unwrap_or_else(|| Gap::not_requested(Source::Probe, "no way was asked for")))
}

/// Both of what stood in two ways; what could be granted comes first, as it is more useful to know than that there is no shell.
fn beside(former: Gap, next: Gap) -> Gap {
    let next_can_be_granted = former.reason != GapReason::Denied && next.reason == GapReason::Denied;
    let (first, second) = if next_can_be_granted { (next, former) } else { (former, next) };
    if first == second { first } else { Gap { detail: format!("{}; {}", first.detail, second.detail), ..first } }
}

async fn go(run: &Run<'_>, mode: Mode, container: &str) -> Result<Probed, Obstacle> {
    match mode {
        Mode::Exec | Mode::Auto => run.in_time(mode, container, exec(run, container)).await,
        Mode::Ephemeral => run.in_time(mode, container, copied::run_ephemeral(run, container)).await,
        // It bounds itself: what it made is deleted also then.
        Mode::Pod => copied::run(run, container).await,
    }
}

async fn exec(run: &Run<'_>, container: &str) -> Result<Probed, Obstacle> {
    let (namespace, pod) = (run.namespace, run.pod_name);
    run.announce.note(&format!(
        "runs podid-probe in container {container} of pod {namespace}/{pod}, from a file that is taken away again; the agent logs its request"
    ));
    let report =
        session::exec(run.client, Place { namespace, pod, container }, &run.script(&run.arguments(None))).await?;
    Ok(Probed { place: ProbePlace::Container, report })
}

impl Run<'_> {
    /// Does it, as long as there is time.
    pub(super) async fn in_time<T>(
        &self,
        mode: Mode,
        container: &str,
        work: impl Future<Output = Result<T, Obstacle>>,
    ) -> Result<T, Obstacle> {
        let limit = self.patience();
        timeout(limit, work).await.unwrap_or_else(|_elapsed| {
            let why = format!("--probe={} of container {container} took longer than {limit:.0?}", mode.word());
            Err(Obstacle { is_local: true, ..Obstacle::general(GapReason::TimedOut, why) })
        })
    }

    /// How long what begins now may take: the run's own end comes first.
    pub(super) fn patience(&self) -> Duration {
        self.wish.timeout.min(self.deadline.saturating_duration_since(Instant::now()))
    }

    /// Makes note of what stays behind.
    pub(super) fn leaves(&self, what: String) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).push(what);
    }

    /// Takes a note back.
    pub(super) fn leaves_not(&self, what: &str) {
        self.left.lock().unwrap_or_else(PoisonError::into_inner).retain(|left| left != what);
    }

    /// "Now", as the session has it.
    pub(super) fn now(&self) -> Timestamp {
        self.session.now()
    }

    /// The pod as it is, with all its fields. It may hold secrets: it is never kept.
    pub(super) async fn raw_pod(&self) -> Result<Value, Obstacle> {
        let path = format!("/api/v1/namespaces/{}/pods/{}", encode(self.namespace), encode(self.pod_name));
        let answer = self.client.get(&path).await;
        answer.map_err(|error| Obstacle::of_request("the pod could not be read", &error))
    }

    /// The image of the probe's own containers. It is chosen once.
    pub(super) async fn image(&self) -> &Image {
        self.image.get_or_init(|| Image::choose(self.wish.image.as_deref(), self.client, self.node)).await
    }

    /// What a container of the probe's own runs, beside a container with this id or in its place.
    pub(super) async fn command(&self, container_id: Option<&str>) -> Vec<String> {
        self.image().await.command(self.arguments(container_id), self.patience())
    }

    /// The arguments of the probe, for a container with this id or for the one it runs in.
    fn arguments(&self, container_id: Option<&str>) -> Vec<String> {
        let limit = self.patience().saturating_sub(WAY).max(Duration::from_secs(5));
        session::arguments(limit, self.region, container_id)
    }

    fn script(&self, arguments: &[String]) -> String {
        session::text(&session::file_name(session::random()), arguments, self.patience())
    }
}

/// A name that nothing else has.
pub fn name_of_own() -> String {
    session::file_name(session::random())
}
