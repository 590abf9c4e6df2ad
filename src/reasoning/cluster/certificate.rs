//! Certificates compared as certificates, not as text.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Takes the certificates out of PEM text, as DER bytes; anything between or around them is left out.
pub fn certificates(pem: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = pem;
    while let Some(start) = rest.find("-----BEGIN CERTIFICATE-----") {
        let body = &rest[start + "-----BEGIN CERTIFICATE-----".len()..];
        let Some(end) = body.find("-----END CERTIFICATE-----") else { break };
        let text: String = body[..end].chars().filter(|character| !character.is_whitespace()).collect();
        if let Ok(der) = STANDARD.decode(text) {
            found.push(der);
        }
        rest = &body[end..];
    }
    found
}

/// Takes the certificates out of PEM text that stands in base64, as EKS and kubeconfig give it.
pub fn certificates_in_base64(data: &str) -> Vec<Vec<u8>> {
    STANDARD
        .decode(data.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map_or_else(Vec::new, |pem| certificates(&pem))
}

/// Whether two bundles share a certificate; `None` if one of them has none that can be read.
///
/// While a certificate authority is rotated one side may already list two.
pub fn share_a_certificate(one: &[Vec<u8>], other: &[Vec<u8>]) -> Option<bool> {
    (!one.is_empty() && !other.is_empty()).then(|| one.iter().any(|certificate| other.contains(certificate)))
}
