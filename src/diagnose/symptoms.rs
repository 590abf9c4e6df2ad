//! The checks that a text of a log belongs to, by their symptoms: the best fit first.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::checks::{Check, registry};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::reasoning::error_text::{Fit, Index, Pattern, Weights, Words};
use crate::report::{Match, SeenInLog};

/// Less of a symptom than this share is no match.
const LEAST_SHARE: f64 = 0.6;
/// A piece that says less than this may stand in any text.
const LEAST_WEIGHT: f64 = 3.0;
/// How much more words count: a piece that says twice as much is not twice as good.
const GROWTH: f64 = 0.35;
/// What a cause that is met often is ahead of others, and a check that only a switch runs is behind them.
const AHEAD: f64 = 0.3;
/// The longest part of a line of a log that is read, in bytes: what an SDK says is far shorter.
const LONGEST_LINE: usize = 16 * 1024;
/// The most words of a text that are compared at once.
const MOST_WORDS: usize = 400;

/// A text by which a check is known.
struct Symptom {
    check: &'static Check,
    text: &'static str,
    pattern: Pattern,
}

/// The symptoms of all checks, read and weighed once; those of one check stand together.
struct Symptoms {
    all: Vec<Symptom>,
    weights: Weights,
    index: Index,
}

static SYMPTOMS: LazyLock<Symptoms> = LazyLock::new(|| {
    let read = |check: &'static Check| {
        (check, check.symptoms.iter().map(|symptom| (*symptom, Words::of(symptom))).collect::<Vec<_>>())
    };
    let read: Vec<_> = registry::all().map(read).collect();
    let weights = Weights::of(read.iter().map(|(_, symptoms)| symptoms.iter().map(|(_, words)| words).collect()));
    let each = read.into_iter().flat_map(|(check, symptoms)| symptoms.into_iter().map(move |one| (check, one)));
    let all: Vec<Symptom> =
        each.map(|(check, (text, words))| Symptom { check, text, pattern: weights.pattern(words) }).collect();
    let index = Index::of(all.iter().map(|one| &one.pattern));
    Symptoms { all, weights, index }
});

/// Finds the checks that a text belongs to: the best fit first, and of equal ones the check that is judged first.
pub fn matching(text: &str) -> Vec<Match> {
    ranked(text).into_iter().map(|(_, found)| found).collect()
}

fn ranked(text: &str) -> Vec<(f64, Match)> {
    let Symptoms { all, weights, index } = &*SYMPTOMS;
    let mut best: BTreeMap<usize, f64> = BTreeMap::new();
    for part in Words::of(text).parts(MOST_WORDS) {
        for place in index.candidates(&part, weights) {
            let Symptom { check, pattern, .. } = &all[place];
            let Some(score) = score(check, weights.fit(pattern, &part)) else { continue };
            let known = best.entry(place).or_insert(score);
            *known = known.max(score);
        }
    }
    let mut found: Vec<(f64, Match)> = Vec::new();
    for (place, score) in best {
        let Symptom { check, text: symptom, .. } = all[place];
        match found.last_mut().filter(|(_, known)| known.check.code == check.code) {
            Some(known) if known.0 > score => {}
            Some(known) => *known = (score, Match { check, symptom }),
            None => found.push((score, Match { check, symptom })),
        }
    }
    found.sort_by(|one, other| other.0.total_cmp(&one.0));
    found
}

fn score(check: &Check, fit: Fit) -> Option<f64> {
    if fit.share < LEAST_SHARE || fit.weight < LEAST_WEIGHT {
        return None;
    }
    let ahead = match (check.is_common, check.area.is_active) {
        (true, _) => AHEAD,
        (false, true) => -AHEAD,
        (false, false) => 0.0,
    };
    Some(fit.share * fit.weight.powf(GROWTH) + ahead)
}

/// Finds the lines of a log that matter: the best fit first.
pub fn in_log(log: &str) -> Vec<SeenInLog> {
    let mut seen: Vec<(f64, SeenInLog)> = Vec::new();
    for (index, line) in log.lines().enumerate() {
        let line = &line[..line.floor_char_boundary(LONGEST_LINE)];
        if !SYMPTOMS.index.may_hold_one(line, &SYMPTOMS.weights) {
            continue;
        }
        let found = ranked(line);
        let Some(((best, Match { check, .. }), others)) = found.split_first() else { continue };
        if let Some((_, known)) = seen.iter_mut().find(|(_, one)| one.check.code == check.code) {
            known.count += 1;
            continue;
        }
        let others = others.iter().filter(|(score, _)| best - score <= AHEAD).map(|(_, one)| one.check).collect();
        let text = ForeignText::new(line.trim());
        seen.push((*best, SeenInLog { check, others, line: index + 1, text, count: 1 }));
    }
    seen.sort_by(|one, other| other.0.total_cmp(&one.0));
    seen.into_iter().map(|(_, one)| one).collect()
}
