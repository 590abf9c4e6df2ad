//! A proxy that ends TLS with a certificate of its own and begins it anew to the server behind it, as some companies have
//! before every server, the Kubernetes API's included.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use tokio_rustls::{TlsAcceptor, TlsConnector};

use crate::webhook::{Certificate, certificates};

/// The server behind the proxy.
#[derive(Debug, Clone)]
pub struct Upstream {
    /// Its name, which its certificate must have.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The certificate authority it is trusted by, in PEM.
    pub authority: String,
}

/// The proxy, in a thread of its own; it ends when this is dropped.
#[derive(Debug)]
pub struct TlsProxy {
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl TlsProxy {
    /// Starts to listen on an address (port 0: any free one) with this certificate. Fails with words.
    pub fn start(address: SocketAddr, certificate: &Certificate, upstream: Upstream) -> Result<TlsProxy, String> {
        let acceptor = TlsAcceptor::from(certificate.server()?);
        let connector = TlsConnector::from(Arc::new(client(&upstream.authority)?));
        let (address, listener, runtime) = listen(address).map_err(|error| format!("{address}: {error}"))?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            runtime.block_on(async {
                let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
                tokio::select! {
                    () = serve(listener, acceptor, connector, upstream) => {}
                    _ = stopped => {}
                }
            });
        });
        Ok(TlsProxy { address, stop: Some(stop), thread: Some(thread) })
    }

    /// Gives the address it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until the proxy ends, which it does not do by itself.
    pub fn wait(mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

impl Drop for TlsProxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}

fn listen(address: SocketAddr) -> io::Result<(SocketAddr, TcpListener, tokio::runtime::Runtime)> {
    let listener = TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok((listener.local_addr()?, listener, runtime))
}

async fn serve(listener: tokio::net::TcpListener, acceptor: TlsAcceptor, connector: TlsConnector, upstream: Upstream) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let (acceptor, connector, upstream) = (acceptor.clone(), connector.clone(), upstream.clone());
        tokio::spawn(async move {
            // An error is a client that does not trust this certificate, or a server that cannot be reached: it sees the end
            // of its connection.
            carry(stream, acceptor, connector, upstream).await.ok();
        });
    }
}

async fn carry(
    stream: TcpStream,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
    upstream: Upstream,
) -> io::Result<()> {
    let mut client = acceptor.accept(stream).await?;
    let name = ServerName::try_from(upstream.host.clone()).map_err(io::Error::other)?;
    let stream = TcpStream::connect((upstream.host, upstream.port)).await?;
    let mut server = connector.connect(name, stream).await?;
    tokio::io::copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

fn client(authority: &str) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(authority)? {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
