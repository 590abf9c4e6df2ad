//! The AWS side of wave 1: where AWS is asked, what it says of the cluster, and whether the right account said it.

use std::future::Future;

use futures::join;
use tokio::time::timeout_at;

use crate::collect::access::clients::AwsClients;
use crate::collect::access::detection;
use crate::collect::read::{eks, iam};
use crate::collect::session::Session;
use crate::collect::waves::surroundings::{Answer, CLUSTER, once};
use crate::evidence::reading::GapKind;
use crate::evidence::{
    AddOn, AgentDaemonSet, Associations, CallerIdentity, Cluster, Context, Gap, GapReason, Reading, RootCertificates,
    Source,
};
use crate::reasoning::cluster::{certificates, share_a_certificate};

/// Where AWS is asked.
#[derive(Clone)]
pub struct Place {
    /// What is known about the context by now.
    pub context: Context,
    /// The way to AWS in the cluster's region, or why there is none.
    pub clients: Result<AwsClients, Unasked>,
}

/// Why AWS is not asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unasked {
    reason: GapReason,
    detail: String,
    kind: Option<GapKind>,
}

/// What AWS says about the cluster.
#[derive(Clone)]
pub struct Amazon<'a> {
    /// The cluster.
    pub cluster: Answer<'a, Reading<Option<Cluster>>>,
    /// The associations of the namespace, first page.
    pub associations: Answer<'a, Reading<Associations>>,
    /// The agent add-on.
    pub add_on: Answer<'a, Reading<Option<AddOn>>>,
    /// Whose credentials these are.
    pub caller_identity: Answer<'a, Reading<CallerIdentity>>,
}

impl Place {
    /// The way to EKS and the cluster's name there, or why the cluster cannot be asked about.
    pub fn eks(&self) -> Result<(&AwsClients, &str), Unasked> {
        let clients = self.clients.as_ref().map_err(Clone::clone)?;
        let unnamed = || {
            let refused = self.context.refused_search.as_ref().map(|action| format!("; {action} was refused"));
            let detail = format!(
                "the name of the EKS cluster is not known{}; --eks-cluster says it",
                refused.unwrap_or_default()
            );
            Unasked { reason: GapReason::Insufficient, detail, kind: Some(GapKind::ClusterUnnamed) }
        };
        Ok((clients, &self.context.eks_cluster.as_ref().ok_or_else(unnamed)?.value))
    }
}

impl Unasked {
    /// The gap of a source that is not asked for this reason.
    pub fn reading<T>(self, source: Source) -> Reading<T> {
        let Self { reason, detail, kind } = self;
        Reading::Unavailable(Gap { source, reason, detail, kind })
    }
}

/// Finds out where AWS is asked. Where the context names the cluster that is known at once; else answers may name it.
pub async fn place(session: &Session, agents: Answer<'_, Reading<Vec<AgentDaemonSet>>>) -> Place {
    let mut context = match &session.context.eks_cluster {
        Some(_) => session.context.clone(),
        None => detection::late(session, &agents.await).await,
    };
    let clients = clients(session, &mut context).await;
    Place { context, clients }
}

async fn clients(session: &Session, context: &mut Context) -> Result<AwsClients, Unasked> {
    let unasked = |reason, detail: &str, kind| Unasked { reason, detail: detail.to_owned(), kind };
    let Some(access) = &session.aws else {
        return Err(unasked(GapReason::NotRequested, "--no-aws", Some(GapKind::AwsSwitchedOff)));
    };
    if context.region.is_none() {
        // An instance that says no region may take its time to say so.
        context.region = timeout_at(session.run.deadline, detection::sdk_region(access)).await.ok().flatten();
    }
    match &context.region {
        Some(region) => Ok(access.clients(&region.value).await),
        None => Err(unasked(GapReason::Insufficient, "the AWS region is not known; --region says it", None)),
    }
}

/// Prepares the questions about the cluster and the associations of a namespace.
pub fn of<'a>(
    session: &'a Session,
    namespace: &'a str,
    place: &Answer<'a, Place>,
    published: &Answer<'a, Reading<Option<RootCertificates>>>,
) -> Amazon<'a> {
    let asked = place.clone();
    let caller_identity = once(async move {
        match asked.await.clients {
            Ok(clients) => session.once(Source::CallerIdentity, CLUSTER, iam::caller_identity(&clients)).await,
            Err(obstacle) => obstacle.reading(Source::CallerIdentity),
        }
    });
    let cluster = once(about_cluster(session, place.clone(), (Source::Cluster, CLUSTER), async |clients, name| {
        eks::cluster(clients, name).await
    }));
    let refusal = once(refusal(place.clone(), caller_identity.clone(), cluster.clone(), published.clone()));
    let associations =
        about_cluster(session, place.clone(), (Source::Associations, namespace), async move |clients, name| {
            eks::associations(clients, name, Some(namespace), None, false).await
        });
    let add_on = about_cluster(session, place.clone(), (Source::AddOn, CLUSTER), async |clients, name| {
        eks::add_on(clients, name).await
    });
    Amazon {
        associations: once(unless(refusal.clone(), Source::Associations, associations)),
        add_on: once(unless(refusal.clone(), Source::AddOn, add_on)),
        cluster: once(unless(refusal, Source::Cluster, cluster)),
        caller_identity,
    }
}

/// Asks EKS about the cluster, if it is known where and which one.
async fn about_cluster<T: Clone + Send + Sync + 'static>(
    session: &Session,
    place: Answer<'_, Place>,
    (source, what): (Source, &str),
    question: impl AsyncFnOnce(&AwsClients, &str) -> Reading<T>,
) -> Reading<T> {
    let place = place.await;
    match place.eks() {
        Ok((clients, name)) => session.once(source, what, question(clients, name)).await,
        Err(obstacle) => obstacle.reading(source),
    }
}

/// Why nothing is taken for knowledge: another account than the context's has answered.
///
/// Names of contexts are free: a cluster that is signed as the API server is, is the one that is meant.
async fn refusal(
    place: Answer<'_, Place>,
    caller: Answer<'_, Reading<CallerIdentity>>,
    cluster: Answer<'_, Reading<Option<Cluster>>>,
    published: Answer<'_, Reading<Option<RootCertificates>>>,
) -> Option<Unasked> {
    let expected = place.await.context.account?;
    let caller = caller.await.known()?.account.clone();
    if expected == caller {
        return None;
    }
    let (cluster, published) = join!(cluster, published);
    let published = published.present().map(|map| certificates(&map.data.certificates)).unwrap_or_default();
    let described = cluster.present().map(Cluster::authority).unwrap_or_default();
    let detail = format!("the cluster is in account {expected}, the credentials are of account {caller}");
    let refusal = Unasked { reason: GapReason::WrongAccount, detail, kind: None };
    (share_a_certificate(&described, &published) != Some(true)).then_some(refusal)
}

/// The answer to a question, unless it is refused.
async fn unless<T>(
    refusal: Answer<'_, Option<Unasked>>,
    source: Source,
    question: impl Future<Output = Reading<T>>,
) -> Reading<T> {
    match join!(refusal, question) {
        (Some(refusal), _) => refusal.reading(source),
        (None, answer) => answer,
    }
}
