//! What is replaced by what.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::pattern::TUNNELS;

/// How much is replaced.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Level {
    /// Nothing.
    #[default]
    None,
    /// Names, labels and identities of objects, hosts, public addresses, people.
    Names,
    /// Numbers of AWS accounts, and identities that they can be computed from.
    Accounts,
    /// Both.
    All,
}

impl Level {
    /// Whether names are replaced.
    pub fn hides_names(self) -> bool {
        matches!(self, Self::Names | Self::All)
    }

    /// Whether accounts are replaced.
    pub fn hides_accounts(self) -> bool {
        matches!(self, Self::Accounts | Self::All)
    }
}

/// What a name is of, as it stands in front of its number.
pub type Kind = &'static str;

/// A name that is the name of several things.
const SEVERAL: Kind = "name";

/// Kinds that say little of a name: it is called after something else.
const WEAK: &[Kind] = &["image", "label", "name", "object", "replica-set", "resource", "value"];

/// Kinds of names that stand in fields of their own and nowhere else: what is called so elsewhere is another thing, or a word.
const CONFINED: &[Kind] = &["domain", "label", "statement", "tag", "value"];

/// Which names of a table are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// All of them.
    Whole,
    /// Those that may stand anywhere: not those of labels, tags and conditions.
    Anywhere,
}

/// Names and what stands for them.
#[derive(Debug, Default)]
pub struct Table {
    order: Vec<String>,
    kinds: HashMap<String, BTreeSet<Kind>>,
    stems: BTreeSet<String>,
    names: HashMap<String, String>,
    /// Names in lower case, for texts that differ from them in that alone.
    likenesses: HashMap<String, String>,
    /// Names in lower case that may stand anywhere.
    unconfined: HashSet<String>,
    numbers: RefCell<BTreeMap<Kind, Vec<String>>>,
}

impl Table {
    /// Notes a name.
    pub fn add(&mut self, kind: Kind, name: &str) {
        if !self.kinds.contains_key(name) {
            self.order.push(name.to_owned());
        }
        self.kinds.entry(name.to_owned()).or_default().insert(kind);
        if !CONFINED.contains(&kind) {
            self.unconfined.insert(name.to_ascii_lowercase());
        }
    }

    /// Notes what the names of objects that a controller makes begin with.
    pub fn add_stem(&mut self, stem: &str) {
        self.stems.insert(stem.to_owned());
    }

    /// Whether a name was noted.
    pub fn knows(&self, name: &str) -> bool {
        self.kinds.contains_key(name)
    }

    /// Gives every name that was noted its replacement. Names that differ in their case alone get one that does so too: rules
    /// compare with and without it.
    pub fn settle(&mut self) {
        let mut counts: BTreeMap<Kind, usize> = BTreeMap::new();
        let mut variants: HashMap<String, usize> = HashMap::new();
        let is_lower = |name: &String| !name.bytes().any(|one| one.is_ascii_uppercase());
        let whole = self.order.iter().filter(|name| !self.is_made(name)).cloned();
        // One without capitals gets the plain replacement: it may have to be a name of Kubernetes.
        let (plain, others): (Vec<String>, Vec<String>) = whole.partition(is_lower);
        for name in plain.into_iter().chain(others) {
            let likeness = name.to_ascii_lowercase();
            let variant = variants.entry(likeness.clone()).or_default();
            let replacement = self.likenesses.entry(likeness).or_insert_with(|| {
                let kind = kind_of(&self.kinds[&name]);
                let count = counts.entry(kind).or_default();
                *count += 1;
                shaped(&name, &format!("{kind}-{count}"))
            });
            let replacement = capitals(replacement, *variant);
            *variant += 1;
            self.names.insert(name, replacement);
        }
    }

    /// The names that are replaced, in the order in which they were met.
    pub fn originals(&self) -> impl Iterator<Item = &str> {
        self.order.iter().map(String::as_str).filter(|name| self.names.contains_key(*name))
    }

    /// What stands for a name. One that differs in its case from a known one gets the same in another case.
    pub fn of_name(&self, name: &str, reach: Reach) -> Option<String> {
        let likeness = name.to_ascii_lowercase();
        if reach == Reach::Anywhere && !self.unconfined.contains(&likeness) {
            return None;
        }
        let other = || self.likenesses.get(&likeness).map(|likeness| likeness.to_ascii_uppercase());
        self.names.get(name).cloned().or_else(other)
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

/// The same with other letters in capitals for each number; none for 0.
fn capitals(name: &str, number: usize) -> String {
    let mut place = 0;
    let change = |one: char| {
        let is_meant = one.is_ascii_lowercase() && place < usize::BITS && number >> place & 1 == 1;
        place += u32::from(one.is_ascii_lowercase());
        if is_meant { one.to_ascii_uppercase() } else { one }
    };
    name.chars().map(change).collect()
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
