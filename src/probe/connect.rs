//! The connection to the agent, by itself: whether anything answers at its address, and how soon.

use std::net::{IpAddr, SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use super::failure;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{Connection, Failure, FailureKind};

/// Where an SDK sends a token over plain HTTP: loopback, the address of ECS, and the two of EKS.
const ALLOWED: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];

/// The address and port of an `http` URI, if it is one that an SDK would send a token to.
fn place(uri: &str) -> Option<SocketAddr> {
    let rest = uri.strip_prefix("http://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            (host, port.strip_prefix(':'))
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let host = if host == "localhost" { "127.0.0.1" } else { host };
    let address: IpAddr = host.parse().ok()?;
    let allowed = address.is_loopback() || ALLOWED.iter().any(|one| one.parse() == Ok(address));
    allowed.then_some(SocketAddr::new(address, port.map_or(Some(80), |port| port.parse().ok())?))
}

/// Connects once, and hangs up.
pub(super) fn to(uri: &str, patience: Duration) -> Connection {
    let Some(address) = place(uri) else {
        let text = ForeignText::new("no SDK sends a token to this address");
        let failure = Some(Failure { kind: FailureKind::NotAllowed, text });
        return Connection { failure, ..Connection::default() };
    };
    let begin = Instant::now();
    let connected = TcpStream::connect_timeout(&address, patience.max(Duration::from_millis(1)));
    Connection {
        address: ForeignText::new(&address.to_string()),
        took_ms: u64::try_from(begin.elapsed().as_millis()).unwrap_or(u64::MAX),
        failure: connected.err().map(|error| failure::of_io(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_token_is_sent_where_sdks_send_it_and_nowhere_else() {
        for (uri, expected) in [
            ("http://169.254.170.23/v1/credentials", Some("169.254.170.23:80")),
            ("http://[fd00:ec2::23]/v1/credentials", Some("[fd00:ec2::23]:80")),
            ("http://127.0.0.1:4711/v1/credentials", Some("127.0.0.1:4711")),
            ("http://localhost/", Some("127.0.0.1:80")),
            ("http://169.254.169.254/latest", None),
            ("http://10.0.0.1/v1/credentials", None),
            ("http://169.254.170.23@evil.example/v1/credentials", None),
            ("http://169.254.170.23:x/", None),
            ("https://evil.example/", None),
            ("", None),
        ] {
            assert_eq!(place(uri).map(|place| place.to_string()).as_deref(), expected, "{uri}");
        }
    }
}
