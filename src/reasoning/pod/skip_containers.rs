//! Which containers the annotation `skip-containers` leaves out, read as the webhook reads it.
//!
//! The webhook takes the first record that Go's `encoding/csv` finds with its default options. That is stricter than a
//! split at commas: blanks belong to a name, a quote may only open a field, and a value that cannot be read leaves
//! nobody out. Sources: `pkg/handler/handler.go` of the webhook, and the recordings in `tests/recorded`.

use crate::evidence::kubernetes::metadata::SKIP_CONTAINERS;
use crate::evidence::kubernetes::pod::{Container, ContainerKind, Pod};

/// Reads the names in a value of the annotation; `None` for a value that cannot be read or holds no record.
pub fn names(value: &str) -> Option<Vec<String>> {
    // Both kinds of line end count as one character, and a carriage return before the end of the text is dropped.
    let value = value.replace("\r\n", "\n");
    let value = value.strip_suffix('\r').unwrap_or(&value);
    let mut rest = Some(value.trim_start_matches('\n')).filter(|text| !text.is_empty());
    rest?;
    let mut names = Vec::new();
    while let Some(text) = rest {
        let (name, behind) = match text.strip_prefix('"') {
            Some(quoted) => quoted_name(quoted)?,
            None => plain_name(text)?,
        };
        names.push(name);
        rest = behind.strip_prefix(',');
    }
    Some(names)
}

/// A name without quotes ends at a comma or at the end of the line.
fn plain_name(text: &str) -> Option<(String, &str)> {
    let (name, behind) = text.split_at(text.find([',', '\n']).unwrap_or(text.len()));
    if name.contains('"') { None } else { Some((name.to_owned(), behind)) }
}

/// A quoted name ends at a single quote, behind which nothing but a comma or the end of the line may stand.
fn quoted_name(mut text: &str) -> Option<(String, &str)> {
    let mut name = String::new();
    loop {
        let (part, behind) = text.split_once('"')?;
        name.push_str(part);
        if let Some(more) = behind.strip_prefix('"') {
            name.push('"');
            text = more;
        } else if behind.is_empty() || behind.starts_with([',', '\n']) {
            return Some((name, behind));
        } else {
            return None;
        }
    }
}

impl Pod {
    /// The value of the annotation.
    pub fn skip_containers(&self) -> Option<&str> {
        self.metadata.annotations.get(SKIP_CONTAINERS).map(String::as_str)
    }

    /// The names that the annotation leaves out, whether or not the pod has such containers.
    pub fn skipped_names(&self) -> Vec<String> {
        self.skip_containers().and_then(names).unwrap_or_default()
    }

    /// Whether the annotation leaves out every main container.
    pub fn skips_all_main_containers(&self) -> bool {
        let skipped = self.skipped_names();
        self.containers().filter(|one| one.kind == ContainerKind::Main).all(|main| skipped.contains(&main.name))
    }

    /// Says why a container is meant to have no identity, if so: the annotation names it, others are left, and nobody
    /// asked for this one.
    pub fn leaves_out(&self, container: &Container<'_>) -> Option<String> {
        let named = self.skipped_names().contains(&container.name);
        let meant = named && !container.asked_for && !container.is_injected();
        let others_are_left = container.kind != ContainerKind::Main || !self.skips_all_main_containers();
        (meant && others_are_left)
            .then(|| format!("the annotation {SKIP_CONTAINERS} leaves out container {}", container.name))
    }
}
