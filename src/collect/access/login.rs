//! A login that failed, and the program that would have given it.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use kube::config::ExecConfig;
use tokio::io::AsyncReadExt;
use tokio::process::{Child, Command};
use tokio::time::{Instant, timeout, timeout_at};

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

/// The longest a program may take; one that talks to its user takes as long as the user does.
const LIMIT: Duration = Duration::from_mins(1);
/// The most that is read of what a program prints, in bytes: a login has a few thousand.
const LONGEST: u64 = 1024 * 1024;

/// Why a program brought nothing. The words never repeat what it printed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// No file has its path.
    #[error("does not exist")]
    NotThere,
    /// No directory of the `PATH` has a program of its name.
    #[error("is not on the PATH")]
    NotOnPath,
    /// It may not be run, or could not be talked to.
    #[error("could not be started ({0})")]
    NotStarted(#[source] io::Error),
    /// It printed what is no login.
    #[error("printed more than {} KiB, which is no login", LONGEST >> 10)]
    TooMuch,
    /// It runs still.
    #[error("did not end within {} s", LIMIT.as_secs())]
    Late,
    /// It said so itself.
    #[error("failed ({0})")]
    Failed(ExitStatus),
}

/// Runs a program and gives what it printed. Its own messages go to stderr as they come.
///
/// One that talks to its user keeps the terminal, and stays in the group of processes that has it.
pub async fn run(command: &mut Command, talks_to_user: bool) -> Result<Vec<u8>, Failure> {
    command
        .stdin(if talks_to_user { Stdio::inherit() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true);
    if talks_to_user {
        return finish(start(command)?).await;
    }
    #[cfg(unix)]
    command.process_group(0);
    let child = start(command)?;
    let _group = Group::of(&child);
    timeout(LIMIT, finish(child)).await.unwrap_or(Err(Failure::Late))
}

async fn finish(mut child: Child) -> Result<Vec<u8>, Failure> {
    let mut printed = Vec::new();
    if let Some(output) = child.stdout.take() {
        output.take(LONGEST + 1).read_to_end(&mut printed).await.map_err(Failure::NotStarted)?;
    }
    if printed.len() as u64 > LONGEST {
        return Err(Failure::TooMuch);
    }
    let status = child.wait().await.map_err(Failure::NotStarted)?;
    if status.success() { Ok(printed) } else { Err(Failure::Failed(status)) }
}

fn start(command: &mut Command) -> Result<Child, Failure> {
    let is_path = Path::new(command.as_std().get_program()).components().count() > 1;
    command.spawn().map_err(|error| match error.kind() {
        io::ErrorKind::NotFound if is_path => Failure::NotThere,
        io::ErrorKind::NotFound => Failure::NotOnPath,
        _ => Failure::NotStarted(error),
    })
}

/// The group of processes that a program leads: it is ended when this is dropped.
struct Group {
    #[cfg(unix)]
    leader: Option<rustix::process::Pid>,
}

impl Group {
    #[cfg(unix)]
    fn of(child: &Child) -> Self {
        let leader = child.id().and_then(|id| i32::try_from(id).ok());
        Self { leader: leader.and_then(rustix::process::Pid::from_raw) }
    }

    #[cfg(not(unix))]
    fn of(_: &Child) -> Self {
        Self {}
    }
}

#[cfg(unix)]
impl Drop for Group {
    fn drop(&mut self) {
        let Some(leader) = self.leader else { return };
        // Most groups are gone by now.
        rustix::process::kill_process_group(leader, rustix::process::Signal::KILL).ok();
    }
}
