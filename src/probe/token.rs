//! The token file: whether it can be read, and what the token says about itself.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::os::unix::fs::MetadataExt as _;

use zeroize::Zeroizing;

use super::claims;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::{TokenFile, TokenState};

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
    file.claims = claims::of(&text);
    file.state = if file.claims.is_some() { TokenState::Read } else { TokenState::NotAToken };
    // The agent says best what is wrong with it, so it is asked also with what is no token.
    (file, Some(text))
}
