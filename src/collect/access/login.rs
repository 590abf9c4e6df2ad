//! The login that an exec entry gives: asked for once, and again where a run outlasts it.

use jiff::Timestamp;
use kube::config::ExecConfig;
use tokio::time::{Instant, timeout_at};

use crate::cli::connection::ExecAuth;
use crate::collect::access::exec_auth;
use crate::collect::access::kubeconfig::Connection;

/// How long before its end a login is renewed: a request that is on its way has to arrive with one that still holds.
const EARLY: jiff::SignedDuration = jiff::SignedDuration::from_secs(10);

/// An exec entry, and until when its last answer holds.
pub struct Login {
    exec: ExecConfig,
    way: ExecAuth,
    expires: Option<Timestamp>,
}

impl Login {
    /// What a connection's exec entry asks for; `None` where it has none.
    pub fn of(connection: &Connection, way: ExecAuth) -> Option<Self> {
        Some(Self { exec: connection.exec.clone()?, way, expires: None })
    }

    /// Whether it soon ends, by this machine's clock. One that names no end holds until it is refused.
    pub fn is_due(&self) -> bool {
        self.expires.is_some_and(|expires| expires < Timestamp::now() + EARLY)
    }

    /// Answers the exec entry, and gives the connection its login. The error is a phrase without a secret.
    pub async fn answer(&mut self, connection: &mut Connection, deadline: Instant) -> Result<(), String> {
        let process = |name: &str| std::env::var(name).ok();
        let answer = exec_auth::answer(&self.exec, &connection.cluster, self.way, &process);
        let answer = timeout_at(deadline, answer)
            .await
            .unwrap_or_else(|_elapsed| Err("it gave no answer before the run ended".to_owned()))
            .map_err(|reason| format!("the exec entry of the kubeconfig gave no login — {reason}"))?;
        self.expires = answer.expires;
        connection.log_in(answer.login);
        Ok(())
    }
}
