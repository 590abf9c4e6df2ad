//! The processes that can be seen from a container, and the ports they listen on.
//!
//! An entrypoint may take away what the specification gave. `/proc/ID/environ` shows what a process was started with,
//! to processes of the same user.

use std::collections::HashSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::os::unix::ffi::OsStringExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use ureq::tls::{PemItem, RootCerts, parse_pem};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport};

use super::control_group;
use super::run::value;
use super::sdks::Program;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{OWN_PORTS, SeenProcess};
use crate::evidence::kubernetes::environment::is_relevant;

/// How many processes are told.
const MOST_PROCESSES: usize = 16;
/// The largest environment that is read, in bytes.
const BYTES: u64 = 1024 * 1024;

/// The user of this very process.
pub(super) fn own_user() -> u32 {
    fs::metadata("/proc/self").map_or(0, |metadata| metadata.uid())
}

/// The processes of the container, the main one first.
///
/// In the container itself they are those of the probe's own control group; beside it, those of the group that is named after
/// the container's id. So it does not matter whether the pod's containers share their processes.
pub(super) fn of_container(container: Option<&str>) -> Vec<SeenProcess> {
    let own = own_line();
    let mut ids: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|id| !own.contains(id) && belongs(*id, container))
        .collect();
    ids.sort_unstable();
    ids.into_iter().filter_map(seen).take(MOST_PROCESSES).collect()
}

/// Where the files of the container are, and what is mounted among them, as the container sees it.
///
/// In the container itself they are at the root; beside it, where its main process has them.
pub(super) fn files_of_container(processes: &[SeenProcess], is_beside: bool) -> Option<(PathBuf, HashSet<PathBuf>)> {
    let (root, process) = match (is_beside, processes.first()) {
        (false, _) => (PathBuf::from("/"), "self".to_owned()),
        (true, Some(main)) => (PathBuf::from(format!("/proc/{}/root", main.id)), main.id.to_string()),
        (true, None) => return None,
    };
    Some((root, mounts(&fs::read_to_string(format!("/proc/{process}/mountinfo")).ok()?)))
}

/// The mount points in a `mountinfo` (proc_pid_mountinfo(5)): the fifth field, with spaces and the like in octal digits.
fn mounts(text: &str) -> HashSet<PathBuf> {
    let point = |line: &str| line.split(' ').nth(4).map(|field| PathBuf::from(OsString::from_vec(unescaped(field))));
    text.lines().filter_map(point).collect()
}

fn unescaped(field: &str) -> Vec<u8> {
    let mut parts = field.split('\\');
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..3).and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[3..]);
            }
            None => bytes.extend_from_slice(part.as_bytes()),
        }
    }
    bytes
}

/// How many programs are looked into.
const MOST_PROGRAMS: usize = 4;

/// The programs that processes run, each once.
pub(super) fn programs(processes: &[SeenProcess]) -> Vec<Program> {
    let mut found: Vec<Program> = Vec::new();
    for process in processes {
        let file = PathBuf::from(format!("/proc/{}/exe", process.id));
        let Ok(path) = fs::read_link(&file) else { continue };
        if found.len() < MOST_PROGRAMS && found.iter().all(|known| known.path != path) {
            found.push(Program { file, path });
        }
    }
    found
}

/// The probe and those that started it, which are no processes of the container: its ancestors below the first process.
fn own_line() -> Vec<u32> {
    let mut line = vec![std::process::id()];
    while let Some(parent) = line.last().and_then(|id| status(*id, "PPid:")).filter(|parent| *parent > 1) {
        line.push(parent);
    }
    line
}

fn belongs(id: u32, container: Option<&str>) -> bool {
    let groups = groups(&id.to_string());
    match container {
        Some(container) => control_group::is_in(&groups, container),
        None => control_group::is_beside(&groups, &self::groups("self")),
    }
}

fn groups(process: &str) -> String {
    fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap_or_default()
}

fn seen(id: u32) -> Option<SeenProcess> {
    let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    Some(SeenProcess {
        id,
        parent: status(id, "PPid:").unwrap_or_default(),
        name: ForeignText::new(name.trim_end()),
        user: status(id, "Uid:"),
        variables: variables(id),
    })
}

/// The first number of a line of `/proc/ID/status`.
fn status(id: u32, field: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}

fn variables(id: u32) -> Option<Vec<ForeignText>> {
    let mut bytes = Vec::new();
    File::open(format!("/proc/{id}/environ")).ok()?.take(BYTES).read_to_end(&mut bytes).ok()?;
    let entries = bytes.split(|byte| *byte == 0).filter_map(|entry| entry.split(|byte| *byte == b'=').next());
    let mut names: Vec<_> = entries.map(String::from_utf8_lossy).filter(|name| is_relevant(name)).collect();
    names.sort();
    names.dedup();
    names.truncate(64);
    Some(names.iter().map(|name| ForeignText::new(name)).collect())
}

