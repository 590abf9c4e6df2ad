//! The played AWS as a process: `aws-double --state FILE [--address 127.0.0.1:PORT]`.
//!
//! Prints its URL on one line once it answers, and runs until it is ended.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the one who started it")]

use std::net::SocketAddr;
use std::process::ExitCode;

use podid_doubles::arguments::Arguments;
use podid_doubles::aws::{Server, State};

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
    let arguments = Arguments::read(std::env::args().skip(1), &["state", "address"], &[])?;
    let state = match arguments.get("state") {
        None => State::default(),
        Some(path) => {
            let text = std::fs::read_to_string(path).map_err(|error| format!("{path}: {error}"))?;
            State::read(&text).map_err(|error| format!("{path}: {error}"))?
        }
    };
    let address: SocketAddr = arguments.parsed("address", SocketAddr::from(([127, 0, 0, 1], 0)))?;
    Server::start_on(address, state).map_err(|error| format!("{address}: {error}"))
}
