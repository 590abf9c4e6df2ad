//! The proxy as a process:
//!
//! `tls-proxy --address 127.0.0.1:8443 --tls-cert FILE --tls-key FILE --upstream HOST:PORT --upstream-ca FILE`
//!
//! Prints its URL on one line once it answers, and runs until it is ended.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to the one who started it")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use podid_doubles::arguments::Arguments;
use podid_doubles::tls_proxy::{TlsProxy, Upstream};
use podid_doubles::webhook::Certificate;

const FLAGS: &[&str] = &["address", "tls-cert", "tls-key", "upstream", "upstream-ca"];

fn main() -> ExitCode {
    match start() {
        Ok(proxy) => {
            println!("https://{}", proxy.address());
            proxy.wait();
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("tls-proxy: {message}");
            ExitCode::from(2)
        }
    }
}

fn start() -> Result<TlsProxy, String> {
    let arguments = Arguments::read(std::env::args().skip(1), FLAGS, &[])?;
    let flag = |name: &str| arguments.get(name).ok_or_else(|| format!("--{name} is needed"));
    let (host, port) = flag("upstream")?.rsplit_once(':').ok_or("--upstream needs HOST:PORT")?;
    let authority = flag("upstream-ca")?;
    let upstream = Upstream {
        host: host.to_owned(),
        port: port.parse().map_err(|_| format!("{port} is no port"))?,
        authority: std::fs::read_to_string(authority).map_err(|error| format!("{authority}: {error}"))?,
    };
    let certificate = Certificate::read(Path::new(flag("tls-cert")?), Path::new(flag("tls-key")?))?;
    let address = arguments.parsed("address", SocketAddr::from(([127, 0, 0, 1], 0)))?;
    TlsProxy::start(address, &certificate, upstream)
}
