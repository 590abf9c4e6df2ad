//! The HTTP client of the AWS clients, and the one for instance metadata.
//!
//! A laptop without credentials must get its answer at once: elsewhere the address is routed to nowhere, and each
//! question is a time-out.

use std::fs;
use std::path::Path;
use std::time::Duration;

use aws_config::imds;
use aws_config::provider_config::ProviderConfig;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::collect::access::bounded;
use crate::error::Error;

/// Makes the client. A bundle replaces the system's authorities, as `AWS_CA_BUNDLE` does for the AWS CLI.
pub(super) fn client(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, Error> {
    let trust = match ca_bundle {
        Some(path) => TrustStore::empty().with_pem_certificate(read_bundle(path)?),
        None => TrustStore::default(),
    };
    let context = TlsContext::builder().with_trust_store(trust).build();
    let context = context.map_err(|error| Error::usage(format!("no TLS for AWS calls: {error}")))?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder().proxy_config(ProxyConfig::from_env());
        let Some(settings) = settings else {
            // A check that a connector can be made, once for each service; it is thrown away, so it need not
            // parse the system's certificates again.
            return connector.build_http();
        };
        connector.set_connector_settings(Some(settings.clone()));
        connector.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        connector.tls_provider(Provider::rustls(CryptoMode::Ring)).tls_context(context.clone()).build()
    }))
}

/// Reads a bundle and makes sure of each certificate in it: the client would panic on a broken one.
fn read_bundle(path: &Path) -> Result<Vec<u8>, Error> {
    let broken = |reason: String| {
        Error::usage(format!("the CA bundle for AWS cannot be used: {} {reason}", path.display()))
            .hint("AWS_CA_BUNDLE names a file of PEM certificates")
    };
    let pem = bounded::read(path).map_err(|error| broken(format!("cannot be read: {error}")))?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| broken(format!("is no PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(broken("holds no certificate".to_owned()));
    }
    let mut store = RootCertStore::empty();
    for certificate in certificates {
        store.add(certificate).map_err(|error| broken(format!("holds a broken certificate: {error}")))?;
    }
    Ok(pem)
}

/// The longest the metadata service may take to answer.
const LIMIT: Duration = Duration::from_secs(1);

/// A client of the metadata service, or none where there is no such service.
pub(super) fn metadata_client(config: &ProviderConfig) -> Option<imds::Client> {
    let pointed_to = std::env::var_os("AWS_EC2_METADATA_SERVICE_ENDPOINT").is_some();
    if !pointed_to && is_ec2(|path| fs::read_to_string(path).ok()) == Some(false) {
        return None;
    }
    let client = imds::Client::builder().configure(config).max_attempts(1);
    Some(client.connect_timeout(LIMIT).read_timeout(LIMIT).operation_timeout(LIMIT).build())
}

/// Whether the firmware says that this is an EC2 instance; none where it says nothing (only Linux can be read so).
///
/// Nitro instances have `Amazon EC2` as vendor; Xen ones a BIOS version with `amazon` and a hypervisor id that begins
/// with `ec2`.
pub fn is_ec2(read: impl Fn(&str) -> Option<String>) -> Option<bool> {
    let vendor = read("/sys/class/dmi/id/sys_vendor");
    let bios = read("/sys/class/dmi/id/bios_version");
    let hypervisor = read("/sys/hypervisor/uuid");
    if vendor.is_none() && bios.is_none() && hypervisor.is_none() {
        return None;
    }
    let has = |text: &Option<String>, part: &str| text.as_ref().is_some_and(|text| text.to_lowercase().contains(part));
    let id = hypervisor.is_some_and(|uuid| uuid.to_lowercase().starts_with("ec2"));
    Some(has(&vendor, "amazon ec2") || has(&bios, "amazon") || id)
}
