//! Wave 1: everything that needs no pod, asked while the pod is being read.

use futures::join;

use super::clients::AwsClients;
use super::session::Session;
use super::{detection, eks, kubernetes, sts};
use crate::evidence::certificate::{certificates, share_a_certificate};
use crate::evidence::{
    AddOn, AgentDaemonSet, Associations, CallerIdentity, Cluster, Context, Gap, GapReason, NamespaceObject, Reading,
    RootCertificates, ServerVersion, Source, WebhookConfiguration,
};

/// What one namespace of one cluster looks like, whichever pod is asked about.
#[derive(Clone)]
pub struct Surroundings {
    /// What is known about the context by now.
    pub context: Context,
    /// The way to AWS, where cluster and region are known.
    pub clients: Option<AwsClients>,
    /// `kube-root-ca.crt`.
    pub root_certificates: Reading<Option<RootCertificates>>,
    /// The namespace.
    pub namespace: Reading<Option<NamespaceObject>>,
    /// The agent's daemon sets.
    pub agent_daemon_sets: Reading<Vec<AgentDaemonSet>>,
    /// The webhook configurations.
    pub webhooks: Reading<Vec<WebhookConfiguration>>,
    /// The version of the API server.
    pub version: Reading<ServerVersion>,
    /// What AWS says.
    pub aws: AwsSide,
}

/// What AWS says about the cluster.
#[derive(Clone)]
pub struct AwsSide {
    /// The cluster.
    pub cluster: Reading<Option<Cluster>>,
    /// The associations of the namespace, first page.
    pub associations: Reading<Associations>,
    /// The agent add-on.
    pub add_on: Reading<Option<AddOn>>,
    /// Whose credentials these are.
    pub caller_identity: Reading<CallerIdentity>,
}

/// Reads the surroundings of a namespace.
pub async fn read(session: &Session, namespace: &str) -> Surroundings {
    let client = &session.kubernetes;
    let run = session.run;
    // Where the context names the cluster, AWS is asked at once; else the agent's arguments may name it.
    let early = async {
        match &session.context.eks_cluster {
            Some(_) => Some(aws_side(session, session.context.clone(), namespace).await),
            None => None,
        }
    };
    let (root_certificates, namespace_object, agent_daemon_sets, webhooks, version, early) = join!(
        run.ask(Source::RootCertificates, kubernetes::root_certificates(client, namespace)),
        run.ask(Source::Namespace, kubernetes::namespace(client, namespace)),
        run.ask(Source::AgentDaemonSets, kubernetes::agent_daemon_sets(client)),
        run.ask(Source::Webhooks, kubernetes::webhooks(client)),
        run.ask(Source::Version, kubernetes::version(client)),
        early,
    );
    let (context, clients, mut aws) = if let Some(answered) = early {
        answered
    } else {
        let context = detection::late(session, &agent_daemon_sets).await;
        aws_side(session, context, namespace).await
    };
    aws.refuse_other_account(&context, &root_certificates);
    Surroundings {
        context,
        clients,
        root_certificates,
        namespace: namespace_object,
        agent_daemon_sets,
        webhooks,
        version,
        aws,
    }
}

async fn aws_side(session: &Session, context: Context, namespace: &str) -> (Context, Option<AwsClients>, AwsSide) {
    let (context, clients) = match clients(session, context).await {
        Ok(found) => found,
        Err((context, reason, detail)) => return (context, None, AwsSide::unasked(&reason, &detail)),
    };
    let run = session.run;
    let Some(name) = context.eks_cluster.as_ref().map(|detected| detected.value.clone()) else {
        let caller = run.ask(Source::CallerIdentity, sts::caller_identity(&clients)).await;
        let detail = "the name of the EKS cluster is not known; --eks-cluster says it";
        let side = AwsSide { caller_identity: caller, ..AwsSide::unasked(&GapReason::Insufficient, detail) };
        return (context, Some(clients), side);
    };
    let (cluster, associations, add_on, caller_identity) = join!(
        run.ask(Source::Cluster, eks::cluster(&clients, &name)),
        run.ask(Source::Associations, eks::associations(&clients, &name, Some(namespace), None, false)),
        run.ask(Source::AddOn, eks::add_on(&clients, &name)),
        run.ask(Source::CallerIdentity, sts::caller_identity(&clients)),
    );
    (context, Some(clients), AwsSide { cluster, associations, add_on, caller_identity })
}

type NoClients = (Context, GapReason, String);

async fn clients(session: &Session, mut context: Context) -> Result<(Context, AwsClients), NoClients> {
    let Some(access) = &session.aws else {
        return Err((context, GapReason::NotRequested, "--no-aws".to_owned()));
    };
    if context.region.is_none() {
        context.region = detection::sdk_region(access).await;
    }
    match &context.region {
        Some(region) => {
            let clients = access.clients(&region.value).await;
            Ok((context, clients))
        }
        None => Err((context, GapReason::Insufficient, "the AWS region is not known; --region says it".to_owned())),
    }
}

impl AwsSide {
    /// Makes four gaps for one reason.
    fn unasked(reason: &GapReason, detail: &str) -> Self {
        let gap = |source| Gap::new(source, reason.clone(), detail);
        Self {
            cluster: Reading::Unavailable(gap(Source::Cluster)),
            associations: Reading::Unavailable(gap(Source::Associations)),
            add_on: Reading::Unavailable(gap(Source::AddOn)),
            caller_identity: Reading::Unavailable(gap(Source::CallerIdentity)),
        }
    }

    /// Takes nothing for knowledge that another account than the context's has answered.
    ///
    /// Names of contexts are free: a cluster that is signed as the API server is, is the one that is meant.
    fn refuse_other_account(&mut self, context: &Context, published: &Reading<Option<RootCertificates>>) {
        let (Some(expected), Some(caller)) = (&context.account, self.caller_identity.known()) else { return };
        let published = published.present().map(|map| certificates(&map.data.certificates)).unwrap_or_default();
        let described = self.cluster.present().map(Cluster::authority).unwrap_or_default();
        if *expected == caller.account || share_a_certificate(&described, &published) == Some(true) {
            return;
        }
        let detail = format!("the cluster is in account {expected}, the credentials are of account {}", caller.account);
        let other = Self::unasked(&GapReason::WrongAccount, &detail);
        self.cluster = other.cluster;
        self.associations = other.associations;
        self.add_on = other.add_on;
    }
}
