//! What people see: made reports, drawn for narrow and wide, coloured and plain terminals, as files to look at.

use podid::error::ExitCode;
use podid::render::{Format, Rendering, Reports, Style, Verbosity, render};
use podid::report::{Report, ReportList, Sample};

use crate::render_examples as reports;
use crate::render_reports;
use crate::support::golden;

/// Draws one report.
pub fn draw(report: &Report, format: Format, style: Style, verbosity: Verbosity) -> String {
    render(&Rendering { reports: Reports::One(report), tool_version: "0.1.0" }, format, &style, verbosity)
}

/// Draws several.
pub fn draw_list(list: &ReportList, format: Format, style: Style) -> String {
    render(&Rendering { reports: Reports::List(list), tool_version: "0.1.0" }, format, &style, Verbosity::Normal)
}

/// A plain terminal of 80 columns.
pub const PLAIN: Style = Style { color: false, unicode: true, width: 80 };

/// A workload of which three pods were looked at, and a list of none.
pub fn lists() -> Vec<(&'static str, ReportList)> {
    let sample = |judged, total| Sample {
        is_sample: false,
        left_out: 0,
        asked: "deployment/api".to_owned(),
        namespace: Some("shop".to_owned()),
        judged,
        total,
    };
    let mut second = reports::broken();
    "api-8d2k".clone_into(&mut second.target.target.name);
    let items = vec![reports::broken(), second, render_reports::healthy()];
    vec![
        ("list", ReportList::new(vec![sample(3, 240)], items, ExitCode::INCONCLUSIVE)),
        ("list-of-none", ReportList::new(vec![sample(0, 0)], Vec::new(), ExitCode::INCONCLUSIVE)),
    ]
}

/// Compares texts with the kept ones.
pub fn compare(files: &[(String, String)]) {
    let differences: Vec<String> = files
        .iter()
        .filter_map(|(name, text)| golden::difference(&golden::file(&format!("tests/golden/report/{name}")), text))
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn reports_for_people_look_as_kept() {
    let styles = [
        ("80.txt", PLAIN),
        ("200.txt", Style { width: 200, ..PLAIN }),
        ("color.txt", Style { color: true, ..PLAIN }),
        ("ascii.txt", Style { unicode: false, ..PLAIN }),
    ];
    let mut files = Vec::new();
    for (end, style) in styles {
        for (name, report) in reports::all() {
            files.push((format!("{name}.{end}"), draw(&report, Format::Table, style, Verbosity::Normal)));
        }
        for (name, list) in lists() {
            files.push((format!("{name}.{end}"), draw_list(&list, Format::Table, style)));
        }
    }
    for name in ["broken", "three-causes", "denied", "one-container-unknown", "worked"] {
        let report = reports::all().into_iter().find(|(other, _)| *other == name).expect("a made report").1;
        files.push((format!("{name}.verbose.txt"), draw(&report, Format::Table, PLAIN, Verbosity::Verbose)));
        files.push((format!("{name}.quiet.txt"), draw(&report, Format::Table, PLAIN, Verbosity::Quiet)));
    }
    compare(&files);
}

#[test]
fn short_reports_look_as_kept() {
    let made = reports::all();
    let made = made.iter().map(|(name, report)| (*name, draw(report, Format::Short, PLAIN, Verbosity::Normal)));
    let several = lists();
    let several = several.iter().map(|(name, list)| (*name, draw_list(list, Format::Short, PLAIN)));
    let text: Vec<String> = made.chain(several).map(|(name, lines)| format!("# {name}\n{lines}")).collect();
    let text = text.concat();
    compare(&[("short.txt".to_owned(), text)]);
}

#[test]
fn machine_reports_look_as_kept() {
    let mut files = Vec::new();
    for (name, report) in reports::all() {
        files.push((format!("{name}.json"), draw(&report, Format::Json, PLAIN, Verbosity::Normal)));
    }
    for (name, list) in lists() {
        files.push((format!("{name}.json"), draw_list(&list, Format::Json, PLAIN)));
        files.push((format!("{name}.yaml"), draw_list(&list, Format::Yaml, PLAIN)));
    }
    compare(&files);
}
