//! Names that a person may have meant: those one or two edits away from the one that was not found.
//!
//! It is separate because pods, contexts, service accounts and associations are all missed by the same slips of the hand.

/// The greatest number of edits at which two names still look like one.
const MOST_EDITS: usize = 2;
/// Below this length a single edit is all that may differ: `api` and `web` are two names, not one with slips.
const LONG_ENOUGH_FOR_TWO: usize = 6;
/// Below this length a replaced letter makes another name: `db` is not `dc`, and yet `ap` may be `api`.
const LONG_ENOUGH_FOR_ONE: usize = 3;

/// Finds the names nearest to one that was not found, nearest first, at most `limit`; the name itself is not among them.
///
/// An edit is one character put in, left out, replaced, or swapped with its neighbour.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let mut found: Vec<(usize, &str)> = names
        .into_iter()
        .filter_map(|name| edits_if_near(wanted, name).map(|edits| (edits, name)))
        .filter(|(edits, _)| *edits > 0)
        .collect();
    found.sort_unstable();
    found.dedup();
    found.into_iter().take(limit).map(|(_, name)| name).collect()
}

/// Finds names of which a very short one that was not found is the beginning, the shortest first, at most `limit`.
pub fn beginning_with<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let is_short = (1..=LONG_ENOUGH_FOR_ONE).contains(&wanted.chars().count());
    let begins = |name: &&str| is_short && *name != wanted && name.starts_with(wanted);
    let mut found: Vec<&str> = names.into_iter().filter(begins).collect();
    found.sort_unstable_by_key(|name| (name.len(), *name));
    found.dedup();
    found.truncate(limit);
    found
}

/// Finds names that begin like one that was not found, in whole parts between dashes, the most alike first.
///
/// Generated names end in parts that nobody types and that change with each restart: edits say nothing about them.
pub fn of_same_stem<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, limit: usize) -> Vec<&'a str> {
    let shared = |name: &str| wanted.split('-').zip(name.split('-')).take_while(|(one, other)| one == other).count();
    let mut found: Vec<(usize, &str)> = names
        .into_iter()
        .map(|name| (shared(name), name))
        .filter(|(parts, name)| *parts > 0 && *name != wanted)
        .collect();
    found.sort_unstable_by_key(|(parts, name)| (std::cmp::Reverse(*parts), *name));
    found.dedup();
    found.into_iter().take(limit).map(|(_, name)| name).collect()
}

/// Whether two names are one but for what a tool puts before or behind it: one ends or begins with the other at a dash (the
/// prefix of a Helm release), or both agree up to a hash of 8 to 12 hexadecimal digits (Crossplane, operators).
pub fn differs_by_an_affix(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() >= other.len() { (one, other) } else { (other, one) };
    let contains = short.len() >= SHORTEST_STEM
        && (long.strip_suffix(short).is_some_and(|before| before.ends_with('-'))
            || long.strip_prefix(short).is_some_and(|behind| behind.starts_with('-')));
    let stem = |name: &'_ str| {
        let (stem, last) = name.rsplit_once('-')?;
        let is_hash =
            (8..=12).contains(&last.len()) && last.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c));
        is_hash.then(|| stem.to_owned())
    };
    let stems = [stem(one), stem(other)].map(Option::unwrap_or_default);
    let agree =
        !stems[0].is_empty() && (stems[0] == stems[1] || stems[0] == other) || !stems[1].is_empty() && stems[1] == one;
    one != other && (contains || agree)
}

/// Shorter names are parts of many others: `api`, `web`.
const SHORTEST_STEM: usize = 5;

/// The number of edits between two names, if it is small enough for names of their length.
fn edits_if_near(wanted: &str, name: &str) -> Option<usize> {
    let lengths = [wanted.chars().count(), name.chars().count()];
    let shorter = lengths[0].min(lengths[1]);
    let most = match shorter {
        0 => 0,
        1..LONG_ENOUGH_FOR_TWO => 1,
        _ => MOST_EDITS,
    };
    // Names this different in length need no table; it keeps long lists cheap.
    if lengths[0].abs_diff(lengths[1]) > most {
        return None;
    }
    if shorter < LONG_ENOUGH_FOR_ONE && has_another_letter(wanted, name) {
        return None;
    }
    Some(strsim::osa_distance(wanted, name)).filter(|edits| *edits <= most)
}

/// Whether the shorter of two names has a letter that the longer one lacks.
fn has_another_letter(one: &str, other: &str) -> bool {
    let (short, long) = if one.len() <= other.len() { (one, other) } else { (other, one) };
    short.chars().any(|letter| !long.contains(letter))
}
