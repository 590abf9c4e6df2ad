//! The human report next to each case: what a person on call reads, kept so that a change of words is seen.
//!
//! How many checks passed or did not apply is left out: it would change every file with each check that is added.

use std::path::PathBuf;

use podid::diagnose::{Options, diagnose};
use podid::evidence::Evidence;
use podid::render::{Format, Verbosity};

use crate::render::{PLAIN, draw};
use crate::support::{case, golden};

#[test]
fn every_case_reads_as_kept() {
    let healthy = Evidence::from_value(case::healthy()).expect("evidence");
    let mut reports = vec![(case::folder().join("healthy.txt"), diagnose(&healthy, &Options::default()))];
    reports.extend(case::all().iter().map(|case| (case.path.with_extension("txt"), case.report())));
    let differences: Vec<String> = reports
        .iter()
        .filter_map(|(path, report)| {
            golden::difference(path, &without_totals(&draw(report, Format::Table, PLAIN, Verbosity::Normal)))
        })
        .collect();
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
}

/// Takes the two numbers out of the last line that count the registry rather than the case.
fn without_totals(text: &str) -> String {
    let is_counted = |line: &str| ["passed", "not applicable"].iter().any(|word| line.contains(&format!(" {word}")));
    let lines = text
        .lines()
        .map(|line| if is_counted(line) && line.contains(" · ") { uncounted(line) } else { line.to_owned() });
    lines.map(|line| line + "\n").collect()
}

/// Writes `…` where the line counts what passed and what did not apply.
fn uncounted(line: &str) -> String {
    let part = |part: &str| match part.trim_start().split_once(' ') {
        Some((number, rest))
            if number.parse::<u32>().is_ok()
                && ["passed", "not applicable"].iter().any(|word| rest.starts_with(word)) =>
        {
            format!("… {rest}")
        }
        _ => part.to_owned(),
    };
    line.split(" · ").map(part).collect::<Vec<String>>().join(" · ")
}

#[test]
fn every_kept_report_has_its_case() {
    let mut folders = vec![case::folder()];
    let mut alone: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("a folder of cases") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "txt") && !path.with_extension("yaml").exists() {
                alone.push(path);
            }
        }
    }
    assert!(alone.is_empty(), "reports without a case: {alone:?}");
}
