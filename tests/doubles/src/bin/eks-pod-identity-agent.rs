//! The played agent as a process, with the subcommands and flags of the real one:
//!
//! `eks-pod-identity-agent server --port 80 --cluster-name prod --probe-port 2703 [-b ADDRESSES] [-v LEVEL]`
//! `eks-pod-identity-agent initialize`
//!
//! It logs to standard error, as the real one does.

#![expect(clippy::print_stderr, reason = "a program talks to the one who started it")]

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;

use podid_doubles::agent::initialize::initialize;
use podid_doubles::agent::listeners::Listeners;
use podid_doubles::agent::log::{Fields, Level, Log};
use podid_doubles::agent::names::Names;
use podid_doubles::agent::service::Service;
use podid_doubles::agent::settings::Settings;

/// Where Go looks for certificate authorities.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let done = match arguments.next().as_deref() {
        Some("server") => serve(arguments),
        Some("initialize") => {
            let log = Log::new(Level::Info, Box::new(std::io::stderr()));
            let done = initialize(&log);
            done.inspect_err(|words| log.write(Level::Fatal, &Fields::new(), &format!("Unable to initialize: {words}")))
        }
        other => {
            let message = format!("unknown command {:?} for \"eks-pod-identity-agent\"", other.unwrap_or_default());
            eprintln!("Error: {message}");
            Err(message)
        }
    };
    if done.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn serve(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let settings = Settings::read(arguments).inspect_err(|message| eprintln!("Error: {message}"))?;
    let environment: HashMap<String, String> = std::env::vars().collect();
    let authorities = environment.get("AWS_CA_BUNDLE").map_or(AUTHORITIES, String::as_str);
    let authorities = std::fs::read_to_string(authorities).unwrap_or_default();
    let log = Log::new(settings.level, Box::new(std::io::stderr()));
    let eks_auth = settings.eks_auth(&environment, Names::system(), authorities);
    let service = Arc::new(Service::new(&settings, eks_auth, log));
    service.log.write(Level::Info, &Fields::new(), "Starting server...");
    let bound = Listeners::bind(&settings, &service);
    let served = bound.and_then(|listeners| listeners.serve(&service).map_err(|error| error.to_string()));
    served.inspect_err(|words| {
        service.log.write(Level::Fatal, &Fields::new(), &format!("Unable to start server: {words}"));
    })
}
