//! Finding checks by code, by name, by area and by pattern.

use super::{AREAS, Check, Code};

/// All checks, in the order of the chain.
pub fn all() -> impl Iterator<Item = &'static Check> {
    AREAS.iter().flat_map(|area| area.checks.iter().copied())
}

/// Finds a check by its code.
pub fn by_code(code: Code) -> Option<&'static Check> {
    all().find(|check| check.code == code)
}

/// Finds the checks that a pattern names: a code, a name or an area, with `*` for any text; letter case does not matter.
pub fn matching(pattern: &str) -> Vec<&'static Check> {
    let pattern = pattern.trim().to_ascii_lowercase();
    all()
        .filter(|check| {
            let code = check.code.to_string().to_ascii_lowercase();
            matches(&pattern, &code) || matches(&pattern, check.name) || matches(&pattern, check.area.name)
        })
        .collect()
}

/// Whether text matches a pattern in which `*` stands for any text.
pub fn matches(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => {
            let Some(text) = text.strip_prefix(head) else { return false };
            (0..=text.len()).any(|start| text.is_char_boundary(start) && matches(rest, &text[start..]))
        }
    }
}
