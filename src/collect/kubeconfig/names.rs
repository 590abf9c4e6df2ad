//! Says which name was meant: the nearest ones first, then all there are.

/// How many names a message lists.
const SHOWN: usize = 10;

/// Words for a name that is not known: the nearest names, or the known ones.
pub fn suggest(wanted: &str, known: &[String], what: &str) -> String {
    if known.is_empty() {
        return format!("the kubeconfig has no {what}");
    }
    let mut near: Vec<_> = known.iter().map(|name| (distance(wanted, name), name)).collect();
    near.sort();
    let limit = wanted.chars().count() / 3 + 1;
    let nearest: Vec<&str> = near
        .iter()
        .filter(|(distance, name)| *distance <= limit || name.contains(wanted) && !wanted.is_empty())
        .map(|(_, name)| name.as_str())
        .take(3)
        .collect();
    let list = list(known);
    if nearest.is_empty() {
        format!("known: {list}")
    } else {
        format!("nearest: {} · known: {list}", nearest.join(", "))
    }
}

fn list(known: &[String]) -> String {
    let shown = known.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    match known.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    }
}

/// Edits that lead from one name to the other (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (i, a) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(a != *b);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}
