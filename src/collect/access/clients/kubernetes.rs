//! The one way to ask the Kubernetes API: bounded, counted, traced, and honest about what answered.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use http::{HeaderMap, Method, Request, Response, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use jiff::Timestamp;
use kube::client::Body;
use secrecy::zeroize::Zeroize as _;
use serde::de::DeserializeOwned;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};

use super::connect_failure::ConnectFailure;
use super::kubernetes_error::{KubernetesError, read_status};
use super::lines::LineSplitter;
use super::timeline::Wanted;

/// Calls that may wait for one API server at the same time.
const IN_FLIGHT: usize = 16;
/// The longest answer that is read, in bytes.
const BODY_LIMIT: usize = 64 * 1024 * 1024;
/// What a server asks for beyond this, in seconds, is longer than any run.
const LONGEST_PAUSE: u64 = 86_400;
/// How often an answer that says "later" is asked again.
const RETRIES: u32 = 3;
/// The wait before the first repetition, if the server names none; it doubles with each.
const FIRST_PAUSE: Duration = Duration::from_millis(100);

/// How long calls may take.
#[derive(Debug, Clone, Copy, Default)]
pub struct TimeLimits {
    /// The longest one call may take with its repetitions: kubectl's `--request-timeout`.
    pub request: Option<Duration>,
    /// When the run ends.
    pub run: Option<Instant>,
}

impl TimeLimits {
    /// The moment a call that begins now must be answered by, if any.
    fn deadline(self, now: Instant) -> Option<Instant> {
        let request = self.request.map(|limit| now + limit);
        request.into_iter().chain(self.run).min()
    }
}

/// A client of one API server.
#[derive(Clone)]
pub struct KubernetesClient {
    client: kube::Client,
    limits: TimeLimits,
    in_flight: Arc<Semaphore>,
    requests: Arc<AtomicUsize>,
    server_time: Arc<OnceLock<(Timestamp, Instant)>>,
    body_limit: usize,
    refusal: Option<Arc<str>>,
    place: Option<Arc<str>>,
}

impl KubernetesClient {
    /// Wraps a connected client; [`Connection::client`](crate::collect::access::kubeconfig::Connection::client) makes one.
    pub fn new(client: kube::Client, limits: TimeLimits) -> Self {
        Self {
            client,
            limits,
            in_flight: Arc::new(Semaphore::new(IN_FLIGHT)),
            requests: Arc::default(),
            server_time: Arc::default(),
            body_limit: BODY_LIMIT,
            refusal: None,
            place: None,
        }
    }

    /// Reads at most this many bytes of an answer.
    #[must_use]
    pub fn with_body_limit(self, body_limit: usize) -> Self {
        Self { body_limit, ..self }
    }

    /// Names the server in errors about reaching it.
    #[must_use]
    pub fn at(self, place: String) -> Self {
        Self { place: Some(place.into()), ..self }
    }

    /// Sends nothing, because there is no login to send it with: each call fails with this reason.
    ///
    /// Asking without a login would be answered for an anonymous user, and read as a refusal of this one.
    #[must_use]
    pub fn refusing(self, reason: String) -> Self {
        Self { refusal: Some(reason.into()), ..self }
    }

    /// The same over other connections: limits, counts and the server's clock are shared.
    #[must_use]
    pub fn over(&self, client: kube::Client) -> Self {
        Self { client, ..self.clone() }
    }

    /// The client below, for what is no plain GET. Its calls are neither counted nor bounded.
    pub fn inner(&self) -> &kube::Client {
        &self.client
    }

    /// How many requests were sent, repetitions included.
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// The API server's clock, and this run's "now": the `Date` of the first answer, and the whole seconds since then.
    pub fn server_time(&self) -> Option<Timestamp> {
        let (date, since) = self.server_time.get()?;
        Some(*date + Duration::from_secs(since.elapsed().as_secs()))
    }

