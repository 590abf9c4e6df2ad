//! Storms over evidence: what was read is lost or is not what it should be, and the diagnosis stays true, bounded and drawable.

use std::panic::{AssertUnwindSafe, catch_unwind};

use podid::diagnose::diagnose;
use podid::evidence::{Evidence, Gap, GapReason, Source};
use podid::render::{Format, Verbosity};
use podid::report::Report;
use serde_json::{Value, json};

use super::laws::{self, Judgement};
use super::seeds;
use crate::render::{PLAIN, draw};
use crate::support::case::{self, Case};
use crate::support::schema;

/// How many runs there are of losses, and of lies.
const RUNS: u64 = 5_000;
const REASONS: &[GapReason] = &[
    GapReason::Denied,
    GapReason::TimedOut,
    GapReason::Throttled,
    GapReason::Unreachable,
    GapReason::Malformed,
    GapReason::Insufficient,
];
const FORMATS: [Format; 7] =
    [Format::Table, Format::Wide, Format::Short, Format::Json, Format::Markdown, Format::Html, Format::Junit];

/// A case that a seed chooses, and the draws that follow.
fn drawn(seed: u64) -> (&'static Case, fastrand::Rng) {
    let mut rng = fastrand::Rng::with_seed(seed);
    let all = case::all();
    (&all[rng.usize(0..all.len())], rng)
}

/// The seeds for which something is wrong, four threads at a time.
fn all_wrong(usual: u64, run: impl Fn(u64) -> Vec<String> + Sync) -> Vec<String> {
    let all: Vec<u64> = seeds(usual).collect();
    let caught = |seed: u64| {
        let ended = catch_unwind(AssertUnwindSafe(|| run(seed)));
        let wrong = ended.unwrap_or_else(|_panic| vec!["it crashed".to_owned()]);
        wrong.into_iter().map(|words| format!("seed {seed}, {}: {words}", drawn(seed).0.name())).collect::<Vec<_>>()
    };
    std::thread::scope(|scope| {
        let part = |part: usize| {
            let own: Vec<u64> = all.iter().copied().skip(part).step_by(2).collect();
            let caught = &caught;
            scope.spawn(move || own.into_iter().flat_map(caught).collect::<Vec<_>>())
        };
        let parts = [part(0), part(1)];
        parts.into_iter().flat_map(|part| part.join().expect("no panic")).collect()
    })
}

fn document(report: &Report) -> Value {
    serde_json::from_str(&draw(report, Format::Json, PLAIN, Verbosity::Normal)).expect("JSON")
}

#[test]
fn what_was_lost_makes_no_pod_better_or_worse() {
    let wrong = all_wrong(RUNS, |seed| {
        let (case, mut rng) = drawn(seed);
        let mut evidence = case.evidence();
        let mut names = Vec::new();
        for _ in 0..=rng.usize(0..4) {
            let source = Source::ALL[rng.usize(0..Source::ALL.len())];
            let reason = &REASONS[rng.usize(0..REASONS.len())];
            evidence.lose(Gap::new(source, reason.clone(), "lost"));
            names.push(format!("{} {}", source.key(), reason.word()));
        }
        let (truth, found) = (document(&case.report()), document(&diagnose(&evidence, &case.options())));
        let wrong = Judgement::of(&truth).wrong_after_a_loss(&Judgement::of(&found));
        wrong.into_iter().map(|words| format!("{words} without {}", names.join(", "))).collect()
    });
    let shown = wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} are wrong:\n{shown}", wrong.len());
}

#[test]
fn what_is_not_as_it_should_be_is_refused_or_drawn() {
    let wrong = all_wrong(RUNS, |seed| {
        let (case, mut rng) = drawn(seed);
        let mut evidence = case.value();
        for _ in 0..=rng.usize(0..3) {
            spoil(&mut evidence, &mut rng);
        }
        let Ok(evidence) = Evidence::from_value(evidence) else { return Vec::new() };
        let report = diagnose(&evidence, &case.options());
        let mut wrong = Vec::new();
        for format in FORMATS {
            let text = draw(&report, format, PLAIN, Verbosity::Verbose);
            wrong.extend(laws::raw(&text).map(|raw| format!("{format:?}: a raw {raw:?}")));
        }
        if seed % 10 == 0 {
            wrong.extend(schema::violations(&document(&report)));
        }
        wrong
    });
    let shown = wrong.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} are wrong:\n{shown}", wrong.len());
}

/// Changes a value at random.
fn spoil(evidence: &mut Value, rng: &mut fastrand::Rng) {
    let mut place = evidence;
    loop {
        let children = match place {
            Value::Object(fields) => fields.len(),
            Value::Array(list) => list.len(),
            _ => 0,
        };
        if children == 0 || rng.usize(0..6) == 0 {
            break;
        }
        let chosen = rng.usize(0..children);
        place = match place {
            Value::Object(fields) => fields.values_mut().nth(chosen).expect("a field"),
            Value::Array(list) => &mut list[chosen],
            _ => unreachable!("it has no children"),
        };
    }
    *place = match rng.usize(0..10) {
        0 => Value::Null,
        1 => json!(["a", {}]),
        2 => json!({}),
        3 => json!(-1),
        4 => json!(u64::MAX),
        5 => json!("x".repeat(200_000)),
        6 => json!("9999-12-31T23:59:59.999999999Z"),
        7 => (0..100).fold(json!("deep"), |inner, _| json!([inner])),
        8 => json!("\u{1b}]0;x\u{7}\u{1b}[31m\r\n✓ healthy\u{202e}\u{0}'; $(reboot) `reboot`"),
        _ => json!(""),
    };
}
