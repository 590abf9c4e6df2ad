//! A client that asks one thing on one connection, and shows what came back to the byte.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

/// A whole answer.
#[derive(Debug, PartialEq)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Reply {
    pub fn json(&self) -> Result<Value, serde_json::Error> {
        serde_json::from_str(&self.body)
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A request, as it goes over the wire.
pub struct Ask<'a> {
    pub method: &'a str,
    pub target: &'a str,
    pub headers: &'a [(&'a str, &'a str)],
    pub body: &'a str,
}

impl Ask<'_> {
    /// Asks in plain HTTP; gives up after ten seconds.
    pub fn plain(&self, address: &str) -> io::Result<Reply> {
        self.over(connect(address)?)
    }

    /// Asks over TLS, trusting one certificate.
    pub fn secure(&self, address: &str, certificate: &str) -> io::Result<Reply> {
        let mut roots = RootCertStore::empty();
        let trusted = CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(io::Error::other)?;
        roots.add(trusted).map_err(io::Error::other)?;
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
        let config = builder.with_root_certificates(roots).with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").map_err(io::Error::other)?;
        let session = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
        self.over(StreamOwned::new(session, connect(address)?))
    }

    fn over(&self, mut stream: impl Read + Write) -> io::Result<Reply> {
        let mut text = format!("{} {} HTTP/1.1\r\nconnection: close\r\n", self.method, self.target);
        if !self.headers.iter().any(|(name, _)| *name == "host") {
            text.push_str("host: double\r\n");
        }
        for (name, value) in self.headers {
            text.push_str(&[name, ": ", value, "\r\n"].concat());
        }
        write!(stream, "{text}content-length: {}\r\n\r\n{}", self.body.len(), self.body)?;
        let mut bytes = Vec::new();
        match stream.read_to_end(&mut bytes) {
            // The played servers close without TLS's goodbye; the length below says whether all is there.
            Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => return Err(error),
            _ => {}
        }
        reply(&String::from_utf8_lossy(&bytes))
    }
}

fn connect(address: &str) -> io::Result<TcpStream> {
    let address: SocketAddr = address.parse().map_err(io::Error::other)?;
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(stream)
}

fn reply(text: &str) -> io::Result<Reply> {
    let (head, body) = text.split_once("\r\n\r\n").ok_or(io::ErrorKind::UnexpectedEof)?;
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers: Vec<_> = lines.filter_map(|line| line.split_once(": ")).collect();
    let length = headers.iter().find(|(name, _)| *name == "content-length").and_then(|(_, value)| value.parse().ok());
    if length != Some(body.len()) {
        return Err(io::Error::new(io::ErrorKind::UnexpectedEof, format!("{} bytes came", body.len())));
    }
    Ok(Reply {
        status: status.ok_or(io::ErrorKind::InvalidData)?,
        headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        body: body.to_owned(),
    })
}
