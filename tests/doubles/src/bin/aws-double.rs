//! The played AWS as a process: `aws-double --state FILE [--address 127.0.0.1:PORT]`.
//!
//! With `--tls-address`, `--tls-cert` and `--tls-key` it also answers over TLS; with `--untrusted-address`, `--untrusted-cert`
//! and `--untrusted-key` on a second address with another certificate; with `--metadata-address` as the metadata service of
//! an instance.
//!
//! Prints its URL on one line once it answers, and runs until it is ended.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the one who started it")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use podid_doubles::arguments::Arguments;
use podid_doubles::aws::{Server, State};
use podid_doubles::webhook::Certificate;

const FLAGS: &[&str] = &[
    "state",
    "address",
    "tls-address",
    "tls-cert",
    "tls-key",
    "untrusted-address",
    "untrusted-cert",
    "untrusted-key",
    "metadata-address",
];

fn main() -> ExitCode {
    match start() {
        Ok(server) => {
            println!("{}", server.url());
            server.wait();
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("aws-double: {message}");
            ExitCode::from(2)
        }
    }
}

fn start() -> Result<Server, String> {
    let arguments = Arguments::read(std::env::args().skip(1), FLAGS, &[])?;
    let state = match arguments.get("state") {
        None => State::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            State::read(&text).map_err(|error| format!("{path}: {error}"))?
        }
    };
    let address: SocketAddr = arguments.parsed("address", SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let mut server = Server::start_on(address, state).map_err(|error| format!("{address}: {error}"))?;
    for name in ["tls", "untrusted"] {
        if let Some((address, certificate)) = secured(&arguments, name)? {
            server.listen(address, &certificate)?;
        }
    }
    if let Some(address) = further(&arguments, "metadata-address")? {
        server.listen_as_metadata(address)?;
    }
    Ok(server)
}

fn secured(arguments: &Arguments, name: &str) -> Result<Option<(SocketAddr, Certificate)>, String> {
    let Some(address) = further(arguments, &format!("{name}-address"))? else { return Ok(None) };
    let file = |part: &str| {
        let flag = format!("{name}-{part}");
        arguments.get(&flag).map(Path::new).ok_or_else(|| format!("--{flag} is needed"))
    };
    Ok(Some((address, Certificate::read(file("cert")?, file("key")?)?)))
}

fn further(arguments: &Arguments, name: &str) -> Result<Option<SocketAddr>, String> {
    let address = arguments.get(name).map(str::parse).transpose();
    address.map_err(|_| format!("--{name} needs an address and a port"))
}