    /// Asks for a path with its query (`/api/v1/namespaces/shop/pods/api`) and reads the answer's JSON.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, KubernetesError> {
        let body = self.get_bytes(path).await?;
        serde_json::from_slice(&body).map_err(|error| malformed(&error))
    }

    /// Asks as [`get`](Self::get) does, and takes nothing for an answer whose `kind` is another.
    ///
    /// A page that happens to be JSON would otherwise pass for an object whose fields are all absent.
    pub async fn get_kind<T: DeserializeOwned>(&self, path: &str, kind: &str) -> Result<T, KubernetesError> {
        let body = self.get_bytes(path).await?;
        let typed: Typed = serde_json::from_slice(&body).map_err(|error| malformed(&error))?;
        if typed.kind.as_deref() != Some(kind) {
            return Err(KubernetesError::Malformed { detail: format!("it is no object of kind {kind}") });
        }
        serde_json::from_slice(&body).map_err(|error| malformed(&error))
    }

    /// Asks for a path and returns the body of a successful answer.
    pub async fn get_bytes(&self, path: &str) -> Result<Vec<u8>, KubernetesError> {
        if let Some(reason) = &self.refusal {
            return Err(KubernetesError::NotSent { detail: reason.to_string() });
        }
        let begun = Instant::now();
        let Some(deadline) = self.limits.deadline(begun) else {
            return self.get_repeatedly(path, None).await;
        };
        timeout_at(deadline, self.get_repeatedly(path, Some(deadline)))
            .await
            .unwrap_or_else(|_elapsed| Err(KubernetesError::TimedOut { after: deadline - begun }))
    }

    /// Merges a patch into an object or a part of it. Once.
    pub async fn merge(&self, path: &str, change: &serde_json::Value) -> Result<(), KubernetesError> {
        self.send(Method::PATCH, path, Some(change)).await.map(drop)
    }

    /// Deletes an object, if the options allow it. Once, and whenever: the end of the run does not keep anything from being
    /// taken away.
    pub async fn delete(&self, path: &str, options: Option<&serde_json::Value>) -> Result<(), KubernetesError> {
        self.once(Method::DELETE, path, options).await?.into_body().map(drop)
    }

    /// Reads an object that may have to be deleted. Once, and whenever.
    pub async fn get_whenever<T: DeserializeOwned>(&self, path: &str) -> Result<T, KubernetesError> {
        let body = self.once(Method::GET, path, None).await?.into_body()?;
        serde_json::from_slice(&body).map_err(|error| malformed(&error))
    }

    /// Sends an object, and reads the JSON of the answer. Once.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        object: &serde_json::Value,
    ) -> Result<T, KubernetesError> {
        // It may hold a token.
        let mut body = self.send(Method::POST, path, Some(object)).await?;
        let read = serde_json::from_slice(&body).map_err(|error| malformed(&error));
        body.zeroize();
        read
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        object: Option<&serde_json::Value>,
    ) -> Result<Vec<u8>, KubernetesError> {
        if let Some(reason) = &self.refusal {
            return Err(KubernetesError::NotSent { detail: reason.to_string() });
        }
        let begun = Instant::now();
        let sent = self.once(method, path, object);
        let answer = match self.limits.deadline(begun) {
            None => sent.await,
            Some(deadline) => timeout_at(deadline, sent)
                .await
                .unwrap_or_else(|_elapsed| Err(KubernetesError::TimedOut { after: deadline - begun })),
        };
        answer?.into_body()
    }

    /// Asks for a path and hands each line of a successful answer on as it comes, without its line end.
    ///
    /// A line that is longer than the limit is left out. The number is that of the bytes read; an error says that the
    /// answer did not come to its end. Nothing is asked twice: the lines so far were handed on already.
    pub async fn each_line(
        &self,
        path: &str,
        line_limit: usize,
        take: impl FnMut(&str) + Send,
    ) -> Result<u64, KubernetesError> {
        if let Some(reason) = &self.refusal {
            return Err(KubernetesError::NotSent { detail: reason.to_string() });
        }
        let begun = Instant::now();
        let read = self.stream(path, LineSplitter::new(line_limit), take);
        match self.limits.deadline(begun) {
            None => read.await,
            Some(deadline) => timeout_at(deadline, read)
                .await
                .unwrap_or_else(|_elapsed| Err(KubernetesError::TimedOut { after: deadline - begun })),
        }
    }

    async fn stream(
        &self,
        path: &str,
        mut splitter: LineSplitter,
        mut take: impl FnMut(&str) + Send,
    ) -> Result<u64, KubernetesError> {
        let wanted = Wanted::new(format!("GET {path}"));
        // The semaphore is never closed, so a missing permit cannot happen and would only mean "go on".
        let _permit = self.in_flight.acquire().await.ok();
        self.requests.fetch_add(1, Ordering::Relaxed);
        let call = wanted.begin();
        let response =
            self.client.send(request(Method::GET, path, None)?).await.map_err(|error| self.unreachable(&error))?;
        // What follows comes for as long as the server likes.
        call.end(response.status().as_str(), None);
        if !response.status().is_success() {
            return self.read(response).await?.into_body().map(|_| 0);
        }
        let (mut body, mut bytes) = (response.into_body(), 0);
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|error| self.unreachable(&error))?;
            if let Some(data) = frame.data_ref() {
                bytes += data.len() as u64;
                splitter.take(data, &mut take);
            }
        }
        splitter.end(&mut take);
        Ok(bytes)
    }

    async fn get_repeatedly(&self, path: &str, deadline: Option<Instant>) -> Result<Vec<u8>, KubernetesError> {
        let mut pause = FIRST_PAUSE;
        let mut repetitions = 0;
        loop {
            let answer = self.once(Method::GET, path, None).await?;
            let wait = answer.retry_after.unwrap_or(pause);
            let in_time = deadline.is_none_or(|deadline| Instant::now() + wait < deadline);
            if !matches!(answer.code, 429 | 503 | 504) || repetitions == RETRIES || !in_time {
                return answer.into_body();
            }
            tokio::time::sleep(wait).await;
            pause *= 2;
            repetitions += 1;
        }
    }

    async fn once(
        &self,
        method: Method,
        path: &str,
        object: Option<&serde_json::Value>,
    ) -> Result<Answer, KubernetesError> {
        let wanted = Wanted::new(format!("{method} {path}"));
        // The semaphore is never closed, so a missing permit cannot happen and would only mean "go on".
        let _permit = self.in_flight.acquire().await.ok();
        let request = request(method, path, object)?;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let call = wanted.begin();
        let answer = match self.client.send(request).await {
            Ok(response) => self.read(response).await,
            Err(error) => Err(self.unreachable(&error)),
        };
        let outcome = answer.as_ref().map_or_else(ToString::to_string, |answer| answer.code.to_string());
        call.end(&outcome, answer.as_ref().ok().map(|answer| answer.body.len()));
        answer
    }

    fn unreachable(&self, error: &(dyn std::error::Error + 'static)) -> KubernetesError {
        let (failure, detail) = ConnectFailure::read(error);
        let detail = match &self.place {
            Some(place) => format!("{detail}, at {place}"),
            None => detail,
        };
        KubernetesError::Unreachable { failure, detail }
    }

    async fn read(&self, response: Response<Body>) -> Result<Answer, KubernetesError> {
        let (parts, body) = response.into_parts();
        if let Some(date) = date(&parts.headers) {
            self.server_time.get_or_init(|| (date, Instant::now()));
        }
        let body = Limited::new(body, self.body_limit).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() {
                return KubernetesError::TooLarge { limit: self.body_limit };
            }
            self.unreachable(error.as_ref())
        })?;
        let text = |name| parts.headers.get(name).and_then(|value| value.to_str().ok());
        Ok(Answer {
            code: parts.status.as_u16(),
            content_type: text(header::CONTENT_TYPE).map(str::to_owned),
            retry_after: text(header::RETRY_AFTER)
                .and_then(|s| s.parse().ok())
                .map(|s: u64| Duration::from_secs(s.min(LONGEST_PAUSE))),
            body: body.to_bytes().into(),
        })
    }
}