/// Connects from the first port that is free; from any port, where none can be had.
fn connect(address: SocketAddr, patience: Duration) -> Result<TcpStream, Error> {
    for port in OWN_PORTS {
        let Ok(socket) = bound(address, port) else { continue };
        match socket.connect_timeout(&address.into(), patience) {
            // A connection that has just ended still has the port.
            Err(error) if matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::AddrNotAvailable) => {}
            Err(error) => return Err(error),
            Ok(()) => return Ok(socket.into()),
        }
    }
    TcpStream::connect_timeout(&address, patience)
}

fn bound(address: SocketAddr, port: u16) -> Result<Socket, Error> {
    let any = match address {
        SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.bind(&SocketAddr::new(any, port).into())?;
    Ok(socket)
}

/// Opens such connections for the HTTP client.
#[derive(Debug)]
pub(super) struct FromOwnPort;

impl Connector for FromOwnPort {
    type Out = Wire;

    fn connect(&self, details: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Wire>, ureq::Error> {
        let Some(address) = details.addrs.first() else { return Err(ureq::Error::HostNotFound) };
        let patience = details.timeout.not_zero().map_or(Duration::MAX, |left| *left);
        let stream = connect(*address, patience)?;
        let config = details.config;
        let buffers = LazyBuffers::new(config.input_buffer_size(), config.output_buffer_size());
        Ok(Some(Wire { stream, buffers }))
    }
}

/// One connection, for one request.
#[derive(Debug)]
pub(super) struct Wire {
    stream: TcpStream,
    buffers: LazyBuffers,
}

impl Transport for Wire {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.stream.set_write_timeout(timeout.not_zero().map(|left| *left))?;
        Ok(self.stream.write_all(&self.buffers.output()[..amount])?)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.stream.set_read_timeout(timeout.not_zero().map(|left| *left))?;
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        false
    }
}

/// The largest bundle that is read, in bytes.
const LARGEST_BUNDLE: u64 = 4 * 1024 * 1024;
/// Variables that name a bundle, as the SDKs read them.
const VARIABLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];
/// Where images keep theirs.
const PLACES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// The sets of authorities to try, one after the other.
pub(super) fn all() -> Vec<RootCerts> {
    if let Some(bundle) = VARIABLES.into_iter().find_map(value) {
        return vec![read(&bundle).unwrap_or(RootCerts::WebPki)];
    }
    [RootCerts::WebPki].into_iter().chain(PLACES.into_iter().find_map(read)).collect()
}

fn read(path: &str) -> Option<RootCerts> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LARGEST_BUNDLE).read_to_end(&mut bytes).ok()?;
    let certificates: Vec<_> = parse_pem(&bytes)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    (!certificates.is_empty()).then(|| RootCerts::from(certificates))
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{SocketAddr, TcpListener};
    use std::time::Duration;

    use super::connect;
    use crate::evidence::asked::probe::OWN_PORTS;

    const PATIENCE: Duration = Duration::from_secs(5);

    /// A server on loopback, and where it is.
    fn server() -> Result<(TcpListener, SocketAddr), std::io::Error> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        Ok((listener, address))
    }

    #[test]
    fn each_connection_has_a_port_of_the_probe() -> Result<(), std::io::Error> {
        let (listener, address) = server()?;
        // Who hangs up first keeps the port for a while: the next one takes another.
        for _ in 0..3 {
            let stream = connect(address, PATIENCE)?;
            let (_, from) = listener.accept()?;
            assert!(OWN_PORTS.contains(&from.port()), "{from}");
            drop(stream);
        }
        Ok(())
    }

    #[test]
    fn where_no_port_is_free_any_will_do() -> Result<(), std::io::Error> {
        let (listener, address) = server()?;
        let all: Result<Vec<_>, _> = OWN_PORTS.map(|_| connect(address, PATIENCE)).collect();
        let kept = all?;
        let one_more = connect(address, PATIENCE)?;
        assert!(!OWN_PORTS.contains(&one_more.local_addr()?.port()));
        drop((kept, listener));
        Ok(())
    }

    #[test]
    fn a_request_goes_over_it() -> Result<(), Box<dyn std::error::Error>> {
        let (listener, address) = server()?;
        let answers = std::thread::spawn(move || -> Result<(String, SocketAddr), std::io::Error> {
            let (mut stream, from) = listener.accept()?;
            let mut request = [0; 4096];
            let length = stream.read(&mut request)?;
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")?;
            Ok((String::from_utf8_lossy(&request[..length]).into_owned(), from))
        });
        let client = crate::probe::http::client_of_agent(PATIENCE);
        let mut answer = client.get(format!("http://{address}/v1/credentials")).call()?;
        assert_eq!(answer.body_mut().read_to_string()?, "hi");
        let (request, from) = answers.join().map_err(|_| "the server ended")??;
        assert!(request.starts_with("GET /v1/credentials HTTP/1.1") && OWN_PORTS.contains(&from.port()), "{from}");
        let silent = TcpListener::bind("127.0.0.1:0")?;
        let client = crate::probe::http::client_of_agent(Duration::from_millis(200));
        let failed = client.get(format!("http://{}/", silent.local_addr()?)).call();
        let failure = failed.err().map(|error| crate::probe::http::of_http(&error));
        assert_eq!(failure.map(|failure| failure.kind), Some(crate::evidence::asked::probe::FailureKind::TimedOut));
        Ok(())
    }
}
