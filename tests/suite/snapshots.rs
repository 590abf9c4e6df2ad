//! The human report next to each case: what a person on call reads, kept so that a change of words is seen.

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
    reports.extend(case::all().into_iter().map(|case| (case.path.with_extension("txt"), case.report())));
    let differences: Vec<String> = reports
        .iter()
        .filter_map(|(path, report)| golden::difference(path, &draw(report, Format::Table, PLAIN, Verbosity::Normal)))
        .collect();
    assert!(differences.is_empty(), "{} differ:\n{}", differences.len(), differences.join("\n"));
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
