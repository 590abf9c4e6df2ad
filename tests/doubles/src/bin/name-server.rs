//! The played name server as a process: `name-server --address 10.0.0.2:53 --hosts FILE`.

#![expect(clippy::print_stderr, reason = "a program talks to the one who started it")]

use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;

use podid_doubles::arguments::Arguments;
use podid_doubles::name_server::NameServer;

fn main() -> ExitCode {
    let Err(message) = serve();
    eprintln!("name-server: {message}");
    ExitCode::from(2)
}

fn serve() -> Result<std::convert::Infallible, String> {
    let arguments = Arguments::read(std::env::args().skip(1), &["address", "hosts"], &[])?;
    let hosts = arguments.get("hosts").ok_or("--hosts is needed")?;
    let address: SocketAddr = arguments.parsed("address", SocketAddr::from(([127, 0, 0, 1], 53)))?;
    let server = NameServer::bind(address, Path::new(hosts)).map_err(|error| format!("{address}: {error}"))?;
    Err(server.serve().err().map_or_else(|| "ended".to_owned(), |error| error.to_string()))
}
