//! Text that something else wrote, and that may quote a secret: bounded, with all that looks like one taken out.
//!
//! It is separate because it is a type: what was read into it cannot be longer or say more, wherever it came from.

use serde::{Deserialize, Deserializer, Serialize};

/// How many characters are kept.
const LIMIT: usize = 600;
/// Runs of characters of tokens and keys at least this long are taken out. A secret access key has 40.
const LONGEST_WORD: usize = 40;
/// What stands in the place of what was taken out.
const TAKEN_OUT: &str = "[…]";

/// A bounded text in which nothing looks like a token or a key.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct ForeignText(String);

impl ForeignText {
    /// Takes a text, and of it what may be kept.
    pub fn new(text: &str) -> Self {
        let mut kept = String::new();
        let mut word = String::new();
        for character in without_userinfo(text).chars() {
            if is_of_secret(character) {
                word.push(character);
            } else {
                keep(&mut kept, &mut word);
                // What moves the cursor or colours a terminal has no meaning in a sentence.
                kept.extend((!character.is_control() || character == '\n').then_some(character));
            }
        }
        keep(&mut kept, &mut word);
        Self(kept.trim_end().chars().take(LIMIT).collect())
    }

    /// Takes the first line of what a server says about a signature: the rest is the request as it was signed, headers and
    /// session token included.
    pub fn about_signature(text: &str) -> Self {
        Self::new(
            text.split(['\n', '\r'])
                .next()
                .unwrap_or_default()
                .split("The Canonical String")
                .next()
                .unwrap_or_default(),
        )
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether nothing was written.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<ForeignText> for String {
    fn from(text: ForeignText) -> Self {
        text.0
    }
}

impl<'de> Deserialize<'de> for ForeignText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

/// The characters that tokens (base64 of both kinds, dots) and keys are made of.
fn is_of_secret(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+/=_-.%".contains(character)
}

/// Takes user and password out of addresses: `https://user:password@host`.
fn without_userinfo(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        kept.push_str(before);
        kept.push_str("://");
        let end = after.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c)).unwrap_or(after.len());
        let (address, behind) = after.split_at(end);
        match address.rsplit_once('@') {
            Some((_, place)) => {
                kept.push_str(TAKEN_OUT);
                kept.push('@');
                kept.push_str(place);
            }
            None => kept.push_str(address),
        }
        rest = behind;
    }
    kept.push_str(rest);
    kept
}

/// Names behind which a secret stands, as `name=value`, `name: value`, or `Bearer value`.
const BEFORE_SECRETS: &[&str] = &[
    "bearer",
    "password",
    "passwd",
    "secret",
    "token",
    "secretaccesskey",
    "secret_access_key",
    "aws_secret_access_key",
    "sessiontoken",
    "session_token",
    "aws_session_token",
    "x-amz-security-token",
    "api_key",
    "apikey",
];

fn keep(kept: &mut String, word: &mut String) {
    if let Some((name, value)) = word.split_once('=')
        && !value.is_empty()
        && names_a_secret(name)
    {
        kept.push_str(name);
        kept.push('=');
        kept.push_str(TAKEN_OUT);
    } else if is_secret(word) || word.len() >= SHORTEST_BEHIND_A_NAME && is_behind_a_name(kept) {
        kept.push_str(TAKEN_OUT);
    } else {
        kept.push_str(word);
    }
    word.clear();
}

/// What is shorter is a word of a sentence: "token is expired".
const SHORTEST_BEHIND_A_NAME: usize = 12;

fn names_a_secret(name: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase();
    BEFORE_SECRETS.contains(&name.as_str())
}

/// Whether the last word of a text says that a secret follows: `Bearer `, `password: `, `"token":"`.
fn is_behind_a_name(text: &str) -> bool {
    let separators: &[char] = &[' ', ':', '"', '\''];
    let rest = text.trim_end_matches(separators);
    let name = rest.rsplit(|c: char| !is_of_secret(c)).next().unwrap_or_default();
    let between = &text[rest.len()..];
    names_a_secret(name) && (between.contains(':') || name.eq_ignore_ascii_case("bearer") && !between.is_empty())
}

/// Names, UIDs, ARNs, paths and hosts stay: they have separators more often than a key has.
fn is_secret(word: &str) -> bool {
    let longest = word.split(['/', '.', '-', '=']).map(str::len).max().unwrap_or(0);
    let is_token = word.starts_with("eyJ") && word.len() >= 20 || word.matches(".eyJ").next().is_some();
    let is_key_id = (word.starts_with("AKIA") || word.starts_with("ASIA")) && word.len() >= 16;
    is_token || is_key_id || longest >= LONGEST_WORD || looks_random(word)
}

/// Forty characters and more of base64, in three kinds: what a secret access key looks like.
fn looks_random(word: &str) -> bool {
    let has = |kind: fn(&char) -> bool| word.chars().filter(kind).count() >= 2;
    let is_base64 = word.len() >= LONGEST_WORD && !word.contains(['.', '-', '_']) && !word.starts_with('/');
    is_base64 && has(char::is_ascii_uppercase) && has(char::is_ascii_lowercase) && has(char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::ForeignText;

    #[test]
    fn what_looks_like_a_secret_is_taken_out() {
        for (text, kept) in [
            ("token eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJhIn0.c2lnbmF0dXJl refused", "token […] refused"),
            ("key ASIAIOSFODNN7EXAMPLE and wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEK3Y4", "key […] and […]"),
            (
                "[5b5e1d1c-6a2b-4bd8-a31d-dd6f1c9e8f11]: (AccessDeniedException): Unauthorized Exception! EKS does not",
                "[5b5e1d1c-6a2b-4bd8-a31d-dd6f1c9e8f11]: (AccessDeniedException): Unauthorized Exception! EKS does not",
            ),
            (
                "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
                "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token",
            ),
            (
                "arn:aws:sts::111122223333:assumed-role/api-role-of-the-team/eks-prod-api-7c9f8b6d5-5b5e1d1c",
                "arn:aws:sts::111122223333:assumed-role/api-role-of-the-team/eks-prod-api-7c9f8b6d5-5b5e1d1c",
            ),
            ("[]\n", "[]"),
            ("Bearer abcdef.0123456789abcdef refused", "Bearer […] refused"),
            ("password=hunter2, user=jo", "password=[…], user=jo"),
            ("{\"token\":\"q8Zr2LmNo0pQrStU\"}", "{\"token\":\"[…]\"}"),
            ("the token is expired: current date/time", "the token is expired: current date/time"),
            ("proxy ftp://jo:pa/ss@proxy:3128 refused", "proxy ftp://[…]@proxy:3128 refused"),
            ("red \u{1b}[31malarm\u{7}", "red [31malarm"),
        ] {
            assert_eq!(ForeignText::new(text).as_str(), kept);
        }
        assert!(ForeignText::new(&"a b ".repeat(10_000)).as_str().len() <= 600);
    }
}
