//! The proxy shows its own certificate, and what is behind it answers.

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
fn ask(server: SocketAddr, trusted: &Certificate) -> Result<Value, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kubeconfig");
    let config = json!({
        "current-context": "c",
        "contexts": [{"name": "c", "context": {"cluster": "c", "user": "c"}}],
        "clusters": [{"name": "c", "cluster": {
            "server": format!("https://{server}"), "certificate-authority-data": STANDARD.encode(&trusted.certificate),
        }}],
        "users": [{"name": "c", "user": {"token": "t"}}],
    });
    std::fs::write(&path, config.to_string()).expect("written");
    let client = Kubernetes::from_kubeconfig(&path).expect("a good kubeconfig");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(client.get("/version"))
}

#[test]
fn the_proxy_has_its_own_certificate_and_carries_what_is_said() {
    let (own, behind) = (Certificate::make().expect("made"), Certificate::make().expect("made"));
    let server =
        Server::start(ANY, Some(behind.server().expect("a configuration")), Arc::new(Echo)).expect("a free port");
    let upstream =
        Upstream { host: "127.0.0.1".into(), port: server.address().port(), authority: behind.certificate.clone() };
    let proxy = TlsProxy::start(ANY, &own, upstream).expect("a free port");

    assert_eq!(ask(proxy.address(), &own), Ok(json!({ "path": "/version", "token": "Bearer t" })));
    assert!(ask(proxy.address(), &behind).is_err_and(|error| error.contains("certificate")));
}

#[test]
fn the_proxy_trusts_only_the_server_it_was_told() {
    let (own, behind) = (Certificate::make().expect("made"), Certificate::make().expect("made"));
    let server =
        Server::start(ANY, Some(behind.server().expect("a configuration")), Arc::new(Echo)).expect("a free port");
    let upstream =
        Upstream { host: "127.0.0.1".into(), port: server.address().port(), authority: own.certificate.clone() };
    let proxy = TlsProxy::start(ANY, &own, upstream).expect("a free port");
    assert!(ask(proxy.address(), &own).is_err());
}
