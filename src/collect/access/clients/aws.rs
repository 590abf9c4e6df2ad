//! The AWS clients, and how each of their requests is sent and counted.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::interceptors::Intercept;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
    BeforeTransmitInterceptorContextRef, FinalizerInterceptorContextRef,
};
use aws_smithy_runtime_api::client::orchestrator::Metadata;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, Storable, StoreReplace};
use http_body_util::Limited;
use tokio::sync::OnceCell;

use super::aws_credentials::AwsIdentity;
use super::timeline::{Call, Wanted};
use super::{aws_credentials, aws_http};
use crate::collect::access::bounded;
use crate::error::Error;
use crate::evidence::kubernetes::environment::without_secrets;

/// Sources of credentials may run a process or ask a single sign-on service: that takes longer than a call.
const CREDENTIALS_LIMIT: Duration = Duration::from_secs(20);
const CONNECT_LIMIT: Duration = Duration::from_secs(3);
const ATTEMPT_LIMIT: Duration = Duration::from_secs(10);
const ATTEMPTS: u32 = 3;
/// Where thousands of calls are made.
const ATTEMPTS_OF_MANY: u32 = 8;
/// A service without a region of its own is signed for one all the same: IAM's, in the partition most clusters are in.
const ANY_REGION: &str = "us-east-1";

/// The way to AWS for one identity. Nothing is read or asked before the first use.
#[derive(Clone)]
pub struct AwsAccess {
    identity: AwsIdentity,
    http: SharedHttpClient,
    call_limit: Option<Duration>,
    retries: RetryConfig,
    requests: Arc<AtomicUsize>,
    region: Arc<OnceCell<Option<String>>>,
    config: Arc<OnceCell<SdkConfig>>,
    signing: Arc<OnceCell<Credentials>>,
}

/// The clients for one region. IAM's is for the region's partition.
#[derive(Clone)]
pub struct AwsClients {
    /// The region EKS and STS are asked in.
    pub region: String,
    /// Clusters, associations, add-ons.
    pub eks: aws_sdk_eks::Client,
    /// Roles and their policies.
    pub iam: aws_sdk_iam::Client,
    /// Whose credentials these are.
    pub sts: aws_sdk_sts::Client,
    /// Credentials for a pod.
    pub eks_auth: aws_sdk_eksauth::Client,
}

impl AwsAccess {
    /// Prepares access; one call with its repetitions takes at most `call_limit`.
    ///
    /// Fails if `AWS_CA_BUNDLE` names a file that is no bundle, another variable something that is no file, or a key is none.
    pub fn new(identity: AwsIdentity, call_limit: Option<Duration>) -> Result<Self, Error> {
        let bundle = std::env::var_os("AWS_CA_BUNDLE").filter(|path| !path.is_empty()).map(PathBuf::from);
        for (name, file) in
            [("AWS_CONFIG_FILE", &identity.config_file), ("AWS_SHARED_CREDENTIALS_FILE", &identity.credentials_file)]
        {
            if let Some(Err(error)) = file.as_ref().filter(|file| file.exists()).map(|file| bounded::check(file)) {
                return Err(
                    Error::usage(format!("{name} cannot be used — {error}")).hint("name a file, or leave it out")
                );
            }
        }
        if let Some(keys) = identity.keys.as_ref().filter(|keys| !is_one_word(keys)) {
            let id = keys.access_key_id().chars().take(4).collect::<String>();
            return Err(Error::usage(format!(
                "the access key {id}… of the environment has a blank or a line end in it"
            ))
            .hint("look at AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"));
        }
        Ok(Self::with_http_client(identity, call_limit, aws_http::client(bundle.as_deref())?))
    }

    /// Prepares access through a given HTTP client.
    pub fn with_http_client(identity: AwsIdentity, call_limit: Option<Duration>, http: SharedHttpClient) -> Self {
        let requests = Arc::default();
        Self {
            identity,
            http,
            call_limit,
            retries: retries(),
            requests,
            region: Arc::default(),
            config: Arc::default(),
            signing: Arc::default(),
        }
    }

    /// The same for a run that makes thousands of calls: one that is throttled is made again for longer.
    #[must_use]
    pub fn for_many_calls(self) -> Self {
        let longer = |limit: Duration| limit * ATTEMPTS_OF_MANY / ATTEMPTS;
        let call_limit = self.call_limit.map(longer);
        Self { call_limit, retries: retries_of_many(), config: Arc::default(), ..self }
    }

