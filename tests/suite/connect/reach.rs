//! Whether a server is reached at all, and how it is told what stands in the way.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use podid_doubles::http::{Answer, Handler, Request, Response, Server};
use podid_doubles::webhook::Certificate;
use serde_json::{Value, json};

use podid::cli::connection::ConnectionFlags;
use podid::collect::access::clients::{ConnectFailure, KubernetesClient, KubernetesError, TimeLimits};
use podid::collect::access::kubeconfig::{Connection, Surroundings};
use podid::error::Error;

/// A connection from flags and variables alone: no file of this machine is read.
pub fn resolve(flags: &ConnectionFlags, variables: &[(&str, &str)]) -> Result<Connection, Error> {
    let nowhere = Path::new("/nonexistent");
    let variables: BTreeMap<_, _> = variables.iter().copied().collect();
    let variable = |name: &str| variables.get(name).map(|value| (*value).to_owned());
    Connection::resolve_in(flags, &Surroundings { variable: &variable, home: None, pod_directory: nowhere })
}

/// A client of a played server.
pub fn client(server: &Server, limits: TimeLimits) -> KubernetesClient {
    let flags = ConnectionFlags { server: Some(format!("http://{}", server.address())), ..ConnectionFlags::default() };
    let client = resolve(&flags, &[]).unwrap().client(None).unwrap();
    KubernetesClient::new(client.inner().clone(), limits)
}

/// A host name with a label too long for any name server to be asked.
pub fn unresolvable() -> String {
    format!("{}.invalid", "a".repeat(64))
}

/// Answers with the headers that came.
struct Echo;

impl Handler for Echo {
    async fn answer(&self, request: Request) -> Answer {
        let headers: BTreeMap<_, Vec<_>> = request.headers.iter().fold(BTreeMap::new(), |mut all, (name, value)| {
            all.entry(name.clone()).or_insert_with(Vec::new).push(value.clone());
            all
        });
        Answer::Whole(Response::json(200, &json!({ "path": request.path, "headers": headers })))
    }
}

/// Starts a server with TLS and gives its certificate as a file.
fn secure(directory: &Path) -> (Server, String) {
    let certificate = Certificate::make().unwrap();
    let (file, key) = (directory.join("ca.crt"), directory.join("ca.key"));
    certificate.write(&file, &key).unwrap();
    let server =
        Server::start(([127, 0, 0, 1], 0).into(), Some(certificate.server().unwrap()), Arc::new(Echo)).unwrap();
    (server, file.to_str().unwrap().to_owned())
}

async fn failure(flags: &ConnectionFlags) -> ConnectFailure {
    let client = resolve(flags, &[]).unwrap().client(None).unwrap();
    match client.get::<Value>("/version").await.unwrap_err() {
        KubernetesError::Unreachable { failure, .. } => failure,
        other => panic!("{other:?}"),
    }
}

fn at(server: String) -> ConnectionFlags {
    ConnectionFlags { server: Some(server), ..ConnectionFlags::default() }
}

#[tokio::test]
async fn a_closed_port_refuses() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert_eq!(failure(&at(format!("https://{closed}"))).await, ConnectFailure::Refused);
}

#[tokio::test]
async fn a_name_without_address_is_not_resolved() {
    let server = format!("http://{}", unresolvable());
    assert_eq!(failure(&at(server)).await, ConnectFailure::NameNotResolved);
}

#[tokio::test]
async fn a_certificate_of_nobody_known_is_not_taken() {
    let files = tempfile::tempdir().unwrap();
    let (server, _) = secure(files.path());
    assert_eq!(failure(&at(format!("https://{}", server.address()))).await, ConnectFailure::UnknownIssuer);
}

#[tokio::test]
async fn a_certificate_for_another_name_is_not_taken() {
    let files = tempfile::tempdir().unwrap();
    let (server, ca) = secure(files.path());
    let flags = ConnectionFlags {
        certificate_authority: Some(ca.into()),
        tls_server_name: Some("other.example.com".into()),
        ..at(format!("https://{}", server.address()))
    };
    assert_eq!(failure(&flags).await, ConnectFailure::OtherName);
}

#[tokio::test]
async fn plain_http_behind_https_is_a_failure_of_tls() {
    let server = Server::start(([127, 0, 0, 1], 0).into(), None, Arc::new(Echo)).unwrap();
    assert_eq!(failure(&at(format!("https://{}", server.address()))).await, ConnectFailure::Tls);
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_as_what_fails() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let variables = [("HTTPS_PROXY", format!("http://{closed}"))];
    let variables = variables.each_ref().map(|(name, value)| (*name, value.as_str()));
    let client = resolve(&at("https://example.com".into()), &variables).unwrap().client(None).unwrap();
    let error = client.get::<Value>("/version").await.unwrap_err();
    assert!(matches!(error, KubernetesError::Unreachable { failure: ConnectFailure::Proxy, .. }), "{error:?}");
}

/// What a server with TLS hears, given flags beside its address and authority.
async fn heard(flags: ConnectionFlags) -> Value {
    let files = tempfile::tempdir().unwrap();
    let (server, ca) = secure(files.path());
    let flags = ConnectionFlags {
        server: Some(format!("https://{}/prefix", server.address())),
        certificate_authority: (flags.insecure_skip_tls_verify != Some(true)).then(|| ca.into()),
        ..flags
    };
    resolve(&flags, &[]).unwrap().client(None).unwrap().get("/version?x=y").await.unwrap()
}

#[tokio::test]
async fn token_and_impersonation_are_sent() {
    let heard = heard(ConnectionFlags {
        token: Some("t0ken".into()),
        impersonate: Some("jane".into()),
        impersonate_group: vec!["dev".into(), "ops".into()],
        impersonate_uid: Some("42".into()),
        ..ConnectionFlags::default()
    })
    .await;
    assert_eq!(heard["path"], "/prefix/version");
    let headers = &heard["headers"];
    assert_eq!(headers["authorization"], json!(["Bearer t0ken"]));
    assert_eq!(headers["impersonate-user"], json!(["jane"]));
    assert_eq!(headers["impersonate-group"], json!(["dev", "ops"]));
    assert_eq!(headers["impersonate-uid"], json!(["42"]));
}

#[tokio::test]
async fn an_unchecked_certificate_is_taken_if_asked() {
    let heard = heard(ConnectionFlags { insecure_skip_tls_verify: Some(true), ..ConnectionFlags::default() }).await;
    assert_eq!(heard["headers"]["authorization"], Value::Null);
}

#[tokio::test]
async fn no_token_is_sent_in_the_clear() {
    let server = Server::start(([127, 0, 0, 1], 0).into(), None, Arc::new(Echo)).unwrap();
    let flags = ConnectionFlags {
        token: Some("t0ken".into()),
        impersonate: Some("jane".into()),
        ..at(server.address().to_string())
    };
    let heard: Value = resolve(&flags, &[]).unwrap().client(None).unwrap().get("/version").await.unwrap();
    assert_eq!(heard["headers"]["authorization"], Value::Null);
    assert_eq!(heard["headers"]["impersonate-user"], json!(["jane"]));
}
