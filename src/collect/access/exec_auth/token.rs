//! Signs an EKS token: the URL of a `GetCallerIdentity` request that the cluster sends to STS in the caller's name.

use std::fmt::Write;
use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SignatureLocation, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use secrecy::SecretString;

use super::sts_endpoint::StsEndpoint;

/// What an EKS cluster takes for a bearer token.
#[derive(Debug, Clone)]
pub struct EksToken {
    /// `k8s-aws-v1.` and the URL.
    pub token: SecretString,
    /// When clients should ask for another: 14 minutes on; STS takes the URL for 15.
    pub expires: Timestamp,
}

const PREFIX: &str = "k8s-aws-v1.";
/// The signed header with the cluster's name.
const CLUSTER_HEADER: &str = "x-k8s-aws-id";
const QUERY: &str = "Action=GetCallerIdentity&Version=2011-06-15";
const URL_LIFETIME: Duration = Duration::from_mins(1);
const TOKEN_LIFETIME: Duration = Duration::from_mins(14);

/// Signs a token for a cluster at a moment.
pub fn make(
    cluster: &str,
    credentials: &Credentials,
    endpoint: &StsEndpoint,
    now: Timestamp,
) -> Result<EksToken, String> {
    let url = presign(cluster, credentials, endpoint, now)?;
    Ok(EksToken {
        token: SecretString::from(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(url))),
        // Whole seconds, as the entry's expirationTimestamp has them.
        expires: Timestamp::from_second(now.as_second()).unwrap_or(now) + TOKEN_LIFETIME,
    })
}

fn presign(cluster: &str, credentials: &Credentials, endpoint: &StsEndpoint, now: Timestamp) -> Result<String, String> {
    let path = if endpoint.url.splitn(4, '/').count() > 3 { "" } else { "/" };
    let base = format!("{}{path}?{QUERY}", endpoint.url);
    let identity = credentials.clone().into();
    let mut settings = SigningSettings::default();
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(URL_LIFETIME);
    let params = SigningParams::builder()
        .identity(&identity)
        .region(&endpoint.signing_region)
        .name("sts")
        .time(SystemTime::from(now))
        .settings(settings)
        .build()
        .map_err(|error| error.to_string())?;
    let headers = [(CLUSTER_HEADER, cluster)];
    let request = SignableRequest::new("GET", &base, headers.into_iter(), SignableBody::Bytes(&[]));
    let request = request.map_err(|error| error.to_string())?;
    let (instructions, _signature) = sign(request, &params.into()).map_err(|error| error.to_string())?.into_parts();
    let (_headers, mut added) = instructions.into_parts();
    // The AWS CLI's order: the signature is the last.
    added.sort_by_key(|(name, _)| (*name == "X-Amz-Signature", *name == "X-Amz-Security-Token"));
    let mut url = base;
    for (name, value) in &added {
        write!(url, "&{name}={}", encode(value)).map_err(|error| error.to_string())?;
    }
    Ok(url)
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn encode(value: &str) -> String {
    value.bytes().fold(String::new(), |mut encoded, byte| {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.extend([byte >> 4, byte & 15].map(|half| char::from(b"0123456789ABCDEF"[usize::from(half)])));
        }
        encoded
    })
}
