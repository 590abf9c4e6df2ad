//! One run: its access to the cluster and to AWS, what is known before the first call, the wrapper around every call, and what has
//! been asked once.

use std::any::Any;
use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http::Uri;
use jiff::Timestamp;
use tokio::sync::OnceCell;
use tokio::time::{Instant, timeout_at};
use tracing::Instrument as _;

use crate::cli::connection::{AwsFlags, ConnectionFlags};
use crate::collect::access::clients::{AwsAccess, AwsIdentity, KubernetesClient};
use crate::collect::access::detection::Hints;
use crate::collect::access::exec_auth::EksEntry;
use crate::collect::access::kubeconfig::Connection;
use crate::collect::access::login::Login;
use crate::collect::access::{detection, exec_auth};
use crate::collect::beyond::active::Active;
use crate::collect::beyond::{assume, canary, cloud_trail, node_logs};
use crate::collect::read::agent::LogQueries;
use crate::error::Error;
use crate::evidence::context::Typed;
use crate::evidence::kubernetes::environment::without_secrets;
use crate::evidence::{Context, Gap, GapReason, Reading, Requests, Source};
use crate::target::is_cluster_name;

/// One run's access.
pub struct Session {
    /// The API server.
    pub kubernetes: KubernetesClient,
    /// AWS; `None` with `--no-aws`.
    pub aws: Option<AwsAccess>,
    /// The limits of the run.
    pub run: Run,
    /// What has been asked once.
    pub answers: Answers,
    /// The pods that the agents' logs are read for.
    pub log_queries: LogQueries,
    /// What is known before the first call.
    pub context: Context,
    /// The API server's address.
    pub server: Uri,
    /// The namespace of targets that name none.
    pub namespace: String,
    /// What was asked for beyond reading; nothing, unless it is set.
    pub active: Active,
    /// The dry-runs of this run.
    pub dry_runs: canary::Shared,
    /// The pods that EKS Auth was asked about in this run.
    pub assumed: assume::Claims,
    /// Whose turn it is to ask CloudTrail.
    pub trail_turn: cloud_trail::Turn,
    /// The nodes that collected their logs in this run.
    pub node_logs: node_logs::Turns,
    connection: Connection,
    login: Option<Login>,
    /// When the run began, by this machine's clock.
    begun: Instant,
}

impl Session {
    /// Reads kubeconfig and flags, answers an exec entry, and prepares both ways. Only an exec entry may be run.
    ///
    /// A kubeconfig that cannot be used is an error; a login that fails is not: each read then says so.
    pub async fn open(flags: &ConnectionFlags, aws: &AwsFlags, timeout: Duration) -> Result<Self, Error> {
        let begun = Instant::now();
        let deadline = begun + timeout;
        let process = |name: &str| std::env::var(name).ok();
        if let Some(name) = aws.eks_cluster.as_deref().filter(|name| !is_cluster_name(name)) {
            let shown: String = name.chars().take(120).collect();
            return Err(Error::usage(format!("{shown:?} is not the name of an EKS cluster"))
                .hint("--eks-cluster takes a name of at most 100 letters, digits, - and _, not an ARN"));
        }
        let mut connection = Connection::resolve(flags)?;
        let exec = connection.exec.clone();
        let entry = exec.as_ref().and_then(|exec| exec_auth::understand(exec, &process));
        let typed = typed(flags, aws);
        let context = Context { typed, ..context(&connection, entry.as_ref(), aws) };
        let mut login = Login::of(&connection, flags.exec_auth);
        let refused = match &mut login {
            Some(login) => login.answer(&mut connection, deadline).await.err(),
            None => None,
        };
        let kubernetes = connection.client(Some(deadline))?;
        let identity = match &exec {
            Some(exec) => exec_auth::token::identity(exec, &process),
            None => AwsIdentity::from_environment(&process),
        };
        let identity = identity.overridden_by(aws.aws_profile.as_deref(), aws.region.as_deref());
        Ok(Self {
            kubernetes: match refused {
                Some(reason) => kubernetes.refusing(reason),
                None => kubernetes,
            },
            aws: if aws.no_aws {
                None
            } else {
                Some(AwsAccess::new(identity, Some(timeout.min(connection.call_limit())))?)
            },
            run: Run { deadline },
            answers: Answers::default(),
            log_queries: LogQueries::default(),
            context,
            server: connection.server.clone(),
            namespace: connection.namespace.clone(),
            active: Active::default(),
            dry_runs: canary::Shared::default(),
            assumed: assume::Claims::default(),
            trail_turn: cloud_trail::Turn::default(),
            node_logs: node_logs::Turns::default(),
            connection,
            login,
            begun,
        })
    }