fn request(method: Method, path: &str, object: Option<&serde_json::Value>) -> Result<Request<Body>, KubernetesError> {
    let content = if method == Method::PATCH { "application/strategic-merge-patch+json" } else { "application/json" };
    let request = Request::builder().method(method).uri(path);
    let request = match object {
        Some(_) => request.header(header::CONTENT_TYPE, content),
        None => request,
    };
    request
        .header(header::ACCEPT, "application/json, */*")
        .header(header::USER_AGENT, crate::collect::USER_AGENT)
        .body(object.map_or_else(Body::empty, |object| Body::from(object.to_string().into_bytes())))
        .map_err(|error| KubernetesError::NotSent { detail: error.to_string() })
}

struct Answer {
    code: u16,
    content_type: Option<String>,
    retry_after: Option<Duration>,
    body: Vec<u8>,
}

impl Answer {
    fn into_body(self) -> Result<Vec<u8>, KubernetesError> {
        if self.code / 100 == 2 {
            return Ok(self.body);
        }
        Err(match read_status(self.code, &self.body) {
            Some(status) => KubernetesError::Status(Box::new(status)),
            None => KubernetesError::Foreign { code: self.code, content_type: self.content_type },
        })
    }
}

#[derive(serde::Deserialize)]
struct Typed {
    #[serde(default)]
    kind: Option<String>,
}

/// Only the place is told: serde's own words quote the value, which may be a secret.
pub fn malformed(error: &serde_json::Error) -> KubernetesError {
    let what = match error.classify() {
        serde_json::error::Category::Syntax => "no JSON",
        serde_json::error::Category::Eof => "JSON that ends too early",
        _ => "JSON of another shape",
    };
    KubernetesError::Malformed { detail: format!("{what} at line {} column {}", error.line(), error.column()) }
}

fn date(headers: &HeaderMap) -> Option<Timestamp> {
    let text = headers.get(header::DATE)?.to_str().ok()?;
    jiff::fmt::rfc2822::parse(text).ok().map(|date| date.timestamp())
}
