//! What holds for every report in every format: nothing hostile gets through, nothing is cut, nothing sticks out.

use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use serde_json::Value;

use crate::render::{PLAIN, draw, draw_list, lists};
use crate::support::case;
use crate::{render_examples as reports, render_reports};
use podid::render::escape::{escape, escape_in_json, is_hidden, to_ascii};
use podid::render::{Format, Rendering, Reports, Style, Verbosity, render};
use podid::report::Report;

const HUMAN: [Format; 3] = [Format::Table, Format::Wide, Format::Short];
const MACHINE: [Format; 2] = [Format::Json, Format::Yaml];
/// Documents that are drawn for no terminal.
const DOCUMENTS: [Format; 3] = [Format::Markdown, Format::Html, Format::Junit];

/// Made reports and those of the cases.
fn all() -> Vec<(String, Report)> {
    let made = reports::all().into_iter().map(|(name, report)| (name.to_owned(), report));
    made.chain(case::all().iter().map(|case| (case.name(), case.report()))).collect()
}

/// Takes away the sequences that set colours.
fn without_color(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (numbers, rest) = part.split_once('m').expect("the end of a sequence");
        assert!(numbers.chars().all(|one| one.is_ascii_digit() || one == ';'), "not a colour: {numbers:?}");
        plain.push_str(rest);
    }
    plain
}

