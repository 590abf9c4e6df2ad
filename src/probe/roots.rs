//! Which authorities the container trusts: its own bundle where a variable names one, else those that this program brings,
//! else the ones of the image.

use std::fs::File;
use std::io::Read as _;

use ureq::tls::{PemItem, RootCerts, parse_pem};

use super::environment::value;

/// The largest bundle that is read, in bytes.
const LIMIT: u64 = 4 * 1024 * 1024;
/// Variables that name a bundle, as the SDKs read them.
const VARIABLES: [&str; 2] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE"];
/// Where images keep theirs.
const PLACES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

/// The sets of authorities to try, one after the other.
pub(super) fn all() -> Vec<RootCerts> {
    if let Some(bundle) = VARIABLES.into_iter().find_map(value) {
        return vec![read(&bundle).unwrap_or(RootCerts::WebPki)];
    }
    [RootCerts::WebPki].into_iter().chain(PLACES.into_iter().find_map(read)).collect()
}

fn read(path: &str) -> Option<RootCerts> {
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(LIMIT).read_to_end(&mut bytes).ok()?;
    let certificates: Vec<_> = parse_pem(&bytes)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    (!certificates.is_empty()).then(|| RootCerts::from(certificates))
}
