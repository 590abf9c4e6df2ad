//! The claims of a token: only those are kept that say whose token it is, for whom, and until when.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{BoundObject, TokenClaims};

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
