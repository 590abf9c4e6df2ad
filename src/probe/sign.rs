//! Signature version 4, for the one request that the probe makes to AWS.
//!
//! It is written out here because the program has to stay small; a test holds it against the SDK's own.
//! Source: AWS IAM user guide, *Create a signed AWS API request*.

use ring::{digest, hmac};

/// A request with an empty query, as far as its signature covers it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The host, with its port if it is not the scheme's.
    pub host: &'a str,
    /// The path.
    pub path: &'a str,
    /// The content type.
    pub content_type: &'a str,
    /// The body.
    pub body: &'a str,
    /// `20261121T101500Z`.
    pub time: &'a str,
    /// The region.
    pub region: &'a str,
    /// The service.
    pub service: &'a str,
}

/// The header `Authorization` of a POST, signed with temporary credentials.
pub fn signature(request: Request<'_>, key_id: &str, secret: &str, session_token: &str) -> String {
    const SIGNED: &str = "content-type;host;x-amz-date;x-amz-security-token";
    let Request { host, path, content_type, body, time, region, service } = request;
    let canonical = format!(
        "POST\n{path}\n\ncontent-type:{content_type}\nhost:{host}\nx-amz-date:{time}\nx-amz-security-token:{session_token}\n\n{SIGNED}\n{}",
        sha256(body)
    );
    let date = time.get(..8).unwrap_or(time);
    let scope = format!("{date}/{region}/{service}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{}", sha256(&canonical));
    let first = hmac_sha256(format!("AWS4{secret}").as_bytes(), date);
    let key = [region, service, "aws4_request"].into_iter().fold(first, |key, part| hmac_sha256(key.as_ref(), part));
    let signature = hex(hmac_sha256(key.as_ref(), &text).as_ref());
    format!("AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={SIGNED}, Signature={signature}")
}

fn hmac_sha256(key: &[u8], text: &str) -> hmac::Tag {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes())
}

fn sha256(text: &str) -> String {
    hex(digest::digest(&digest::SHA256, text.as_bytes()).as_ref())
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
