//! Texts of logs without what is a user's own in them, and how far one text holds another.
//!
//! Letter case, quotes, numbers, hosts, regions, ARNs, ids and paths differ from cluster to cluster. What is left are the
//! words of the SDK that wrote the text, and those are the same everywhere.

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

    fn sum(&self, words: &Words) -> f64 {
        words.0.iter().map(|word| self.word(word)).sum()
    }

    /// Says how far a text holds a pattern. Of a text that is shorter, how far the pattern holds the text counts too.
    pub fn fit(&self, pattern: &Words, text: &Words) -> Fit {
        let (whole, own) = (self.sum(pattern), self.sum(text));
        if whole <= 0.0 || own <= 0.0 {
            return Fit { share: 0.0, weight: 0.0 };
        }
        if !self.may_fit(pattern, text, whole) {
            return Fit { share: 0.0, weight: 0.0 };
        }
        let (in_order, together) = self.alignments(pattern, text);
        let part = if text.0.len() < pattern.0.len() && text.says_something() { together / own } else { 0.0 };
        Fit { share: f64::midpoint(in_order / whole, together / whole).max(part), weight: together }
    }

    /// Whether half of what a pattern says is in the text at all, in whatever order: most patterns are ruled out here.
    fn may_fit(&self, pattern: &Words, text: &Words, whole: f64) -> bool {
        let there = pattern.0.iter().filter(|word| text.0.contains(word));
        text.0.len() < pattern.0.len() || there.map(|word| self.word(word)).sum::<f64>() >= whole / 2.0
    }

    /// The weight of the words that both have in the same order, and of the longest piece of them that stands together.
    fn alignments(&self, pattern: &Words, text: &Words) -> (f64, f64) {
        let mut in_order = vec![0.0_f64; text.0.len() + 1];
        let mut run = vec![0.0_f64; text.0.len() + 1];
        let mut together = 0.0_f64;
        for word in &pattern.0 {
            let weight = self.word(word);
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
