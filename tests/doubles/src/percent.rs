//! Percent-encoding, as forms and IAM's policy documents use it.

/// Encodes everything but unreserved characters (RFC 3986).
pub fn encode(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let encoded = |byte: u8| {
        if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(encoded).collect()
}

/// Decodes percent signs; what is no valid escape stays as it is.
pub fn decode(text: &str) -> String {
    let mut decoded = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(byte) = text.as_bytes().get(at) {
        let hex = (*byte == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let escape = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        decoded.push(escape.unwrap_or(*byte));
        at += if escape.is_some() { 3 } else { 1 };
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Reads a query or a form: names and values, decoded, in order.
pub fn form(text: &str) -> Vec<(String, String)> {
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    let plain = |part: &str| decode(&part.replace('+', " "));
    pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (plain(name), plain(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, form};

    #[test]
    fn what_was_encoded_is_decoded_again() {
        let text = r#"{"a": "b/ü+%"}"#;
        assert_eq!(encode(text), "%7B%22a%22%3A%20%22b%2F%C3%BC%2B%25%22%7D");
        assert_eq!(decode(&encode(text)), text);
    }

    #[test]
    fn broken_escapes_stay() {
        assert_eq!(decode("100%, %zz, %4"), "100%, %zz, %4");
    }

    #[test]
    fn a_form_keeps_its_order() {
        let read = form("Action=GetRole&RoleName=a%2Fb+c&flag");
        assert_eq!(
            read,
            [("Action", "GetRole"), ("RoleName", "a/b c"), ("flag", "")].map(|(n, v)| (n.into(), v.into()))
        );
    }
}