    /// As whom AWS is asked.
    pub fn identity(&self) -> &AwsIdentity {
        &self.identity
    }

    /// How many requests the clients of this access have sent, repetitions included, those for credentials not.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// The region of environment and profile, as the AWS CLI takes it. Only files are read.
    pub async fn configured_region(&self) -> Option<String> {
        let config = self.provider_config();
        self.region.get_or_init(|| aws_credentials::configured_region(&self.identity, &config)).await.clone()
    }

    /// The region that applies where nothing else names one: the configured one, else the instance's own.
    pub async fn default_region(&self) -> Option<String> {
        match self.configured_region().await {
            Some(region) => Some(region),
            None => aws_credentials::instance_region(&self.provider_config()).await,
        }
    }

    /// Makes the clients for a region.
    pub async fn clients(&self, region: &str) -> AwsClients {
        let config = self.config().await.to_builder().region(Region::new(region.to_owned())).build();
        let recorder = RequestRecorder::new(self.requests.clone());
        let eks = aws_sdk_eks::config::Builder::from(&config).interceptor(recorder.clone());
        let iam = aws_sdk_iam::config::Builder::from(&config).interceptor(recorder.clone());
        let sts = aws_sdk_sts::config::Builder::from(&config).interceptor(recorder.clone());
        let eks_auth = aws_sdk_eksauth::config::Builder::from(&config).interceptor(recorder);
        AwsClients {
            region: region.to_owned(),
            eks: aws_sdk_eks::Client::from_conf(eks.build()),
            iam: aws_sdk_iam::Client::from_conf(iam.build()),
            sts: aws_sdk_sts::Client::from_conf(sts.build()),
            eks_auth: aws_sdk_eksauth::Client::from_conf(eks_auth.build()),
        }
    }

    /// Makes a client of STS that asks with other credentials than this identity's.
    pub async fn token_service_as(&self, region: &str, credentials: Credentials) -> aws_sdk_sts::Client {
        let config = self.config().await.to_builder().region(Region::new(region.to_owned())).build();
        let config = aws_sdk_sts::config::Builder::from(&config)
            .interceptor(RequestRecorder::new(self.requests.clone()))
            .credentials_provider(credentials);
        aws_sdk_sts::Client::from_conf(config.build())
    }

    /// The source of credentials for this identity, its role assumed.
    pub async fn credentials(&self) -> Option<SharedCredentialsProvider> {
        self.config().await.credentials_provider()
    }

    /// The resolved configuration: endpoints, FIPS and dual stack from environment and profile.
    pub async fn config(&self) -> &SdkConfig {
        self.config.get_or_init(|| self.load()).await
    }

    async fn load(&self) -> SdkConfig {
        let region = self.configured_region().await.unwrap_or_else(|| ANY_REGION.to_owned());
        let provider_config = self.provider_config().with_region(Some(Region::new(region.clone())));
        let base = aws_credentials::credentials(&self.identity, &provider_config).await;
        let mut loader = aws_config::defaults(behavior())
            .http_client(self.http.clone())
            .region(Region::new(region))
            .retry_config(self.retries.clone())
            .timeout_config(self.timeouts())
            .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_LIMIT).build())
            .profile_files(aws_credentials::files(&self.identity).build())
            .credentials_provider(base);
        if let Some(name) = self.identity.profile.name() {
            loader = loader.profile_name(name);
        }
        let config = loader.load().await;
        match &self.identity.role {
            None => config,
            Some(role) => {
                let mut assumed =
                    AssumeRoleProvider::builder(&role.arn).session_name(&role.session_name).configure(&config);
                if let Some(id) = &role.external_id {
                    assumed = assumed.external_id(id);
                }
                let provider = assumed.build().await;
                config.into_builder().credentials_provider(SharedCredentialsProvider::new(provider)).build()
            }
        }
    }

    fn provider_config(&self) -> ProviderConfig {
        ProviderConfig::without_region()
            .with_behavior_version(Some(behavior()))
            .with_http_client(self.http.clone())
            .with_retry_config(retries())
            .with_timeout_config(self.timeouts())
    }

    /// The HTTP client.
    pub(super) fn http(&self) -> SharedHttpClient {
        self.http.clone()
    }

    /// The credentials that sign what no SDK signs.
    pub(super) fn signing(&self) -> &OnceCell<Credentials> {
        &self.signing
    }

    /// What counts its requests.
    pub(super) fn counter(&self) -> Arc<AtomicUsize> {
        self.requests.clone()
    }

    pub(super) fn timeouts(&self) -> TimeoutConfig {
        let limits = TimeoutConfig::builder().connect_timeout(CONNECT_LIMIT).operation_attempt_timeout(ATTEMPT_LIMIT);
        match self.call_limit {
            Some(limit) => limits.operation_timeout(limit).build(),
            None => limits.build(),
        }
    }
}

