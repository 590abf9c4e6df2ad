//! The proxy shows its own certificate, and what is behind it answers.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use podid_doubles::http::{Answer, Handler, Request, Response, Server};
use podid_doubles::tls_proxy::{TlsProxy, Upstream};
use podid_doubles::webhook::{Certificate, Kubernetes};
use serde_json::{Value, json};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

struct Echo;

impl Handler for Echo {
    async fn answer(&self, request: Request) -> Answer {
        Answer::Whole(Response::json(200, &json!({ "path": request.path, "token": request.header("authorization") })))
    }
}

/// Asks a server, as a client that trusts only this certificate.
fn ask(server: SocketAddr, trusted: &Certificate) -> Result<Value, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("kubeconfig");
    let config = json!({
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "clusters": [{"name": "c", "cluster": {
            "server": format!("https://{server}"), "certificate-authority-data": STANDARD.encode(&trusted.certificate),
        }}],
        "users": [{"name": "c", "user": {"token": "t"}}],
    });
    std::fs::write(&path, config.to_string())?;
    let client = Kubernetes::from_kubeconfig(&path)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    Ok(runtime.block_on(client.get("/version"))?)
}

/// Starts a server with this certificate.
fn server(certificate: &Certificate) -> Result<Server, Box<dyn Error>> {
    Ok(Server::start(ANY, Some(certificate.server()?), Arc::new(Echo))?)
}

/// Starts a proxy before the server, which it takes for the owner of this certificate.
fn proxy(own: &Certificate, server: &Server, trusted: &Certificate) -> Result<TlsProxy, String> {
    let (host, port) = ("127.0.0.1".to_owned(), server.address().port());
    TlsProxy::start(ANY, own, Upstream { host, port, authority: trusted.certificate.clone() })
}

#[test]
fn the_proxy_has_its_own_certificate_and_carries_what_is_said() -> Result<(), Box<dyn Error>> {
    let (own, behind) = (Certificate::make()?, Certificate::make()?);
    let server = server(&behind)?;
    let proxy = proxy(&own, &server, &behind)?;
    assert_eq!(ask(proxy.address(), &own)?, json!({ "path": "/version", "token": "Bearer t" }));
    assert!(ask(proxy.address(), &behind).is_err_and(|error| error.to_string().contains("certificate")));
    Ok(())
}

#[test]
fn the_proxy_trusts_only_the_server_it_was_told() -> Result<(), Box<dyn Error>> {
    let (own, behind) = (Certificate::make()?, Certificate::make()?);
    let server = server(&behind)?;
    let proxy = proxy(&own, &server, &own)?;
    assert!(ask(proxy.address(), &own).is_err());
    Ok(())
}
