//! Service account tokens of a pod, with a signature of nobody.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::{Value, json};

/// Makes a token that holds from now on for an hour, with some claims changed.
pub fn token(changes: &[(&str, Value)]) -> String {
    let now = Timestamp::now().as_second();
    let mut claims = json!({
        "aud": ["pods.eks.amazonaws.com"], "iat": now, "nbf": now - 1, "exp": now + 3600,
        "kubernetes.io": {
            "namespace": "shop", "pod": { "name": "api-7c9f5d9b8c-x2x7q", "uid": "u-1" },
            "serviceaccount": { "name": "api", "uid": "u-2" },
        },
    });
    for (name, value) in changes {
        claims[*name] = value.clone();
    }
    [r#"{"alg":"RS256","kid":"k"}"#, claims.to_string().as_str(), "signature"]
        .map(|part| URL_SAFE_NO_PAD.encode(part))
        .join(".")
}
