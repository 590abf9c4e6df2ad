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

/// What a user's own value becomes. The session of a node is named by its instance's id, the one of a pod begins with `eks-`.
static OWN: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (r"assumed-role/[\w+=,.@-]+/i-[0-9a-f]+", " assumed-role noderole nodesession "),
        (r"assumed-role/[\w+=,.@-]+/eks-[\w+=,.@-]+", " assumed-role podrole podsession "),
        (r#"arn:aws[\w-]*:(\w+):[^:\s]*:[^:\s]*:([\w-]+)[/:][^\s"',)]*"#, " arn $1 $2 "),
        (r"oidc\.eks\.[a-z0-9-]+\.amazonaws\.com(\.cn)?(/id/\w+)?", " oidchost "),
        (r"\b(af|ap|ca|cn|eu|il|me|mx|sa|us)(-gov)?-[a-z]+-\d\b", " region "),
        (r"169\.254\.170\.23\b", " agentipv4 "),
        (r"\[?fd00:ec2::23\]?", " agentipv6 "),
        (r"\b\d+\.\d+\.\d+\.\d+\b", " address "),
        (r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b|\b[0-9a-f]{16,}\b", " id "),
    ];
    rules.into_iter().filter_map(|(pattern, name)| Some((Regex::new(pattern).ok()?, name))).collect()
});

static WORD: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"[a-z]+(?:[a-z0-9]*[a-z])?|\d+").ok());

impl Words {
    /// Reads a text.
    pub fn of(text: &str) -> Self {
        let mut text = text.to_lowercase();
        for (pattern, name) in OWN.iter() {
            text = pattern.replace_all(&text, *name).into_owned();
        }
        let found = WORD.iter().flat_map(|word| word.find_iter(&text));
        Self(found.map(|word| word.as_str().to_owned()).collect())
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

    /// Weighs a pattern: once, because it is held against many texts.
    pub fn pattern(&self, words: Words) -> Pattern {
        let weights: Vec<f64> = words.0.iter().map(|word| self.word(word)).collect();
        Pattern { whole: weights.iter().sum(), words: words.0, weights }
    }

    /// Says how far a text holds a pattern. Of a text that is shorter, how far the pattern holds the text counts too.
    pub fn fit(&self, pattern: &Pattern, text: &Words) -> Fit {
        let is_shorter = text.0.len() < pattern.words.len();
        if !is_shorter && !pattern.may_fit(text) {
            return Fit { share: 0.0, weight: 0.0 };
        }
        let (in_order, together) = pattern.alignments(text);
        let own = || text.0.iter().map(|word| self.word(word)).sum::<f64>();
        let part = if is_shorter && text.says_something() { together / own() } else { 0.0 };
        let share = f64::midpoint(in_order / pattern.whole, together / pattern.whole).max(part);
        Fit { share, weight: together }
    }
}

impl Pattern {
    /// Whether half of what it says is in the text at all, in whatever order: most patterns are ruled out here.
    fn may_fit(&self, text: &Words) -> bool {
        let there = self.words.iter().zip(&self.weights).filter(|(word, _)| text.0.contains(word));
        there.map(|(_, weight)| weight).sum::<f64>() >= self.whole / 2.0
    }

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
