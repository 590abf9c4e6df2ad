//! Which text stands for which: names by their kind and a number, in the order in which they were met.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::words::TUNNELS;

/// What a name is of, as it stands in front of its number.
pub type Kind = &'static str;

/// A name that is the name of several things.
const SEVERAL: Kind = "name";

/// Kinds that say little of a name: it is called after something else.
const WEAK: &[Kind] = &["image", "label", "name", "object", "replica-set", "resource", "value"];

/// Names and what stands for them.
#[derive(Debug, Default)]
pub struct Table {
    order: Vec<String>,
    kinds: HashMap<String, BTreeSet<Kind>>,
    stems: BTreeSet<String>,
    names: HashMap<String, String>,
    /// Names in lower case, for texts that differ from them in that alone.
    likenesses: HashMap<String, String>,
    numbers: RefCell<BTreeMap<Kind, Vec<String>>>,
}

impl Table {
    /// Notes a name.
    pub fn add(&mut self, kind: Kind, name: &str) {
        if !self.kinds.contains_key(name) {
            self.order.push(name.to_owned());
        }
        self.kinds.entry(name.to_owned()).or_default().insert(kind);
    }

    /// Notes what the names of objects that a controller makes begin with.
    pub fn add_stem(&mut self, stem: &str) {
        self.stems.insert(stem.to_owned());
    }

    /// Whether a name was noted.
    pub fn knows(&self, name: &str) -> bool {
        self.kinds.contains_key(name)
    }

    /// Gives every name that was noted its replacement.
    pub fn settle(&mut self) {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        let whole: Vec<String> = self.order.iter().filter(|name| !self.is_made(name)).cloned().collect();
        for name in whole {
            let kind = kind_of(&self.kinds[&name]);
            let count = counts.entry(kind).or_default();
            *count += 1;
            let replacement = shaped(&name, &format!("{kind}-{count}"));
            self.likenesses.entry(name.to_ascii_lowercase()).or_insert_with(|| replacement.clone());
            self.names.insert(name, replacement);
        }
    }

    /// The names that are replaced, in the order in which they were met.
    pub fn originals(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str).filter(|name| self.names.contains_key(*name))
    }

    /// What stands for a name. One that differs in its case from a known one gets the same in another case.
    pub fn of_name(&self, name: &str) -> Option<String> {
        if let Some(own) = self.names.get(name) {
            return Some(own.clone());
        }
        self.likenesses.get(&name.to_ascii_lowercase()).map(|likeness| likeness.to_ascii_uppercase())
    }

    /// The names of a kind that fulfil something, with what stands for them.
    pub fn of_kind<'r>(
        &'r self,
        kind: Option<Kind>,
        is_meant: impl Fn(&str) -> bool + 'r,
    ) -> impl Iterator<Item = &'r str> {
        let is_of = move |name: &str| kind.is_none_or(|kind| self.kinds[name].contains(kind));
        let meant = self.order.iter().filter(move |name| is_of(name) && is_meant(name));
        meant.filter_map(|name| self.names.get(name).map(String::as_str))
    }

    /// The number of something that is no name, such as an account: the same for the same text.
    pub fn number(&self, kind: Kind, text: &str) -> usize {
        let mut numbers = self.numbers.borrow_mut();
        let known = numbers.entry(kind).or_default();
        let place = known.iter().position(|one| one == text).unwrap_or_else(|| {
            known.push(text.to_owned());
            known.len() - 1
        });
        place + 1
    }

    /// Whether a name was made from another one: the hash and the random letters behind it tell nothing.
    fn is_made(&self, name: &str) -> bool {
        let behind = |stem: &String| name.strip_prefix(stem.as_str()).and_then(|rest| rest.strip_prefix('-'));
        let is_random = |rest: &str| rest.split('-').count() <= 2 && rest.split('-').all(is_hash);
        self.stems.iter().filter_map(behind).any(is_random)
    }
}

/// Whether a part of a name is what a controller adds: letters that Kubernetes draws (no vowels, no 0, 1 or 3), or a time.
pub fn is_hash(part: &str) -> bool {
    let is_drawn = part.bytes().all(|one| b"bcdfghjklmnpqrstvwxz2456789".contains(&one));
    let has_digit = part.bytes().any(|one| one.is_ascii_digit());
    let is_long = part.len() <= 10 && (part.len() == 5 || has_digit);
    !part.is_empty() && (is_drawn && is_long || is_time(part))
}

/// Whether it is what a cron job adds to the name of its jobs: minutes since 1970.
pub fn is_time(part: &str) -> bool {
    part.len() == 8 && part.bytes().all(|one| one.is_ascii_digit())
}

/// The one kind of a name, if it has one.
fn kind_of(kinds: &BTreeSet<Kind>) -> Kind {
    let strong: Vec<Kind> = kinds.iter().copied().filter(|kind| !WEAK.contains(kind)).collect();
    match (strong.as_slice(), kinds.len()) {
        ([only], _) => only,
        ([], 1) => kinds.first().copied().unwrap_or(SEVERAL),
        _ => SEVERAL,
    }
}

/// Keeps what checks read in a name: what kind of node, daemon set or sidecar it is of.
fn shaped(name: &str, replacement: &str) -> String {
    let beginning = if name.starts_with("fargate-") { "fargate-" } else { "" };
    let end = if name.ends_with("-hybrid") { "-hybrid" } else { "" };
    let tunnel = TUNNELS.iter().find(|tunnel| name.contains(**tunnel));
    let tunnel = tunnel.map_or_else(String::new, |tunnel| format!("-{tunnel}"));
    format!("{beginning}{replacement}{tunnel}{end}")
}
