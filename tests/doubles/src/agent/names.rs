//! How the agent finds addresses: the hosts file, then the first name server, with failures in the words of Go's resolver.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::time::timeout;

use super::network::{Silence, literal, words_of};
use crate::name_server::message;

/// How long the name server may take; the agent gives up on the whole connection by then.
const PATIENCE: Duration = Duration::from_millis(500);

/// Where addresses come from.
#[derive(Debug, Clone)]
pub enum Names {
    /// The system's files.
    System {
        /// `/etc/hosts`.
        hosts: PathBuf,
        /// `/etc/resolv.conf`.
        resolver: PathBuf,
    },
    /// What a test says: for each name an address, or the resolver's words. All else is not found.
    Told(HashMap<String, Result<IpAddr, String>>),
}

impl Names {
    /// The files at their usual places.
    pub fn system() -> Names {
        Names::System { hosts: "/etc/hosts".into(), resolver: "/etc/resolv.conf".into() }
    }

    /// Finds the address of a host.
    pub async fn look_up(&self, host: &str) -> Result<IpAddr, Silence> {
        if let Some(address) = literal(host) {
            return Ok(address);
        }
        let failed = |words: &str, is_retried| Silence { words: format!("dial tcp: lookup {host}{words}"), is_retried };
        if host.split('.').any(str::is_empty) {
            return Err(failed(": no such host", false));
        }
        match self {
            Names::Told(names) => match names.get(host) {
                Some(Ok(address)) => Ok(*address),
                Some(Err(words)) => Err(failed(words, true)),
                None => Err(failed(": no such host", false)),
            },
            Names::System { hosts, resolver } => {
                let hosts = std::fs::read_to_string(hosts).unwrap_or_default();
                if let Some(address) = message::in_hosts(&hosts, host) {
                    return Ok(address.into());
                }
                let server = name_server(&std::fs::read_to_string(resolver).unwrap_or_default());
                match ask(server, host).await {
                    Ok(Some(address)) => Ok(address.into()),
                    Ok(None) => Err(failed(&format!(" on {server}: no such host"), false)),
                    Err(words) => Err(failed(&format!(" on {server}: {words}"), true)),
                }
            }
        }
    }
}

/// The first name server; without one Go asks the machine itself.
fn name_server(resolver: &str) -> SocketAddr {
    let first = resolver.lines().find_map(|line| line.trim().strip_prefix("nameserver")?.trim().parse().ok());
    SocketAddr::new(first.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)), 53)
}

async fn ask(server: SocketAddr, host: &str) -> Result<Option<Ipv4Addr>, String> {
    let any: SocketAddr = if server.is_ipv4() { "0.0.0.0:0".parse() } else { "[::]:0".parse() }.map_err(|_| "?")?;
    let dial = |error: io::Error| format!("dial udp {server}: connect: {}", words_of(&error));
    let socket = UdpSocket::bind(any).await.map_err(dial)?;
    socket.connect(server).await.map_err(dial)?;
    let from = socket.local_addr().map_or_else(|_| "?".to_owned(), |address| address.to_string());
    let exchange = async {
        let mut answer = [0; 512];
        socket.send(&message::question(host)).await?;
        let length = socket.recv(&mut answer).await?;
        Ok::<_, io::Error>(answer[..length].to_vec())
    };
    match timeout(PATIENCE, exchange).await {
        Err(_elapsed) => Err(format!("read udp {from}->{server}: i/o timeout")),
        Ok(Err(error)) => Err(format!("read udp {from}->{server}: read: {}", words_of(&error))),
        Ok(Ok(answer)) => message::read_answer(&answer).ok_or_else(|| "server misbehaving".to_owned()),
    }
}
