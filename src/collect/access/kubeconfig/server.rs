//! The server's address and the authorities that may have signed its certificate.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::config::Cluster;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::collect::access::bounded;
use crate::error::Error;

/// Reads a server's address. Without a scheme it is plain HTTP, as for kubectl.
pub fn address(text: &str) -> Result<Uri, Error> {
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let uri: Option<Uri> = full.parse().ok();
    uri.filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
    .ok_or_else(|| {
        Error::usage(format!("the API server's address is no URL: found {text:?}"))
            .hint("check the server of the cluster entry, or --server")
    })
}

/// Reads the authorities of a cluster, each as DER; none means the system's.
pub fn authorities(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let broken = |what: String| {
        Error::usage(format!("the certificate authority of the API server cannot be used: {what}"))
            .hint("check certificate-authority of the cluster entry, or --certificate-authority")
    };
    let Some(pem) = pem(cluster).map_err(broken)? else { return Ok(None) };
    if cluster.insecure_skip_tls_verify == Some(true) {
        return Err(Error::usage("a certificate authority is given, and the certificate is not to be checked")
            .hint("leave out one of certificate-authority and insecure-skip-tls-verify"));
    }
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| broken(format!("it is no PEM ({error})")))?;
    if certificates.is_empty() {
        return Err(broken("it holds no certificate".to_owned()));
    }
    Ok(Some(certificates.into_iter().map(|certificate| certificate.to_vec()).collect()))
}

fn pem(cluster: &Cluster) -> Result<Option<Vec<u8>>, String> {
    if let Some(data) = cluster.certificate_authority_data.as_deref().filter(|data| !data.is_empty()) {
        let data: String = data.split_whitespace().collect();
        return STANDARD.decode(data).map(Some).map_err(|error| format!("its data is no base64 ({error})"));
    }
    match cluster.certificate_authority.as_deref().filter(|path| !path.is_empty()) {
        None => Ok(None),
        Some(path) => bounded::read(Path::new(path)).map(Some).map_err(|error| format!("{path} ({error})")),
    }
}
