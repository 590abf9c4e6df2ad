//! From a request for credentials to the answer, with every line that is logged on the way.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use serde_json::json;

use super::cache::Cache;
use super::eks_auth::{Assumed, EksAuth, Failure};
use super::limiter::Limiter;
use super::log::{Fields, Level, Log};
use super::settings::Settings;
use super::validation::validate;
use crate::http::{Answer, Handler, Request, Response};

/// The one path that gives credentials.
const PATH: &str = "/v1/credentials";

/// The agent, whatever addresses it listens on.
#[derive(Debug)]
pub struct Service {
    /// Its log.
    pub log: Log,
    pub(super) eks_auth: EksAuth,
    pub(super) renewals: Limiter,
    requests: Limiter,
    cache: Mutex<Cache>,
}

impl Service {
    /// Makes an agent that holds nothing yet.
    pub fn new(settings: &Settings, eks_auth: EksAuth, log: Log) -> Service {
        Service {
            log,
            eks_auth,
            renewals: Limiter::new(settings.renewals, settings.renewals.max(1.0)),
            requests: Limiter::new(1000.0, 500.0),
            cache: Mutex::new(Cache::new(settings.retention, settings.cache_size)),
        }
    }

    pub(super) fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn credentials(&self, request: &Request) -> Response {
        let from = request.client.to_string();
        let mut fields = Fields::from([("cluster-name".to_owned(), json!(self.eks_auth.cluster))]);
        fields.insert("client-addr".into(), json!(from));
        self.log.write(Level::Info, &fields, &format!("handling new request request from {from}"));
        let token = match validate(request, &self.log, &fields) {
            Ok(token) => token,
            Err((status, words)) => return self.refuse(&fields, status, &words, &words),
        };
        match self.find(&token, &fields).await {
            Ok(assumed) => Response::new(200, "application/json", assumed.body()),
            Err(Trouble::Expiring(words)) => self.refuse(&fields, 500, &words, &words),
            Err(Trouble::EksAuth(failure)) => {
                let (status, answer) = failure.answer();
                fields.extend(
                    [("operation", "AssumeRoleForPodIdentity"), ("service", "EKS Auth")]
                        .map(|(n, v)| (n.to_owned(), json!(v))),
                );
                match &failure {
                    Failure::Refused { request_id, .. } => drop(fields.insert("request-id".into(), json!(request_id))),
                    Failure::Unreachable { .. } => drop(fields.insert("request-id".into(), json!(""))),
                    Failure::Unsigned(_) | Failure::Useless(_) => {}
                }
                self.refuse(&fields, status, &failure.words(), &answer)
            }
        }
    }

    fn refuse(&self, fields: &Fields, status: u16, words: &str, answer: &str) -> Response {
        self.log.write(Level::Error, fields, &format!("Error fetching credentials: {words}"));
        plain(status, answer)
    }

    /// Gives what is held, or asks EKS Auth; of several who ask for the same token at once, one.
    async fn find(&self, token: &str, fields: &Fields) -> Result<Assumed, Trouble> {
        if let Some(assumed) = self.held(token, fields) {
            return Ok(assumed);
        }
        let turn = self.cache().turn(token);
        let _mine = turn.lock().await;
        if let Some(assumed) = self.held(token, fields) {
            return Ok(assumed);
        }
        let mut missed = fields.clone();
        missed.insert("cache-hit".into(), json!(0));
        self.log.write(Level::Trace, &missed, "Could not find entry in cache, requesting creds from delegate");
        self.fetch(token, fields).await
    }

    fn held(&self, token: &str, fields: &Fields) -> Option<Assumed> {
        let assumed = self.cache().find(token)?;
        let mut hit = fields.clone();
        hit.insert("cache-hit".into(), json!(1));
        self.log.write(Level::Trace, &hit, "Using cached credentials");
        Some(assumed)
    }

    /// Asks EKS Auth, and holds what comes.
    pub(super) async fn fetch(&self, token: &str, fields: &Fields) -> Result<Assumed, Trouble> {
        self.log.write(Level::Info, fields, "Calling EKS Auth to fetch credentials");
        let begin = Instant::now();
        let assumed = self.eks_auth.assume(token).await.map_err(Trouble::EksAuth)?;
        let mut fetched = fields.clone();
        fetched.insert("fetched_role_arn".into(), json!(assumed.assumed_role_user.arn));
        fetched.insert("fetched_role_id".into(), json!(assumed.assumed_role_user.assume_role_id));
        fetched.insert("request_time_ms".into(), json!(u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX)));
        self.log.write(Level::Info, &fetched, "Successfully fetched credentials from EKS Auth");
        let kept = self.cache().store(token, &assumed, fields).map_err(|least| {
            Trouble::Expiring(format!(
                "fetched credentials are expired or will expire within the next {least:.2} seconds"
            ))
        })?;
        let mut stored = fields.clone();
        // Three hours are three hours, whatever the clock has done since EKS Auth wrote the expiration.
        let nanos = u64::try_from(kept.as_nanos()).unwrap_or(u64::MAX);
        stored.insert("refreshTtl".into(), json!(nanos));
        self.log.write(Level::Info, &stored, "Storing creds in cache");
        Ok(assumed)
    }
}

/// Why there are no credentials for a request that is in order.
#[derive(Debug)]
pub enum Trouble {
    /// EKS Auth.
    EksAuth(Failure),
    /// They would not hold long enough.
    Expiring(String),
}

/// An error as Go's servers write it.
pub fn plain(status: u16, words: &str) -> Response {
    Response::new(status, "text/plain; charset=utf-8", format!("{words}\n"))
}

impl Handler for Service {
    async fn answer(&self, request: Request) -> Answer {
        Answer::Whole(if !self.requests.take() {
            plain(429, "Too Many Requests")
        } else if request.path == PATH {
            self.credentials(&request).await
        } else {
            plain(404, "404 page not found")
        })
    }
}
