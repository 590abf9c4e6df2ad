//! Reads service account tokens as their receivers do: segments, claims, and what is wrong with them in Go's words.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::Value;

/// What a token says about itself. Nobody here verifies its signature.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Claims {
    /// Who it is for: one name, or a list of names.
    pub aud: Value,
    /// Until when it holds, in seconds since 1970.
    pub exp: Option<i64>,
    /// From when it holds, in seconds since 1970.
    pub nbf: Option<i64>,
    /// What Kubernetes adds.
    #[serde(rename = "kubernetes.io")]
    pub kubernetes: Bound,
}

/// What a token is bound to.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Bound {
    /// The namespace.
    pub namespace: String,
    /// The pod; without a name if it is bound to none.
    pub pod: Named,
    /// The service account.
    pub serviceaccount: Named,
}

/// An object.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct Named {
    /// Its name.
    pub name: String,
    /// Its unique id.
    pub uid: String,
}

impl Claims {
    /// Reads a token; fails with the words of Go's most used library for them.
    pub fn read(token: &str) -> Result<Claims, String> {
        let segments: Vec<&str> = token.split('.').collect();
        let [header, claims, signature] = segments.as_slice() else {
            return Err("token is malformed: token contains an invalid number of segments".to_owned());
        };
        let algorithm = json("header", header)?.get("alg").and_then(Value::as_str).map(str::to_owned);
        let read = json("claim", claims)?;
        if algorithm.is_none() {
            return Err("token is unverifiable: signing method (alg) is unspecified".to_owned());
        }
        decode(signature).map_err(|at| format!("token is malformed: could not base64 decode signature: {at}"))?;
        serde_json::from_value(read)
            .map_err(|error| format!("token is malformed: could not JSON decode claim: {error}"))
    }

    /// Whether it is for this audience.
    pub fn is_for(&self, audience: &str) -> bool {
        match &self.aud {
            Value::String(one) => one == audience,
            Value::Array(all) => all.iter().any(|one| one == audience),
            _ => false,
        }
    }
}

fn json(what: &str, segment: &str) -> Result<Value, String> {
    let bytes = decode(segment).map_err(|at| format!("token is malformed: could not base64 decode {what}: {at}"))?;
    serde_json::from_slice(&bytes).map_err(|error| format!("token is malformed: could not JSON decode {what}: {error}"))
}

fn decode(segment: &str) -> Result<Vec<u8>, String> {
    let illegal = |byte: &u8| !(byte.is_ascii_alphanumeric() || b"-_".contains(byte));
    let at = segment.bytes().position(|byte| illegal(&byte)).unwrap_or(segment.len());
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| format!("illegal base64 data at input byte {at}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        [r#"{"alg":"RS256"}"#, claims, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
    }

    #[test]
    fn claims_are_read() -> Result<(), String> {
        let claims = Claims::read(&token(r#"{"aud":["a","b"],"exp":7,"kubernetes.io":{"pod":{"name":"api"}}}"#))?;
        assert_eq!((claims.is_for("b"), claims.is_for("c"), claims.exp), (true, false, Some(7)));
        assert_eq!((claims.kubernetes.pod.name.as_str(), claims.kubernetes.namespace.as_str()), ("api", ""));
        assert!(Claims::read(&token(r#"{"aud":"a"}"#))?.is_for("a"));
        Ok(())
    }

    #[test]
    fn what_is_no_token_is_named_as_go_names_it() {
        for (text, words) in [
            ("", "token contains an invalid number of segments"),
            ("a.b", "token contains an invalid number of segments"),
            (&format!("Bearer {}", token("{}")), "could not base64 decode header: illegal base64 data at input byte 6"),
            ("e30.!.e30", "could not base64 decode claim: illegal base64 data at input byte 0"),
            ("e30.bm8.e30", "could not JSON decode claim: "),
        ] {
            let error = Claims::read(text).err().unwrap_or_default();
            assert!(error.starts_with(&format!("token is malformed: {words}")), "{text}: {error}");
        }
        let error = Claims::read("e30.e30.e30").err().unwrap_or_default();
        assert_eq!(error, "token is unverifiable: signing method (alg) is unspecified");
    }
}
