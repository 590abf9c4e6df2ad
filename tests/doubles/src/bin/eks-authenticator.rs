//! The token review as a process:
//!
//! `eks-authenticator --address 127.0.0.1:21362 --cluster prod --sts 127.0.0.1:4566 --access-entries FILE`
//!
//! Prints its URL on one line once it answers, and runs until it is ended.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the one who started it")]

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use podid_doubles::arguments::Arguments;
use podid_doubles::authenticator::Authenticator;
use podid_doubles::http::Server;

fn main() -> ExitCode {
    match start() {
        Ok(server) => {
            println!("http://{}", server.address());
            server.wait();
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("eks-authenticator: {message}");
            ExitCode::from(2)
        }
    }
}

fn start() -> Result<Server, String> {
    let arguments = Arguments::read(std::env::args().skip(1), &["address", "cluster", "sts", "access-entries"], &[])?;
    let flag = |name: &str| arguments.get(name).ok_or_else(|| format!("--{name} is needed"));
    let authenticator = Authenticator {
        cluster: flag("cluster")?.to_owned(),
        sts: flag("sts")?.parse().map_err(|error| format!("--sts: {error}"))?,
        access_entries: flag("access-entries")?.into(),
    };
    let address = arguments.parsed("address", SocketAddr::from(([127, 0, 0, 1], 0)))?;
    Server::start(address, None, Arc::new(authenticator)).map_err(|error| format!("{address}: {error}"))
}
