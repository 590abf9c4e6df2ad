//! The EKS Auth that stood behind the agent when it was recorded: one answer, whatever is asked.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use podid_doubles::http::{Answer, Handler, Request, Response, Server};
use podid_doubles::webhook::Certificate;
use serde_json::json;

const REQUEST_ID: &str = "6f1c7b6e-9d0c-4e39-8b6f-0a1b2c3d4e5f";

/// What it does with every request.
#[derive(Debug, Clone, Copy)]
pub enum Stub {
    /// Gives credentials for six hours.
    Gives,
    /// Gives credentials for so many seconds.
    GivesFor(i64),
    /// Answers with an error: status, code, message.
    Refuses(u16, &'static str, &'static str),
    /// Says nothing.
    Hangs,
}

impl Stub {
    /// Starts it.
    pub fn start(self) -> io::Result<Server> {
        Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None, Arc::new(self))
    }

    /// Starts it over TLS, with a certificate that nobody trusts.
    pub fn start_untrusted(self) -> Result<Server, String> {
        let tls = Certificate::make()?.server()?;
        let server = Server::start(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), Some(tls), Arc::new(self));
        server.map_err(|error| error.to_string())
    }
}

impl Handler for Stub {
    async fn answer(&self, _: Request) -> Answer {
        let response = match *self {
            Stub::Hangs => return Answer::Hang,
            Stub::Refuses(status, code, message) => {
                Response::json(status, &json!({ "message": message })).with_header("x-amzn-errortype", code)
            }
            Stub::Gives => gives(6 * 3600),
            Stub::GivesFor(seconds) => gives(seconds),
        };
        Answer::Whole(response.with_header("x-amzn-requestid", REQUEST_ID))
    }
}

fn gives(seconds: i64) -> Response {
    let expires = Timestamp::now() + SignedDuration::from_secs(seconds);
    let role = format!("arn:aws:sts::111122223333:assumed-role/api/eks-prod-api-7c9f5d-{REQUEST_ID}");
    Response::json(
        200,
        &json!({
            "subject": { "namespace": "shop", "serviceAccount": "api" },
            "audience": "pods.eks.amazonaws.com",
            "assumedRoleUser": { "arn": role, "assumeRoleId": "AROAEXAMPLEID:eks-prod-api-7c9f5d-6f1c7b6e" },
            "credentials": {
                "accessKeyId": "ASIAEXAMPLE", "secretAccessKey": "secret", "sessionToken": "session",
                "expiration": expires.as_second(),
            },
        }),
    )
}
