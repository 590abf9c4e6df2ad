//! What the metadata service of an instance answers: the credentials of the node's role, if it has one.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::server::World;
use crate::http::{Answer, Handler, Request, Response};

const ROLES: &str = "/latest/meta-data/iam/security-credentials/";

/// How long a token of the service holds: asked for, and answered under the same name.
const TOKEN_LIFE: &str = "x-aws-ec2-metadata-token-ttl-seconds";

/// The metadata service of the one instance of a world.
#[derive(Debug)]
pub struct Metadata(pub Arc<World>);

impl Handler for Metadata {
    async fn answer(&self, request: Request) -> Answer {
        Answer::Whole(self.give(&request).unwrap_or_else(|| Response::new(404, "text/plain", "404 - Not Found")))
    }
}

impl Metadata {
    fn give(&self, request: &Request) -> Option<Response> {
        if request.method == "PUT" && request.path == "/latest/api/token" {
            // The real agent uses no token that does not say how long it holds.
            let life = request.header(TOKEN_LIFE)?;
            return Some(Response::new(200, "text/plain", "played-metadata-token").with_header(TOKEN_LIFE, life));
        }
        if request.header("x-aws-ec2-metadata-token").is_none() {
            return Some(Response::new(401, "text/plain", "401 - Unauthorized"));
        }
        let state = self.0.state();
        let profile = state.instance_profile.as_ref()?;
        let name = request.path.strip_prefix(ROLES)?;
        if name.is_empty() {
            return Some(Response::new(200, "text/plain", profile.role_name.clone()));
        }
        let key = state.access_keys.get(&profile.access_key).filter(|_| name == profile.role_name)?;
        let expires = Timestamp::now() + SignedDuration::from_hours(6);
        Some(Response::json(
            200,
            &json!({
                "Code": "Success", "Type": "AWS-HMAC", "LastUpdated": "2026-01-01T00:00:00Z",
                "AccessKeyId": profile.access_key, "SecretAccessKey": "played-secret",
                "Token": key.session_token.as_deref().unwrap_or("any"),
                "Expiration": expires.strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            }),
        ))
    }
}
