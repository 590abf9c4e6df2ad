//! The webhook's certificate: one made for it, or one from files.

use std::path::Path;
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A certificate and its key, in PEM.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate; it signs itself, so it is also what `caBundle` must hold.
    pub certificate: String,
    key: String,
}

impl Certificate {
    /// Makes a certificate for `127.0.0.1`, `::1` and `localhost`.
    pub fn make() -> Result<Certificate, String> {
        let names = ["127.0.0.1", "::1", "localhost"].map(str::to_owned);
        let make = || {
            let key = KeyPair::generate()?;
            let certificate = CertificateParams::new(names)?.self_signed(&key)?;
            Ok(Certificate { certificate: certificate.pem(), key: key.serialize_pem() })
        };
        make().map_err(|error: rcgen::Error| error.to_string())
    }

    /// Reads both from files.
    pub fn read(certificate: &Path, key: &Path) -> Result<Certificate, String> {
        let read = |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
        Ok(Certificate { certificate: read(certificate)?, key: read(key)? })
    }

    /// Writes both to files, so that a webhook configuration can be made and the next start finds them.
    pub fn write(&self, certificate: &Path, key: &Path) -> Result<(), String> {
        let write =
            |path: &Path, pem: &str| std::fs::write(path, pem).map_err(|error| format!("{}: {error}", path.display()));
        write(certificate, &self.certificate)?;
        write(key, &self.key)
    }

    /// Makes the server's side of TLS.
    pub fn server(&self) -> Result<Arc<ServerConfig>, String> {
        let chain = certificates(&self.certificate)?;
        let key = PrivateKeyDer::from_pem_slice(self.key.as_bytes()).map_err(|error| error.to_string())?;
        let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().map_err(|error| error.to_string())?;
        let config = builder.with_no_client_auth().with_single_cert(chain, key);
        config.map(Arc::new).map_err(|error| error.to_string())
    }
}

/// Reads all certificates of a PEM text.
pub fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<_, _>>().map_err(|error| error.to_string())
}
