//! The webhook's own way to the API server: one GET at a time, as a kubeconfig file says.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt, Empty};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

use super::certificate::certificates;

/// An API server and the credentials for it.
pub struct Kubernetes {
    host: String,
    port: u16,
    token: Option<String>,
    tls: Arc<ClientConfig>,
}

impl std::fmt::Debug for Kubernetes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Kubernetes({}:{})", self.host, self.port)
    }
}

impl Kubernetes {
    /// Reads the current context of a kubeconfig file: an `https` server, its certificate authority, and a token or a
    /// client certificate.
    pub fn from_kubeconfig(path: &Path) -> Result<Kubernetes, String> {
        let text = std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let config: Value = serde_saphyr::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
        let context = entry(&config, "contexts", config["current-context"].as_str().unwrap_or_default(), "context")?;
        let cluster = entry(&config, "clusters", context["cluster"].as_str().unwrap_or_default(), "cluster")?;
        let user = entry(&config, "users", context["user"].as_str().unwrap_or_default(), "user")?;
        let server = cluster["server"].as_str().unwrap_or_default();
        let authority = server.strip_prefix("https://").ok_or("the server must begin with https://")?;
        let authority = authority.split('/').next().unwrap_or(authority);
        let (host, port) = authority.rsplit_once(':').unwrap_or((authority, "443"));
        Ok(Kubernetes {
            host: host.trim_matches(['[', ']']).to_owned(),
            port: port.parse().map_err(|_| format!("{port} is no port"))?,
            token: user["token"].as_str().map(str::to_owned),
            tls: Arc::new(client(cluster, user, path.parent().unwrap_or(Path::new("")))?),
        })
    }

    /// Gets an object. Fails with words on anything but 200 and JSON.
    pub async fn get(&self, path: &str) -> Result<Value, String> {
        self.ask(path).await.map_err(|error| error.to_string())
    }

    async fn ask(&self, path: &str) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        let name = ServerName::try_from(self.host.clone())?;
        let stream = TlsConnector::from(Arc::clone(&self.tls)).connect(name, stream).await?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let talk = tokio::spawn(connection);
        let mut request = hyper::Request::get(path).header("host", &self.host).header("accept", "application/json");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = sender.send_request(request.body(Empty::<Bytes>::new())?).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        talk.abort();
        if status != 200 {
            return Err(format!("{path}: {status}").into());
        }
        Ok(serde_json::from_slice(&body)?)
    }
}

fn entry<'a>(config: &'a Value, list: &str, name: &str, member: &str) -> Result<&'a Value, String> {
    let entries = config[list].as_array().into_iter().flatten();
    let found = entries.into_iter().find(|entry| entry["name"].as_str() == Some(name));
    found.and_then(|entry| entry.get(member)).ok_or_else(|| format!("kubeconfig: {list} has no {name:?}"))
}

/// Gives what `NAME-data` holds, or the file that `NAME` names, seen from the kubeconfig file's folder.
fn material(section: &Value, name: &str, folder: &Path) -> Result<Option<String>, String> {
    if let Some(data) = section[format!("{name}-data")].as_str() {
        let bytes = STANDARD.decode(data).map_err(|error| format!("{name}-data: {error}"))?;
        return String::from_utf8(bytes).map(Some).map_err(|error| format!("{name}-data: {error}"));
    }
    let read = |path: &str| std::fs::read_to_string(folder.join(path)).map_err(|error| format!("{path}: {error}"));
    section[name].as_str().map(read).transpose()
}

fn client(cluster: &Value, user: &Value, folder: &Path) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&material(cluster, "certificate-authority", folder)?.unwrap_or_default())? {
        roots.add(certificate).map_err(|error| error.to_string())?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
    let builder = builder.with_root_certificates(roots);
    match (material(user, "client-certificate", folder)?, material(user, "client-key", folder)?) {
        (Some(certificate), Some(key)) => {
            let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).map_err(|error| error.to_string())?;
            builder.with_client_auth_cert(certificates(&certificate)?, key).map_err(|error| error.to_string())
        }
        _ => Ok(builder.with_no_client_auth()),
    }
}
