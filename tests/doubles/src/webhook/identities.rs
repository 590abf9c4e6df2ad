//! The file that tells the webhook which service accounts have an association.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

/// The service accounts that have an association.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Identities {
    known: HashSet<Identity>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    namespace: String,
    service_account: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Document {
    identities: Vec<Identity>,
}

impl Identities {
    /// Reads the file's content; nothing at all means that there are none. Fails with the parser's words.
    pub fn read(content: &str) -> Result<Identities, String> {
        if content.is_empty() {
            return Ok(Identities::default());
        }
        let document: Document = serde_json::from_str(content).map_err(|error| error.to_string())?;
        Ok(Identities { known: document.identities.into_iter().collect() })
    }

    /// Whether a service account has an association: both names must be the same to the letter.
    pub fn has(&self, namespace: &str, service_account: &str) -> bool {
        self.known.contains(&Identity { namespace: namespace.to_owned(), service_account: service_account.to_owned() })
    }
}

impl<N: Into<String>, S: Into<String>> FromIterator<(N, S)> for Identities {
    /// Makes identities of pairs of namespace and service account.
    fn from_iter<I: IntoIterator<Item = (N, S)>>(pairs: I) -> Identities {
        let identity =
            |(namespace, account): (N, S)| Identity { namespace: namespace.into(), service_account: account.into() };
        Identities { known: pairs.into_iter().map(identity).collect() }
    }
}

/// The identities file, read anew for each pod.
#[derive(Debug)]
pub struct IdentitiesFile {
    path: Option<PathBuf>,
    last: Mutex<Identities>,
}

impl IdentitiesFile {
    /// Names the file; without one there are no identities.
    pub fn new(path: Option<PathBuf>) -> IdentitiesFile {
        IdentitiesFile { path, last: Mutex::default() }
    }

    /// Gives what the file says now. A missing or empty file says that there are none; one that cannot be read or parsed
    /// leaves what was known.
    pub fn current(&self) -> Identities {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let content = match self.path.as_ref().map(std::fs::read_to_string) {
            None => Ok(String::new()),
            Some(Err(error)) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Some(content) => content.map_err(|error| error.to_string()),
        };
        if let Ok(identities) = content.and_then(|content| Identities::read(&content)) {
            *last = identities;
        }
        last.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Identities, IdentitiesFile};

    const ONE: &str = r#"{"identities":[{"namespace":"shop","serviceAccount":"api"}]}"#;

    #[test]
    fn both_names_must_be_the_same() -> Result<(), String> {
        let identities = Identities::read(ONE)?;
        assert!(identities.has("shop", "api"));
        for (namespace, account) in [("shop", "Api"), ("shop", ""), ("api", "shop"), ("shop ", "api")] {
            assert!(!identities.has(namespace, account), "{namespace}/{account}");
        }
        Ok(())
    }

    #[test]
    fn a_changed_file_is_read_and_a_broken_one_is_not() -> std::io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("identities.json");
        let file = IdentitiesFile::new(Some(path.clone()));
        assert!(!file.current().has("shop", "api"), "a missing file");
        std::fs::write(&path, ONE)?;
        assert!(file.current().has("shop", "api"), "a new file");
        std::fs::write(&path, "{")?;
        assert!(file.current().has("shop", "api"), "a broken file");
        std::fs::write(&path, "")?;
        assert!(!file.current().has("shop", "api"), "an empty file");
        std::fs::write(&path, ONE)?;
        assert!(file.current().has("shop", "api"), "a fixed file");
        std::fs::remove_file(&path)?;
        assert!(!file.current().has("shop", "api"), "a removed file");
        Ok(())
    }
}
