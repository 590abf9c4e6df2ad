//! A relay on the node, at an address that pods reach: to a server of ours, late or never, as a test wants it.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

/// A name of AWS that the node's name server gives an address of the node for.
const HOST: &str = "sts.eu-west-1.amazonaws.com";

/// What it does with what it is given.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// Passes it on.
    On,
    /// Passes it on, and the answer this much later.
    Late(Duration),
    /// Takes the connection, and says nothing.
    Nowhere,
}

/// A relay that listens until the tests end.
pub struct Relay {
    /// Its port.
    pub port: u16,
}

impl Relay {
    /// Begins to listen for pods, and passes on to an address.
    pub fn to(target: &str, way: Way) -> Self {
        let listener = TcpListener::bind(("0.0.0.0", 0)).expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        let target = target.to_owned();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let target = target.clone();
                std::thread::spawn(move || pass(client, &target, way));
            }
        });
        Self { port }
    }

    /// Its address for pods, at a name of AWS: a variable that leads elsewhere would be a finding.
    pub fn url(&self) -> String {
        format!("http://{HOST}:{}", self.port)
    }
}

fn pass(mut client: TcpStream, target: &str, way: Way) {
    let delay = match way {
        Way::Nowhere => {
            let mut dropped = Vec::new();
            client.read_to_end(&mut dropped).ok();
            return;
        }
        Way::Late(delay) => delay,
        Way::On => Duration::ZERO,
    };
    let Ok(mut server) = TcpStream::connect(target) else { return };
    let (Ok(mut upward), Ok(mut onward)) = (client.try_clone(), server.try_clone()) else { return };
    std::thread::spawn(move || {
        std::io::copy(&mut upward, &mut onward).ok();
        onward.shutdown(std::net::Shutdown::Write).ok();
    });
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = server.read(&mut buffer) {
        std::thread::sleep(delay);
        if client.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    client.shutdown(std::net::Shutdown::Both).ok();
}

/// A rule of the node's firewall, until it is dropped. Only in this network namespace.
pub struct Rule(Vec<String>);

impl Rule {
    /// Puts it first in a chain of a table.
    pub fn begin(table: &str, chain: &str, rule: &[&str]) -> Self {
        let rest = rule.iter().map(|word| (*word).to_owned());
        let rule = Self(["-t", table, "-w", chain].into_iter().map(str::to_owned).chain(rest).collect());
        rule.change("-I");
        rule
    }

    /// What pods send to the agent goes to a relay.
    pub fn agent_behind(relay: &Relay) -> Self {
        let port = relay.port.to_string();
        let to_agent = ["-s", "10.88.0.0/24", "-d", "169.254.170.23", "-p", "tcp", "--dport", "80"];
        let rule = [&to_agent[..], &["-j", "REDIRECT", "--to-ports", &port]].concat();
        Self::begin("nat", "PREROUTING", &rule)
    }

    /// What the API server sends to the webhook of EKS goes to another port.
    pub fn webhook_behind(port: &str) -> Self {
        let to_webhook = ["-d", "127.0.0.1", "-p", "tcp", "--dport", "23443"];
        Self::begin("nat", "OUTPUT", &[&to_webhook[..], &["-j", "REDIRECT", "--to-ports", port]].concat())
    }

    /// What pods send to the agent is dropped.
    pub fn agent_cut_off() -> Self {
        Self::begin("filter", "INPUT", &["-s", "10.88.0.0/24", "-d", "169.254.170.23", "-j", "DROP"])
    }

    fn change(&self, how: &str) {
        let [table, name, wait, chain, rest @ ..] = self.0.as_slice() else { return };
        let done = Command::new("/usr/sbin/iptables")
            .args([table, name, wait, how, chain])
            .args(rest)
            .status()
            .expect("iptables starts");
        assert!(done.success(), "{done}: {:?}", self.0);
    }
}

impl Drop for Rule {
    fn drop(&mut self) {
        self.change("-D");
    }
}