/// Whether keys can stand in a header.
pub(super) fn is_one_word(keys: &Credentials) -> bool {
    let parts = [Some(keys.access_key_id()), Some(keys.secret_access_key()), keys.session_token()];
    parts.into_iter().flatten().all(|part| part.bytes().all(|byte| byte.is_ascii_graphic()))
}

fn behavior() -> BehaviorVersion {
    // Pinned: a newer SDK must not change retries and time-outs by itself.
    BehaviorVersion::v2026_01_12()
}

fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(Duration::from_secs(2))
}

/// Retries of many calls: AWS throttles whoever makes thousands, so that they slow down together and go on.
fn retries_of_many() -> RetryConfig {
    RetryConfig::adaptive()
        .with_max_attempts(ATTEMPTS_OF_MANY)
        .with_initial_backoff(Duration::from_millis(250))
        .with_max_backoff(Duration::from_secs(5))
}

/// The longest answer that is read, in bytes; a page of anything that is asked for is a hundredth of it.
pub(super) const LONGEST: usize = 8 << 20;

/// An interceptor that all clients of one access share.
#[derive(Debug, Clone)]
pub(super) struct RequestRecorder {
    requests: Arc<AtomicUsize>,
}

/// A request on its way. It is noted before it leaves, because afterwards it is gone.
#[derive(Debug)]
struct Sent(Call);

impl Storable for Sent {
    type Storer = StoreReplace<Self>;
}

impl RequestRecorder {
    pub(super) fn new(requests: Arc<AtomicUsize>) -> Self {
        Self { requests }
    }
}

impl Intercept for RequestRecorder {
    fn name(&self) -> &'static str {
        "RequestRecorder"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let operation = config.load::<Metadata>().map_or("", Metadata::name).to_owned();
        let request = context.request();
        let wanted = Wanted::new(format!("{} {operation} {}", request.method(), address(request.uri())));
        config.interceptor_state().store_put(Sent(wanted.begin()));
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let body = context.response_mut().body_mut();
        let whole = std::mem::replace(body, SdkBody::taken());
        *body = SdkBody::from_body_1_x(Limited::new(whole, LONGEST));
        Ok(())
    }

    /// Refuses XML whose end is missing: what was read of it would be taken for all there is.
    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let response = context.response();
        let is_cut_off = response.status().is_success() && response.body().bytes().is_some_and(is_cut_off);
        if is_cut_off { Err("the answer has no end".into()) } else { Ok(()) }
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if let Some(Sent(call)) = config.load::<Sent>() {
            let answer = context.response();
            let outcome = answer.map_or("no answer".to_owned(), |answer| answer.status().to_string());
            call.end(&outcome, answer.and_then(|answer| answer.body().bytes()).map(<[u8]>::len));
        }
        Ok(())
    }
}

/// Whether a text is XML and does not end with the end of its first element.
fn is_cut_off(body: &[u8]) -> bool {
    let body = body.trim_ascii();
    if !body.starts_with(b"<") {
        return false;
    }
    let text = String::from_utf8_lossy(body);
    let first = text.split('<').find(|part| part.starts_with(|one: char| one.is_ascii_alphabetic()));
    let name = first.and_then(|part| part.split(|one: char| one.is_whitespace() || one == '>' || one == '/').next());
    name.is_none_or(|name| !text.ends_with(&format!("</{name}>")))
}

/// An address without what may be a password before the host; the path of a call is no secret.
fn address(uri: &str) -> String {
    let path = uri.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let server = uri.strip_suffix(path).unwrap_or(uri);
    format!("{}/{path}", without_secrets(server).trim_end_matches('/'))
}
