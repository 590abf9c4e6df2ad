//! Replaces in texts what a level says, each name by the same stand-in in everything that one run says.

use std::cell::RefCell;
use std::collections::HashMap;

use super::gather::{add, gather, mentioned};
use super::pattern::{before_domain, is_in_regions, is_own, is_word, matches};
use super::table::{Kind, Level, Reach, Table};
use super::token::{
    Piece, is_account, is_pattern, is_public_v4, is_public_v6, is_uuid, pieces, principal, resource, tokens,
};
use crate::evidence::Evidence;

/// A part of a longer name that is shorter than this is met by chance.
const SHORTEST_PART: usize = 3;

/// The table of one run: which name stands for which.
#[derive(Debug)]
pub struct Redactor {
    pub(super) level: Level,
    names: Table,
    /// What became of tokens that were met before.
    known: RefCell<HashMap<(Reach, String), String>>,
}

impl Redactor {
    /// Learns the names of all evidence of a run, of what was typed, and those that other texts carry in a known form.
    pub fn new(level: Level, items: &[Evidence], typed: &[&str], texts: &[&str]) -> Self {
        let mut names = Table::default();
        for item in items {
            gather(&mut names, &serde_json::to_value(item).unwrap_or_default());
        }
        for text in texts {
            mentioned(&mut names, text);
        }
        for text in typed {
            // What was typed and found is known by what it is; the rest has no better kind.
            let unknown: Vec<&str> = tokens(text).filter(|token| !names.knows(token)).collect();
            for token in unknown {
                add(&mut names, "name", token);
            }
        }
        names.settle();
        Self { level, names, known: RefCell::default() }
    }

    /// The names that are replaced.
    pub fn originals(&self) -> impl Iterator<Item = &str> {
        self.names.originals()
    }

    /// Replaces in a text.
    pub fn text(&self, text: &str) -> String {
        self.within(text, None, Reach::Whole)
    }

    /// Replaces in a text of a field that holds no labels, tags or values of conditions.
    pub(super) fn of_field(&self, text: &str) -> String {
        self.within(text, None, Reach::Anywhere)
    }

    /// Replaces in a text that may name something of a kind, or be a pattern over such names.
    pub(super) fn within(&self, text: &str, kind: Option<Kind>, reach: Reach) -> String {
        let shown = pieces(text).into_iter().map(|piece| match piece {
            Piece::Between(between) => between.to_owned(),
            Piece::Token(token) if kind.is_none() => {
                let key = (reach, token.to_owned());
                let before = self.known.borrow().get(&key).cloned();
                before.unwrap_or_else(|| {
                    let shown = self.token(token, kind, reach);
                    self.known.borrow_mut().insert(key, shown.clone());
                    shown
                })
            }
            Piece::Token(token) => self.token(token, kind, reach),
        });
        shown.collect()
    }

    fn token(&self, token: &str, kind: Option<Kind>, reach: Reach) -> String {
        if let Some(identity) = self.identity(token) {
            return identity;
        }
        if self.level.hides_names() {
            if let Some(name) = self.names.of_name(token, reach).filter(|_| !is_word(token)) {
                return name;
            }
            if is_pattern(token) {
                return self.pattern(token, kind);
            }
        }
        if is_own(token) || is_word(token) { token.to_owned() } else { self.parts(token, reach) }
    }

    /// What stands for a number, an identity or an address that somebody was given.
    fn identity(&self, token: &str) -> Option<String> {
        let filled = |beginning: Kind| {
            let width = token.len() - beginning.len();
            format!("{beginning}{:0width$}", self.names.number(beginning, token))
        };
        let account = self.level.hides_accounts().then(|| {
            let number = is_account(token).then(|| format!("{:012}", self.names.number("account", token)));
            number.or_else(|| principal(token).map(filled))
        });
        let name = self.level.hides_names().then(|| match () {
            () if is_uuid(token) => Some(format!("00000000-0000-0000-0000-{:012}", self.names.number("uuid", token))),
            () if is_public_v4(token) => Some(format!("203.0.113.{}", self.names.number("address", token) % 256)),
            () if is_public_v6(token) => Some(format!("2001:db8::{:x}", self.names.number("long address", token))),
            () => resource(token).map(filled),
        });
        account.flatten().or(name.flatten())
    }

    /// A pattern that matches the same of the known names, or none of them.
    fn pattern(&self, pattern: &str, kind: Option<Kind>) -> String {
        let words = pattern.split(['*', '?', '-', '.', '_']);
        let stays = |word: &str| word.is_empty() || is_word(word) || is_in_regions(word);
        if words.into_iter().all(stays) {
            return pattern.to_owned();
        }
        let matched = self.names.of_kind(kind, |name| matches(pattern, name)).next();
        matched.map_or_else(|| format!("pattern-{}*", self.names.number("pattern", pattern)), str::to_owned)
    }

    /// A longer name with names inside it: of a host, of a pod that is not known, of a bucket.
    fn parts(&self, token: &str, reach: Reach) -> String {
        if let Some(before) = before_domain(token) {
            let (before, dot) = before.strip_suffix('.').map_or((before, ""), |before| (before, "."));
            let domain = &token[before.len() + dot.len()..];
            return if before.is_empty() {
                token.to_owned()
            } else {
                format!("{}{dot}{domain}", self.parts(before, reach))
            };
        }
        let cuts: Vec<usize> = token.match_indices(['.', '-', '_']).map(|(at, _)| at).collect();
        let ends: Vec<usize> = cuts.iter().copied().chain([token.len()]).collect();
        let starts: Vec<usize> = std::iter::once(0).chain(cuts.iter().map(|at| at + 1)).collect();
        let (mut shown, mut next) = (String::new(), 0);
        while next < starts.len() {
            let longest = (next..ends.len())
                .rev()
                .find_map(|last| Some((last, self.part(&token[starts[next]..ends[last]], reach)?)));
            let (last, part) = longest.unwrap_or_else(|| (next, token[starts[next]..ends[next]].to_owned()));
            shown.push_str(&part);
            shown.push_str(token.get(ends[last]..=ends[last]).unwrap_or_default());
            next = last + 1;
        }
        shown
    }

    fn part(&self, part: &str, reach: Reach) -> Option<String> {
        if is_account(part) {
            return self.identity(part);
        }
        let hidden = self.level.hides_names() && part.len() >= SHORTEST_PART && !is_word(part);
        if hidden { self.names.of_name(part, reach) } else { None }
    }
}