fn hostile_text() -> impl Strategy<Value = String> {
    let control = prop_oneof![
        prop::char::range('\u{0}', '\u{1f}'),
        prop::char::range('\u{7f}', '\u{9f}'),
        prop::char::range('\u{200b}', '\u{200f}'),
        prop::char::range('\u{202a}', '\u{202e}'),
        prop::char::range('\u{2060}', '\u{2069}'),
        prop::char::range('\u{e0000}', '\u{e007f}'),
    ];
    let piece = prop_oneof![
        control.prop_map(String::from),
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "\u{1b}[31m",
            "\u{1b}]0;x\u{7}",
            "\r\n✓ healthy",
            "a b",
            "'",
            "\"",
            "\\",
            ": ",
            "- "
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_hidden_reaches_a_terminal(text in hostile_text()) {
        let report = reports::hostile(&text);
        for format in HUMAN.into_iter().chain(MACHINE).chain(DOCUMENTS) {
            let plain = draw(&report, format, PLAIN, Verbosity::Verbose);
            let leaked = plain.chars().find(|one| is_hidden(*one) && *one != '\n');
            prop_assert!(leaked.is_none(), "{format:?}: {leaked:?}");
            let colored = draw(&report, format, Style { color: true, ..PLAIN }, Verbosity::Verbose);
            prop_assert_eq!(without_color(&colored), plain, "{:?}", format);
        }
    }

    #[test]
    fn a_text_from_a_cluster_never_makes_a_line_of_the_report(text in hostile_text()) {
        let lines = |text: &str| draw(&reports::hostile(text), Format::Short, PLAIN, Verbosity::Normal).lines().count();
        prop_assert_eq!(lines(&text), lines("x"));
    }

    #[test]
    fn machine_output_keeps_every_character(text in hostile_text()) {
        let report = reports::hostile(&text);
        let json: Value = serde_json::from_str(&draw(&report, Format::Json, PLAIN, Verbosity::Normal)).expect("JSON");
        prop_assert_eq!(json["target"]["name"].as_str(), Some(text.as_str()));
        let yaml = draw(&report, Format::Yaml, PLAIN, Verbosity::Normal);
        let yaml: Value = serde_saphyr::from_str(&yaml).expect("YAML");
        prop_assert_eq!(yaml, json);
    }

    #[test]
    fn a_terminal_without_unicode_gets_none(text in hostile_text()) {
        let style = Style { unicode: false, ..PLAIN };
        let report = draw(&reports::hostile(&text), Format::Short, style, Verbosity::Normal);
        prop_assert!(report.is_ascii(), "{}", report);
    }
}

/// Unicode's `Bidi_Control`, its format characters, its separators, and what is ignored when it is shown, one of each kind.
const HIDDEN: &str = "\u{0}\u{7}\u{8}\t\n\u{b}\u{c}\r\u{1b}\u{1f}\u{7f}\u{80}\u{85}\u{90}\u{9b}\u{9d}\u{9f}\u{a0}\u{ad}\u{34f}\u{61c}\
    \u{115f}\u{1160}\u{1680}\u{17b4}\u{17b5}\u{180b}\u{180e}\u{2000}\u{200a}\u{200b}\u{200c}\u{200d}\u{200e}\u{200f}\u{2028}\u{2029}\
    \u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{202f}\u{205f}\u{2060}\u{2061}\u{2064}\u{2066}\u{2067}\u{2068}\u{2069}\u{206a}\u{206f}\
    \u{3000}\u{3164}\u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffb}\u{1bca0}\u{1d173}\u{e0001}\u{e0020}\u{e007f}\u{e0100}\u{e01ef}";

#[test]
fn what_does_not_show_counts_as_hidden() {
    let missed: Vec<char> = HIDDEN.chars().filter(|one| !is_hidden(*one)).collect();
    assert!(missed.is_empty(), "{missed:?}");
    let shown = "abc XYZ 019 ~!@#$%^&*()_+-=[]{}|;':\",./<>?\\` é ß 名 — … · ✓ ✗ ─ 😀";
    let taken: Vec<char> = shown.chars().filter(|one| is_hidden(*one)).collect();
    assert!(taken.is_empty(), "{taken:?}");
}

#[test]
fn hidden_characters_are_shown_as_escapes() {
    assert_eq!(escape("api-7c9f — ✓ é 名"), "api-7c9f — ✓ é 名");
    assert_eq!(escape("a\nb\tc\r\u{1b}[0m"), "a\\nb\\tc\\r\\u{1b}[0m");
    assert_eq!(escape("role\u{a0}name\u{202e}\u{200b}"), "role\\u{a0}name\\u{202e}\\u{200b}");
    assert_eq!(to_ascii("a — b … c · é"), "a - b ... c | \\u{e9}");
    assert_eq!(escape_in_json("\"\u{9b}\u{202e}\u{e0041}\"\n"), "\"\\u009b\\u202e\\udb40\\udc41\"\n");
}

#[test]
fn nothing_sticks_out_but_a_name_or_a_command() {
    for (name, report) in all() {
        let commands: Vec<&str> = report
            .causes
            .iter()
            .flat_map(|cause| &cause.remediation)
            .chain(report.checks.iter().flat_map(|check| &check.findings).flat_map(|finding| &finding.remediation))
            .filter_map(|one| one.command.as_deref())
            .collect();
        for width in [40, 60, 80, 120, 200] {
            let text = draw(&report, Format::Table, Style { width, ..PLAIN }, Verbosity::Verbose);
            for line in text.lines() {
                let is_command = commands.iter().any(|command| command.lines().any(|part| part.trim() == line.trim()));
                let room = width.min(120) - 14;
                let long_name = line.split(' ').any(|word| word.chars().count() > room);
                let fits = line.chars().count() <= width;
                assert!(fits || is_command || long_name, "{name} at {width}: {line}");
            }
        }
    }
}

#[test]
fn no_line_ends_in_blanks_and_no_two_lines_are_empty() {
    let mut texts: Vec<(String, String)> = Vec::new();
    for (name, report) in all() {
        for verbosity in [Verbosity::Quiet, Verbosity::Normal, Verbosity::Verbose] {
            texts.push((name.clone(), draw(&report, Format::Table, PLAIN, verbosity)));
        }
        texts.push((name, draw(&report, Format::Short, PLAIN, Verbosity::Normal)));
    }
    texts.extend(lists().iter().map(|(name, list)| ((*name).to_owned(), draw_list(list, Format::Table, PLAIN))));
    for (name, text) in texts {
        assert!(!text.lines().any(|line| line.ends_with(' ')), "{name}:\n{text}");
        assert!(!text.contains("\n\n\n") && text.ends_with('\n') && !text.ends_with("\n\n"), "{name}:\n{text}");
    }
}

#[test]
fn commands_stand_in_one_piece() {
    for (name, report) in reports::all().into_iter().filter(|(name, _)| *name != "hostile") {
        let text = draw(&report, Format::Table, Style { width: 40, ..PLAIN }, Verbosity::Normal);
        for remedy in report.causes.iter().flat_map(|cause| &cause.remediation) {
            for line in remedy.command.iter().flat_map(|command| command.lines()) {
                assert!(text.lines().any(|one| one.trim() == line.trim()), "{name}: {line}\n{text}");
            }
        }
    }
}

#[test]
fn causes_and_unknown_checks_are_all_named() {
    for (name, report) in all() {
        let text = draw(&report, Format::Table, PLAIN, Verbosity::Quiet);
        let causes = report.causes.iter().map(|cause| cause.check.code);
        let unknown = report.not_checked.iter().copied().filter(|_| report.target_gap.is_none());
        for code in causes.chain(unknown) {
            assert!(text.contains(&code.to_string()), "{name}: {code}\n{text}");
        }
        assert!(text.contains(&format!("{}: ", report.verdict.word())), "{name}");
    }
}

#[test]
fn a_healthy_target_is_one_short_line() {
    let text = draw(&render_reports::healthy(), Format::Short, PLAIN, Verbosity::Normal);
    assert_eq!(text, "ok shop/api-7c9f no fault found\n");
}

#[test]
fn a_format_does_not_depend_on_the_terminal_for_machines() {
    for (name, report) in all() {
        for format in MACHINE.into_iter().chain(DOCUMENTS) {
            let rendering = Rendering { reports: Reports::One(&report), tool_version: "0.1.0" };
            let wide = Style { color: true, unicode: false, width: 200 };
            assert_eq!(
                render(&rendering, format, &wide, Verbosity::Normal),
                render(&rendering, format, &PLAIN, Verbosity::Normal),
                "{name}"
            );
        }
    }
}
