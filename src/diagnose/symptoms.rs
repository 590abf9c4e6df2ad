//! The checks that a text of a log belongs to, by their symptoms: the best fit first.

use std::sync::LazyLock;

use crate::checks::{Check, registry};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::reasoning::error_text::{Fit, Pattern, Weights, Words};
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

/// The symptoms of all checks, read and weighed once.
struct Symptoms {
    of_checks: Vec<(&'static Check, Vec<(&'static str, Pattern)>)>,
    weights: Weights,
}

static SYMPTOMS: LazyLock<Symptoms> = LazyLock::new(|| {
    let read = |check: &'static Check| {
        (check, check.symptoms.iter().map(|symptom| (*symptom, Words::of(symptom))).collect::<Vec<_>>())
    };
    let read: Vec<_> = registry::all().map(read).collect();
    let weights = Weights::of(read.iter().map(|(_, symptoms)| symptoms.iter().map(|(_, words)| words).collect()));
    let weighed = |(check, symptoms): (&'static Check, Vec<(&'static str, Words)>)| {
        (check, symptoms.into_iter().map(|(symptom, words)| (symptom, weights.pattern(words))).collect())
    };
    Symptoms { of_checks: read.into_iter().map(weighed).collect(), weights }
});

/// Finds the checks that a text belongs to: the best fit first, and of equal ones the check that is judged first.
pub fn matching(text: &str) -> Vec<Match> {
    ranked(text).into_iter().map(|(_, found)| found).collect()
}

fn ranked(text: &str) -> Vec<(f64, Match)> {
    let parts = Words::of(text).parts(MOST_WORDS);
    let best = |check: &'static Check, symptoms: &'static [(&'static str, Pattern)]| {
        let fits = symptoms.iter().flat_map(|one| parts.iter().map(move |part| (one, part)));
        let scores = fits.filter_map(|((symptom, pattern), part)| {
            Some((score(check, SYMPTOMS.weights.fit(pattern, part))?, Match { check, symptom }))
        });
        scores.max_by(|one, other| one.0.total_cmp(&other.0))
    };
    let mut found: Vec<(f64, Match)> =
        SYMPTOMS.of_checks.iter().filter_map(|(check, symptoms)| best(check, symptoms)).collect();
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
