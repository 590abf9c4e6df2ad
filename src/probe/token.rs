//! The token of Pod Identity, by its claims; never the token itself.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{BoundObject, TokenClaims, TokenFile, TokenState};

/// How many audiences are told.
const AUDIENCES: usize = 8;

#[derive(Deserialize)]
struct Claims {
    #[serde(default)]
    aud: Value,
    exp: Option<f64>,
    iat: Option<f64>,
    nbf: Option<f64>,
    #[serde(default)]
    iss: String,
    #[serde(default)]
    sub: String,
    #[serde(default, rename = "kubernetes.io")]
    kubernetes: Bound,
}

#[derive(Default, Deserialize)]
struct Bound {
    namespace: Option<ForeignText>,
    pod: Option<BoundObject>,
    serviceaccount: Option<BoundObject>,
}

/// Reads the claims of a token; `None` for what is no token of three parts.
pub(super) fn of(token: &str) -> Option<TokenClaims> {
    let parts: Vec<&str> = token.trim().split('.').collect();
    let [header, claims, _signature] = parts.as_slice() else { return None };
    let _: Value = decode(header)?;
    let claims: Claims = decode(claims)?;
    let audiences = match &claims.aud {
        Value::String(one) => vec![ForeignText::new(one)],
        Value::Array(all) => all.iter().filter_map(Value::as_str).take(AUDIENCES).map(ForeignText::new).collect(),
        _ => Vec::new(),
    };
    Some(TokenClaims {
        audiences,
        expires_at: claims.exp.and_then(time),
        issued_at: claims.iat.and_then(time),
        not_before: claims.nbf.and_then(time),
        issuer: ForeignText::new(&claims.iss),
        subject: ForeignText::new(&claims.sub),
        namespace: claims.kubernetes.namespace,
        pod: claims.kubernetes.pod,
        service_account: claims.kubernetes.serviceaccount,
    })
}

fn decode<T: for<'de> Deserialize<'de>>(part: &str) -> Option<T> {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part.trim_end_matches('=')).ok()?).ok()
}

#[expect(clippy::cast_possible_truncation, reason = "what is beyond 64 bits is no time, and is refused")]
fn time(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_second(seconds as i64).ok()
}

/// The longest token that is read, in bytes; those of Kubernetes have about 1,200.
const LIMIT: u64 = 64 * 1024;

/// A token, which is overwritten when it is dropped.
pub(super) type Secret = Zeroizing<String>;

/// Reads the file, and gives what may be told of it, and the token itself to ask the agent with.
pub(super) fn read(path: &str) -> (TokenFile, Option<Secret>) {
    let mut file = TokenFile { path: ForeignText::new(path), ..TokenFile::default() };
    if let Ok(metadata) = std::fs::metadata(path) {
        file.mode = Some(ForeignText::new(&format!("{:o}", metadata.mode() & 0o7777)));
        file.owner = Some(metadata.uid());
        file.group = Some(metadata.gid());
    }
    let mut text = Zeroizing::new(String::new());
    let reading = File::open(path).and_then(|file| file.take(LIMIT).read_to_string(&mut text));
    if let Err(error) = reading {
        file.state = match error.kind() {
            ErrorKind::NotFound => TokenState::Missing,
            ErrorKind::PermissionDenied => TokenState::Denied,
            _ => TokenState::Unreadable,
        };
        // What is not UTF-8 is no token.
        if error.kind() == ErrorKind::InvalidData {
            file.state = TokenState::NotAToken;
        }
        file.error = Some(ForeignText::new(&error.to_string()));
        return (file, None);
    }
    if text.trim().is_empty() {
        file.state = TokenState::Empty;
        return (file, None);
    }
    file.claims = of(&text);
    file.state = if file.claims.is_some() { TokenState::Read } else { TokenState::NotAToken };
    // The agent says best what is wrong with it, so it is asked also with what is no token.
    (file, Some(text))
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::of;

    fn token(claims: &str) -> String {
        [r#"{"alg":"RS256"}"#, claims, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
    }

    #[test]
    fn claims_of_kubernetes_are_read_and_no_others() {
        let text = token(
            r#"{"aud":["pods.eks.amazonaws.com"],"exp":1800000000,"iat":1799990000,"iss":"https://oidc","jti":"private",
            "kubernetes.io":{"namespace":"shop","node":{"name":"n"},"pod":{"name":"api","uid":"u-1"},"serviceaccount":{"name":"api","uid":"u-2"}},
            "sub":"system:serviceaccount:shop:api"}"#,
        );
        let claims = of(&format!("{text}\n")).unwrap_or_default();
        let told = serde_json::to_string(&claims).unwrap_or_default();
        assert_eq!(claims.audiences.len(), 1);
        assert_eq!(claims.expires_at.map(jiff::Timestamp::as_second), Some(1_800_000_000));
        assert_eq!(claims.pod.map(|pod| pod.uid.as_str().to_owned()).as_deref(), Some("u-1"));
        assert!(told.contains("system:serviceaccount:shop:api") && !told.contains("private"), "{told}");
    }

    #[test]
    fn what_is_no_token_has_no_claims() {
        for text in ["", "a.b", "AKIAIOSFODNN7EXAMPLE", "e30.bm8.e30", &format!("Bearer {}", token("{}"))] {
            assert_eq!(of(text), None, "{text}");
        }
    }
}
