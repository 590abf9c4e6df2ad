//! Says which name was meant: the nearest ones first, then all there are.

use crate::nearest::nearest;

/// How many names a message lists.
const SHOWN: usize = 10;

/// Words for a name that is not known: the nearest names and the known ones.
pub fn suggest(wanted: &str, known: &[String], what: &str) -> String {
    if known.is_empty() {
        return format!("the kubeconfig has no {what} at all");
    }
    let near = nearest(wanted, known.iter().map(String::as_str), 3);
    let shown = known.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let list = match known.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    };
    if near.is_empty() { format!("known: {list}") } else { format!("nearest: {} · known: {list}", near.join(", ")) }
}
