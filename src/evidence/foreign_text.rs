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
        for character in text.chars() {
            if is_of_secret(character) {
                word.push(character);
            } else {
                keep(&mut kept, &mut word);
                kept.push(character);
            }
        }
        keep(&mut kept, &mut word);
        Self(kept.trim_end().chars().take(LIMIT).collect())
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

impl<'de> Deserialize<'de> for ForeignText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(&text))
    }
}

/// The characters that tokens (base64 of both kinds, dots) and keys are made of.
fn is_of_secret(character: char) -> bool {
    character.is_ascii_alphanumeric() || "+/=_-.%".contains(character)
}

fn keep(kept: &mut String, word: &mut String) {
    kept.push_str(if is_secret(word) { TAKEN_OUT } else { word });
    word.clear();
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
        ] {
            assert_eq!(ForeignText::new(text).as_str(), kept);
        }
        assert!(ForeignText::new(&"a b ".repeat(10_000)).as_str().len() <= 600);
    }
}
