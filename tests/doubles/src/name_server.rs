//! Plays the name server of a VPC: knows the names of a hosts file, which may change at any time, and no others.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};

pub mod message;

/// A name server, not yet serving.
#[derive(Debug)]
pub struct NameServer {
    socket: UdpSocket,
    hosts: PathBuf,
}

impl NameServer {
    /// Binds an address.
    pub fn bind(address: SocketAddr, hosts: &Path) -> io::Result<NameServer> {
        Ok(NameServer { socket: UdpSocket::bind(address)?, hosts: hosts.to_owned() })
    }

    /// Gives the address it is bound to.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Answers until the socket fails.
    pub fn serve(&self) -> io::Result<()> {
        let mut question = [0; 512];
        loop {
            let (length, client) = self.socket.recv_from(&mut question)?;
            let hosts = std::fs::read_to_string(&self.hosts).unwrap_or_default();
            if let Some(answer) = message::answer(&question[..length], &hosts) {
                // A client that is gone is no matter.
                self.socket.send_to(&answer, client).ok();
            }
        }
    }
}
