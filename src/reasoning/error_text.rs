//! Texts of logs without what is a user's own in them, and how far one text holds another.
//!
//! Letter case, quotes, numbers, hosts, regions, ARNs and ids differ from cluster to cluster. What is left are the words of
//! the SDK that wrote the text, which are the same everywhere, and names, which no pattern has.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use regex_lite::Regex;

/// The words of a text, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(Vec<String>);

/// A word of so many letters says something alone: `FailedMount`.
const LONG_WORD: usize = 6;

/// What a user's own value becomes.
struct Rule {
    /// Texts of which one stands in every text that the pattern matches; none says nothing.
    hints: &'static [&'static str],
    pattern: Regex,
    name: &'static str,
}

/// The session of a node is named by its instance's id, the one of a pod begins with `eks-`.
static OWN: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    const ROLE: &[&str] = &["assumed-role/"];
    const REGION: &[&str] = &["af-", "ap-", "ca-", "cn-", "eu-", "il-", "me-", "mx-", "sa-", "us-"];
    let rules: [(&[&str], &str, &str); 9] = [
        (ROLE, r"assumed-role/[\w+=,.@-]+/i-[0-9a-f]+", " assumed-role noderole nodesession "),
        (ROLE, r"assumed-role/[\w+=,.@-]+/eks-[\w+=,.@-]+", " assumed-role podrole podsession "),
        (&["arn:aws"], r#"arn:aws[\w-]*:(\w+):[^:\s]*:[^:\s]*:([\w-]+)[/:][^\s"',)]*"#, " arn $1 $2 "),
        (&["oidc.eks."], r"oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?(/id/\w+)?", " oidchost "),
        (REGION, r"\b(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov)?-[a-z]+-\d\b", " region "),
        (&["169.254.170.23"], r"169\.254\.170\.23\b", " agentipv4 "),
        (&["fd00:ec2::23"], r"\[?fd00:ec2::23\]?", " agentipv6 "),
        (&[], r"\b\d+\.\d+\.\d+\.\d+\b", " address "),
        (&[], r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{16,}\b", " id "),
    ];
    let read = |(hints, pattern, name)| Some(Rule { hints, pattern: Regex::new(pattern).ok()?, name });
    rules.into_iter().filter_map(read).collect()
});

impl Rule {
    fn may_match(&self, text: &str) -> bool {
        self.hints.is_empty() || self.hints.iter().any(|hint| text.contains(hint))
    }
}

/// The words of a text in lower case: letters with digits among them, and numbers.
fn words_in(text: &str) -> impl Iterator<Item = &str> {
    let runs = text.split(|one: char| !one.is_ascii_lowercase() && !one.is_ascii_digit());
    runs.flat_map(|run| {
        let mut rest = run;
        std::iter::from_fn(move || {
            let is_number = rest.starts_with(|one: char| one.is_ascii_digit());
            let end = if is_number {
                rest.find(|one: char| !one.is_ascii_digit()).unwrap_or(rest.len())
            } else {
                rest.trim_end_matches(|one: char| one.is_ascii_digit()).len()
            };
            let (word, after) = rest.split_at(end);
            rest = after;
            (!word.is_empty()).then_some(word)
        })
    })
}

impl Words {
    /// Reads a text.
    pub fn of(text: &str) -> Self {
        let mut text = text.to_lowercase();
        for rule in OWN.iter().filter(|rule| rule.may_match(&text)).collect::<Vec<_>>() {
            text = rule.pattern.replace_all(&text, rule.name).into_owned();
        }
        Self(words_in(&text).map(str::to_owned).collect())
    }

    /// Whether a pattern that holds all of it is no accident: a short word stands in many texts.
    fn says_something(&self) -> bool {
        self.0.len() > 1 || self.0.iter().any(|word| word.len() >= LONG_WORD)
    }

    /// The text in parts of so many words, each with half of the part before it: the longest lines are read in parts.
    pub fn parts(&self, most: usize) -> Vec<Self> {
        if self.0.len() <= most {
            return vec![self.clone()];
        }
        let starts = (0..self.0.len()).step_by((most / 2).max(1));
        starts.map(|start| Self(self.0[start..self.0.len().min(start + most)].to_vec())).collect()
    }
}

/// How much each word says: one that few texts have says more.
#[derive(Debug, Clone, Default)]
pub struct Weights {
    texts: usize,
    with: HashMap<String, usize>,
}

/// A text that others are searched for, with what each word of it says; it has at least one word.
#[derive(Debug, Clone)]
pub struct Pattern {
    words: Vec<String>,
    weights: Vec<f64>,
    whole: f64,
}

/// How far a text holds a pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fit {
    /// The share of the pattern that is there, from 0 to 1.
    pub share: f64,
    /// What the longest piece of it that stands together says.
    pub weight: f64,
}

/// Patterns by their words: nearly all of them are ruled out without being looked at.
#[derive(Debug, Default)]
pub struct Index {
    /// In which patterns a word stands, and what it says there.
    places: HashMap<String, Vec<(usize, f64)>>,
    patterns: Vec<Needs>,
}

/// What a text must have of a pattern to hold it.
#[derive(Debug)]
struct Needs {
    /// The number of its words.
    length: usize,
    /// Half of what it says.
    half: f64,
    /// What those of its words say that stand for a user's own values.
    own: f64,
}

/// The words that stand for a user's own values: before those are taken out, no text has them.
const STAND_INS: &[&str] = &[
    "noderole",
    "nodesession",
    "podrole",
    "podsession",
    "oidchost",
    "region",
    "agentipv4",
    "agentipv6",
    "address",
    "id",
];
/// What is left of a text with one of these is not told by its words.
const MANY_OWN: &[&str] = &["assumed-role/", "arn:aws", "oidc.eks."];