    /// Asks a source about something, once a run.
    pub async fn once<T: Clone + Send + Sync + 'static>(
        &self,
        source: Source,
        what: impl Into<String>,
        call: impl Future<Output = Reading<T>>,
    ) -> Reading<T> {
        self.answers.of(source, what, self.run.ask(source, call)).await
    }

    /// The same for what has its own end, before that of the run.
    pub async fn once_until_done<T: Clone + Send + Sync + 'static>(
        &self,
        source: Source,
        what: impl Into<String>,
        call: impl Future<Output = Reading<T>>,
    ) -> Reading<T> {
        self.answers.of(source, what, call).await
    }

    /// Forgets what was answered, so that it is asked again, until this moment at the latest.
    pub fn ask_anew(&mut self, deadline: Instant) {
        self.answers = Answers::default();
        self.log_queries = LogQueries::default();
        self.run = Run { deadline };
    }

    /// A way to the API server over a connection of its own; what goes over it counts as this run's.
    pub fn connect_anew(&self) -> Result<KubernetesClient, Error> {
        Ok(self.kubernetes.over(self.connection.connect()?))
    }

    /// The same for a run that makes thousands of calls.
    #[must_use]
    pub fn for_many_calls(self) -> Self {
        Self { aws: self.aws.map(AwsAccess::for_many_calls), ..self }
    }

    /// Renews a login that soon ends. The error is a phrase without a secret; the old login is still there.
    pub async fn renew_login(&mut self) -> Result<(), String> {
        if self.login.as_ref().is_some_and(Login::is_due) { self.log_in_again().await.map(drop) } else { Ok(()) }
    }

    /// Asks the exec entry for another login, and says whether there is an entry to ask.
    pub async fn log_in_again(&mut self) -> Result<bool, String> {
        let Some(login) = &mut self.login else { return Ok(false) };
        login.answer(&mut self.connection, self.run.deadline).await?;
        self.kubernetes = self.connect_anew().map_err(|error| error.to_string())?;
        Ok(true)
    }

    /// "Now": the API server's clock, and this machine's only where the server has not answered.
    pub fn now(&self) -> Timestamp {
        self.kubernetes.server_time().unwrap_or_else(Timestamp::now)
    }

    /// How many requests were made so far.
    pub fn requests(&self) -> Requests {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Requests {
            kubernetes: count(self.kubernetes.requests()),
            aws: self.aws.as_ref().map_or(0, |aws| count(aws.requests())),
        }
    }

    /// How long the run has taken so far, in milliseconds.
    pub fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}

fn context(connection: &Connection, entry: Option<&EksEntry>, aws: &AwsFlags) -> Context {
    let candidates = detection::candidates(&Hints {
        cluster_flag: aws.eks_cluster.as_deref(),
        region_flag: aws.region.as_deref(),
        context: connection.context.as_deref(),
        cluster_entry: connection.cluster_entry.as_deref(),
        user_entry: connection.user_entry.as_deref(),
        exec: connection.exec.as_ref(),
        eks_entry: entry,
        server: Some(&connection.server),
    });
    let mut clusters = candidates.clusters.into_iter();
    Context {
        name: connection.context.clone(),
        server: Some(without_secrets(&connection.server.to_string())),
        certificate_authority: connection.authorities(),
        eks_cluster: clusters.next(),
        refused_search: None,
        similar_clusters: Vec::new(),
        region: candidates.regions.into_iter().next(),
        account: candidates.account,
        other_candidates: clusters.collect(),
        ..Context::default()
    }
}

/// What a person typed to choose the cluster and the account; an empty value is none.
fn typed(flags: &ConnectionFlags, aws: &AwsFlags) -> Typed {
    let text = |value: &Option<String>| value.clone().filter(|value| !value.is_empty());
    let file = flags.kubeconfig.as_ref().map(|path| path.display().to_string());
    Typed {
        kubeconfig: text(&file),
        context: text(&flags.context),
        cluster: text(&flags.cluster),
        user: text(&flags.user),
        server: text(&flags.server).map(|server| without_secrets(&server)),
        eks_cluster: text(&aws.eks_cluster),
        region: text(&aws.region),
        aws_profile: text(&aws.aws_profile),
    }
}

/// The limits of one run.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// When the run ends, answered or not.
    pub deadline: Instant,
}

impl Run {
    /// Waits for one call until the run ends. A call that is late is unknown; it stops no other.
    pub async fn ask<T>(self, source: Source, call: impl Future<Output = Reading<T>>) -> Reading<T> {
        let span = tracing::info_span!(target: "podid::call", "call", source = source.name());
        match timeout_at(self.deadline, call.instrument(span)).await {
            Ok(reading) => reading,
            Err(_elapsed) => {
                Reading::Unavailable(Gap::new(source, GapReason::TimedOut, "no answer before the run ended"))
            }
        }
    }
}

/// What a run has asked once: whoever asks the same again gets the one answer, and waits for it where it is on its way.
///
/// A role, an owner or a node is read once, whatever number of pods share it.
#[derive(Debug, Default)]
pub struct Answers(Mutex<HashMap<(Source, String), Arc<dyn Any + Send + Sync>>>);

impl Answers {
    /// The answer of a source about `what`, asked for by `call` if nobody has asked yet.
    pub async fn of<T: Clone + Send + Sync + 'static>(
        &self,
        source: Source,
        what: impl Into<String>,
        call: impl Future<Output = Reading<T>>,
    ) -> Reading<T> {
        let place = {
            let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let empty = || Arc::new(OnceCell::<Reading<T>>::new()) as Arc<dyn Any + Send + Sync>;
            Arc::clone(answers.entry((source, what.into())).or_insert_with(empty))
        };
        match place.downcast::<OnceCell<Reading<T>>>() {
            Ok(answer) => answer.get_or_init(|| call).await.clone(),
            // An answer of another type is no answer to this question.
            Err(_other) => call.await,
        }
    }
}
