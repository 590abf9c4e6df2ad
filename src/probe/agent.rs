//! The agent, asked as an SDK asks it: the bare token, and never through a proxy.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::http;
use super::identity::Credentials;
use super::token::Secret;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{AgentAnswer, Failure, FailureKind};

/// What of the answer is no secret.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Told {
    expiration: Option<Timestamp>,
    account_id: Option<String>,
}

/// Asks for credentials.
pub(super) fn ask(uri: &str, token: &Secret, patience: Duration) -> (AgentAnswer, Option<Credentials>) {
    let client = http::client_of_agent(patience);
    // A newline at the end of the file is no part of the token, and no header may hold it.
    let sent = http::answer(|| client.get(uri).header("Authorization", token.trim()).call());
    let answer = match sent {
        Ok(answer) => answer,
        Err((failure, took_ms)) => {
            return (AgentAnswer { took_ms, failure: Some(failure), ..AgentAnswer::default() }, None);
        }
    };
    let mut told = AgentAnswer {
        took_ms: answer.took_ms,
        status: Some(answer.status),
        clock: answer.clock,
        ..AgentAnswer::default()
    };
    if answer.status != 200 {
        let body = answer.body.replace(token.trim(), "[the token]");
        told.body = Some(ForeignText::new(&body));
        return (told, None);
    }
    let credentials = serde_json::from_str::<Credentials>(&answer.body);
    let open = serde_json::from_str::<Told>(&answer.body);
    let (Ok(credentials), Ok(open)) = (credentials, open) else {
        let text = ForeignText::new("the answer has no credentials in it");
        told.failure = Some(Failure { kind: FailureKind::Other, text });
        return (told, None);
    };
    told.expires_at = open.expiration;
    told.account = open.account_id.map(|account| ForeignText::new(&account));
    (told, Some(credentials))
}
