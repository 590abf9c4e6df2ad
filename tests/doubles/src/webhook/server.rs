//! The webhook over TLS: `/mutate` for the API server, `/healthz` for whoever waits for it.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;

use super::certificate::Certificate;
use super::identities::IdentitiesFile;
use super::mutate::mutate;
use super::review;
use super::service_account::ServiceAccounts;
use super::settings::Settings;
use crate::http::{self, Answer, Handler, Request, Response};

/// What the webhook works with.
#[derive(Debug)]
pub struct Webhook {
    /// Its settings.
    pub settings: Settings,
    /// Which service accounts have an association.
    pub identities: IdentitiesFile,
    /// Where their annotations are read.
    pub service_accounts: ServiceAccounts,
}

impl Webhook {
    /// Answers a review.
    pub async fn review(&self, review: &Value) -> Value {
        let Some(subject) = review::subject(review) else {
            return review::refuse(review, "bad content");
        };
        let account = self.service_accounts.get(subject.namespace, subject.service_account, &self.settings).await;
        let identities = self.identities.current();
        let random = RandomState::new().build_hasher().finish();
        review::allow(review, mutate(subject.pod, subject.namespace, &identities, &account, &self.settings, random))
    }
}

impl Handler for Webhook {
    async fn answer(&self, request: Request) -> Answer {
        let response = match request.path.as_str() {
            "/healthz" => Response::new(200, "text/plain", "ok"),
            "/mutate" if request.header("content-type") != Some("application/json") => {
                Response::new(415, "text/plain", "Invalid Content-Type, expected `application/json`\n")
            }
            "/mutate" => {
                let review = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
                Response::json(200, &self.review(&review).await)
            }
            _ => Response::new(404, "text/plain", "404 page not found\n"),
        };
        Answer::Whole(response)
    }
}

/// The webhook in a thread of its own; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    http: http::Server,
}

impl Server {
    /// Starts on an address (port 0: any free one) with a certificate.
    pub fn start(address: SocketAddr, certificate: &Certificate, webhook: Webhook) -> io::Result<Server> {
        let tls = certificate.server().map_err(io::Error::other)?;
        Ok(Server { http: http::Server::start(address, Some(tls), Arc::new(webhook))? })
    }

    /// Gives the URL for a webhook configuration's `clientConfig`.
    pub fn url(&self) -> String {
        format!("https://{}/mutate", self.http.address())
    }

    /// Waits until the server ends, which it does not do by itself.
    pub fn wait(self) {
        self.http.wait();
    }
}