impl Index {
    /// Orders patterns.
    pub fn of<'p>(patterns: impl IntoIterator<Item = &'p Pattern>) -> Self {
        let mut index = Self::default();
        for pattern in patterns {
            let place = index.patterns.len();
            let mut needs = Needs { length: pattern.words.len(), half: pattern.whole / 2.0, own: 0.0 };
            for (word, weight) in pattern.words.iter().zip(&pattern.weights) {
                index.places.entry(word.clone()).or_default().push((place, *weight));
                needs.own += if STAND_INS.contains(&word.as_str()) { *weight } else { 0.0 };
            }
            index.patterns.push(needs);
        }
        index
    }

    /// The places of the patterns that a text may hold, or that may hold a text that is shorter: half of what either says
    /// is in the other, in whatever order.
    pub fn candidates(&self, text: &Words, weights: &Weights) -> Vec<usize> {
        let (there, all) = (self.there(text.0.iter().map(String::as_str)), weights.all(text));
        let fits = |(place, needs): &(usize, &Needs)| {
            there[*place] >= needs.half || (text.0.len() < needs.length && there[*place] >= all / 2.0)
        };
        self.patterns.iter().enumerate().filter(fits).map(|(place, _)| place).collect()
    }

    /// Whether a text may hold a pattern at all, before a user's own values are taken out of it, which takes long.
    pub fn may_hold_one(&self, text: &str, weights: &Weights) -> bool {
        let text = text.to_lowercase();
        let words: Vec<&str> = words_in(&text).collect();
        let there = self.there(words.iter().copied());
        // What becomes of numbers, ids and regions is not known yet.
        let stays = |word: &&&str| word.bytes().any(|one| one > b'f') && !word.bytes().any(|one| one.is_ascii_digit());
        let has_many_own = MANY_OWN.iter().any(|own| text.contains(own));
        let all: f64 = if has_many_own { 0.0 } else { words.iter().filter(stays).map(|word| weights.word(word)).sum() };
        let slack = REGIONAL * weights.unheard_of();
        self.patterns.iter().zip(&there).any(|(needs, there)| {
            let there = there + needs.own;
            there > needs.own && (there >= needs.half || (words.len() < needs.length && there + slack >= all / 2.0))
        })
    }

    /// What each pattern says with the words that are there, whatever number of times.
    fn there<'w>(&self, words: impl Iterator<Item = &'w str>) -> Vec<f64> {
        let mut there = vec![0.0; self.patterns.len()];
        for word in words.collect::<HashSet<_>>() {
            for (place, weight) in self.places.get(word).into_iter().flatten() {
                there[*place] += weight;
            }
        }
        there
    }
}

/// The words of a region that are no part of a text without it: `eu-west-1`, `us-gov-east-1`.
const REGIONAL: f64 = 3.0;

impl Weights {
    /// Counts the words of groups of texts; a word of several texts of one group counts once.
    pub fn of<'w>(groups: impl IntoIterator<Item = Vec<&'w Words>>) -> Self {
        let mut weights = Self::default();
        for group in groups {
            weights.texts += 1;
            let words: HashSet<&String> = group.into_iter().flat_map(|words| &words.0).collect();
            for word in words {
                *weights.with.entry(word.clone()).or_default() += 1;
            }
        }
        weights
    }

    #[expect(clippy::cast_precision_loss, reason = "there are hundreds of texts")]
    fn word(&self, word: &str) -> f64 {
        let with = self.with.get(word).map_or(0.5, |count| *count as f64);
        ((self.texts + 1) as f64 / with).ln() + 0.3
    }

    /// What a word says that no text has.
    fn unheard_of(&self) -> f64 {
        self.word("")
    }

    /// Weighs a pattern: once, because it is held against many texts.
    pub fn pattern(&self, words: Words) -> Pattern {
        let weights: Vec<f64> = words.0.iter().map(|word| self.word(word)).collect();
        Pattern { whole: weights.iter().sum(), words: words.0, weights }
    }

    /// Says how far a text holds a pattern. Of a text that is shorter, how far the pattern holds the text counts too.
    pub fn fit(&self, pattern: &Pattern, text: &Words) -> Fit {
        let (in_order, together) = pattern.alignments(text);
        let is_shorter = text.0.len() < pattern.words.len();
        let part = if is_shorter && text.says_something() { together / self.all(text) } else { 0.0 };
        let share = f64::midpoint(in_order / pattern.whole, together / pattern.whole).max(part);
        Fit { share, weight: together }
    }

    /// What all words of a text say.
    fn all(&self, text: &Words) -> f64 {
        text.0.iter().map(|word| self.word(word)).sum()
    }
}

impl Pattern {
    /// The weight of the words that both have in the same order, and of the longest piece of them that stands together.
    fn alignments(&self, text: &Words) -> (f64, f64) {
        let mut in_order = vec![0.0_f64; text.0.len() + 1];
        let mut run = vec![0.0_f64; text.0.len() + 1];
        let mut together = 0.0_f64;
        for (word, weight) in self.words.iter().zip(&self.weights) {
            let (mut before, mut run_before) = (0.0, 0.0);
            for (at, other) in text.0.iter().enumerate() {
                let (above, run_above) = (in_order[at + 1], run[at + 1]);
                if word == other {
                    in_order[at + 1] = in_order[at + 1].max(before + weight);
                    run[at + 1] = run_before + weight;
                    together = together.max(run[at + 1]);
                } else {
                    run[at + 1] = 0.0;
                }
                in_order[at + 1] = in_order[at + 1].max(in_order[at]);
                (before, run_before) = (above, run_above);
            }
        }
        (in_order.last().copied().unwrap_or_default(), together)
    }
}
