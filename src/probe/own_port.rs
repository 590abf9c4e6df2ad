//! A connection from a port of the probe's own, so that the agent's log tells its request from those of programs.

use std::io::{Error, ErrorKind, Read as _, Write as _};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport};

use crate::evidence::asked::probe::OWN_PORTS;

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
        let failure = failed.err().map(|error| crate::probe::failure::of_http(&error));
        assert_eq!(failure.map(|failure| failure.kind), Some(crate::evidence::asked::probe::FailureKind::TimedOut));
        Ok(())
    }
}
