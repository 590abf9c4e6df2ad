//! Markdown, HTML, JUnit's XML and wide tables: how they look, and that nothing from a cluster becomes markup in them.

use proptest::prelude::{ProptestConfig, Strategy, any, prop, prop_assert, prop_assert_eq, prop_oneof, proptest};
use pulldown_cmark::{Event, Options, Parser, Tag};
use roxmltree::Document;

use crate::render::{PLAIN, compare, draw, draw_list, lists};
use crate::render_examples as reports;
use crate::support::case;
use podid::error::Error;
use podid::render::{Format, Style, Verbosity, error_document};
use podid::report::{Report, Status, VerdictWord};

/// Made reports that are kept, where every check is named only once: each new one would change them all.
const KEPT: [(Format, &str, &[&str]); 3] = [
    (Format::Markdown, "md", &["broken", "three-causes", "denied", "not-found", "one-container-unknown", "hostile"]),
    (Format::Html, "html", &["broken", "three-causes", "denied", "not-found", "hostile"]),
    (Format::Junit, "junit.xml", &["three-causes", "list-of-none"]),
];

/// A text without what stands between two others.
fn without(text: &str, start: &str, end: &str) -> String {
    let mut parts = text.split(start);
    let before = parts.next().unwrap_or_default().to_owned();
    parts.fold(before, |all, part| format!("{all}{start}…{}", &part[part.find(end).expect("the end of a part")..]))
}

/// What is kept of a page: not its style, which is a file of its own, and the list of all checks only once.
fn kept(name: &str, text: &str) -> String {
    let text = without(text, "<style>", "</style>");
    if name == "broken" { text } else { without(&text, "<summary>all checks: ", "</details>") }
}

#[test]
fn pages_look_as_kept() {
    let mut files = Vec::new();
    for (format, end, names) in KEPT {
        for (name, report) in reports::all().into_iter().filter(|(name, _)| names.contains(name)) {
            let text = draw(&report, format, PLAIN, Verbosity::Normal);
            files.push((format!("{name}.{end}"), kept(name, &text)));
        }
        for (name, list) in lists().into_iter().filter(|(name, _)| format != Format::Junit || names.contains(name)) {
            files.push((format!("{name}.{end}"), kept(name, &draw_list(&list, format, PLAIN))));
        }
    }
    for (name, list) in lists() {
        files.push((format!("{name}.wide.txt"), draw_list(&list, Format::Wide, PLAIN)));
    }
    compare(&files);
}

#[test]
fn wide_says_of_one_target_what_verbose_says() {
    for (name, report) in reports::all() {
        let wide = draw(&report, Format::Wide, PLAIN, Verbosity::Normal);
        assert_eq!(wide, draw(&report, Format::Table, PLAIN, Verbosity::Verbose), "{name}");
    }
}

#[test]
fn a_wide_row_holds_a_target_whatever_its_name_is() {
    let (_, mut list) = lists().remove(0);
    list.items[0] = reports::hostile("a\nb   c\u{1b}[2J\u{202e}");
    let text = draw_list(&list, Format::Wide, Style { color: true, ..PLAIN });
    assert_eq!(text.lines().filter(|line| line.contains('✗') || line.contains('✓')).count(), 4, "{text}");
    assert!(!text.contains('\u{202e}') && !text.contains("\u{1b}[2J"), "{text}");
}

fn every_report() -> Vec<(String, Report)> {
    let made = reports::all().into_iter().map(|(name, report)| (name.to_owned(), report));
    made.chain(case::all().iter().map(|case| (case.name(), case.report()))).collect()
}

/// What the text of a page says, without its markup.
fn words(page: &str) -> String {
    let document = Document::parse(page).unwrap_or_else(|error| panic!("{error}\n{page}"));
    document.descendants().filter(roxmltree::Node::is_text).filter_map(|node| node.text()).collect()
}

#[test]
fn every_page_is_well_formed_and_asks_for_nothing() {
    for (name, report) in every_report() {
        let page = draw(&report, Format::Html, PLAIN, Verbosity::Normal);
        let document = Document::parse(&page).unwrap_or_else(|error| panic!("{name}: {error}"));
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let element = node.tag_name().name();
            assert!(
                !["script", "link", "img", "iframe", "a", "object", "form", "base"].contains(&element),
                "{name}: {element}"
            );
            for attribute in node.attributes() {
                let known = ["class", "lang", "charset", "http-equiv", "content", "name", "open"];
                assert!(known.contains(&attribute.name()), "{name}: {}", attribute.name());
            }
        }
        let style = &page[page.find("<style>").expect("a style")..page.find("</style>").expect("its end")];
        assert!(!style.contains("url(") && !style.contains("@import"), "the style loads something");
        assert!(page.contains("default-src 'none'"), "{name} has no policy");
    }
}

#[test]
fn every_page_holds_the_answer_and_the_commands() {
    for (name, report) in every_report().into_iter().filter(|(name, _)| name != "hostile") {
        let page = words(&draw(&report, Format::Html, PLAIN, Verbosity::Normal));
        let ticket = draw(&report, Format::Markdown, PLAIN, Verbosity::Normal);
        assert!(page.contains(&report.summary), "{name}: {}", report.summary);
        for remedy in report.causes.iter().flat_map(|cause| &cause.remediation) {
            for line in remedy.command.iter().flat_map(|command| command.lines()) {
                assert!(page.contains(line) && ticket.lines().any(|one| one == line), "{name}: {line}");
            }
        }
        if report.target_gap.is_none() {
            for check in &report.checks {
                let code = check.check.code.to_string();
                assert!(page.contains(&code) && ticket.contains(&code), "{name}: {code}");
            }
        }
    }
}

#[test]
fn junit_has_a_case_for_each_check_and_agrees_with_the_exit_code() {
    for (name, report) in every_report() {
        let text = draw(&report, Format::Junit, PLAIN, Verbosity::Normal);
        let document = Document::parse(&text).unwrap_or_else(|error| panic!("{name}: {error}"));
        let suite = document.descendants().find(|node| node.has_tag_name("testsuite")).expect("a suite");
        let cases: Vec<_> = suite.children().filter(|node| node.has_tag_name("testcase")).collect();
        if report.target_gap.is_some() {
            assert_eq!(
                (cases.len(), suite.attribute("errors")),
                (1, Some("1")),
                "{name}: what was not found is said once"
            );
            continue;
        }
        // What no check answers for, such as a pod that has failed, is a case of its own.
        let beyond = cases.len() - report.checks.len();
        assert!(beyond == 0 || beyond == 1 && report.verdict == VerdictWord::Inconclusive, "{name}: {beyond}");
        for (count, element) in [("failures", "failure"), ("errors", "error"), ("skipped", "skipped")] {
            let there = suite.descendants().filter(|node| node.has_tag_name(element)).count();
            assert_eq!(suite.attribute(count), Some(there.to_string().as_str()), "{name}: {count}");
        }
        let number = |count: &str| suite.attribute(count).and_then(|text| text.parse::<usize>().ok()).expect("a count");
        assert_eq!(
            number("failures") + number("errors") > 0,
            report.exit_code.0 != 0,
            "{name}: {}",
            report.exit_code.0
        );
        for (case, check) in cases.iter().zip(&report.checks) {
            let is_bare = !case.children().any(|node| node.is_element());
            assert_eq!(is_bare, check.status == Status::Passed, "{name}: {}", check.check.code);
        }
    }
}

#[test]
fn junit_has_the_shape_that_its_readers_know() {
    let known: &[(&str, &[&str], &[&str])] = &[
        ("testsuites", &["testsuite"], &["name", "tests", "skipped", "failures", "errors", "time"]),
        (
            "testsuite",
            &["properties", "testcase"],
            &["name", "tests", "failures", "errors", "skipped", "time", "timestamp"],
        ),
        ("properties", &["property"], &[]),
        ("property", &[], &["name", "value"]),
        ("testcase", &["failure", "error", "skipped", "system-out"], &["classname", "name", "time"]),
        ("failure", &[], &["type", "message"]),
        ("error", &[], &["type", "message"]),
        ("skipped", &[], &["message"]),
        ("system-out", &[], &[]),
    ];
    let list = draw_list(&lists().remove(1).1, Format::Junit, PLAIN);
    let texts = every_report().into_iter().map(|(_, report)| draw(&report, Format::Junit, PLAIN, Verbosity::Normal));
    for text in texts.chain([list]) {
        quick_junit::Report::deserialize_from_str(&text).expect("a report that others read");
        let document = Document::parse(&text).expect("XML");
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            let name = node.tag_name().name();
            let (_, children, attributes) = known.iter().find(|one| one.0 == name).unwrap_or_else(|| panic!("{name}"));
            let inner = node.children().filter(roxmltree::Node::is_element);
            assert!(inner.clone().all(|child| children.contains(&child.tag_name().name())), "{name}");
            assert!(node.attributes().iter().all(|one| attributes.contains(&one.name())), "{name}");
            assert!(name != "testcase" || inner.count() <= 1, "{name}");
        }
    }
}

#[test]
fn an_error_that_ends_the_run_is_a_page_too() {
    let error = Error::usage("the kubeconfig <k|`@a`> could not be read").hint("name one with --kubeconfig");
    let page = error_document(&error, Format::Html).expect("a page");
    assert!(words(&page).contains("the kubeconfig <k|`@a`> could not be read"), "{page}");
    let junit = error_document(&error, Format::Junit).expect("a document");
    let document = Document::parse(&junit).expect("XML");
    let told = document.descendants().find(|node| node.has_tag_name("error")).expect("an error");
    assert_eq!(told.attribute("message"), Some(error.message.as_str()));
    assert_eq!(told.text(), error.hint.as_deref());
    let ticket = error_document(&error, Format::Markdown).expect("a text");
    assert_eq!(
        ticket,
        "## ✗ error: the kubeconfig ``<k|`@a`>`` could not be read\n\n**next** name one with `--kubeconfig`\n"
    );
    assert_eq!(error_document(&error, Format::Wide), None);
}

/// What a reader of Markdown makes of a text: its blocks, and everything in it that is more than words.
fn structure(text: &str) -> Vec<String> {
    let parser = Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_GFM);
    let shape = |event: Event<'_>| match event {
        Event::Start(Tag::Item | Tag::Paragraph)
        | Event::End(_)
        | Event::Text(_)
        | Event::Code(_)
        | Event::SoftBreak
        | Event::HardBreak => None,
        Event::Start(Tag::CodeBlock(_)) => Some("a block".to_owned()),
        other => Some(format!("{other:?}")),
    };
    parser.filter_map(shape).collect()
}

fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        any::<char>().prop_map(String::from),
        prop::sample::select(vec![
            "`",
            "```",
            "~~~",
            "|",
            "\\",
            "\\|",
            "<b>",
            "</details>",
            "<!--",
            "<script>",
            "]]>",
            "&lt;",
            "&#64;",
            "@team",
            "#1",
            "[x](http://e)",
            "![x](y)",
            "http://example.com",
            "www.example.com",
            "a@example.com",
            "**",
            "__",
            "~~",
            "# ",
            "- ",
            "1. ",
            "1) ",
            "> ",
            "\n\n",
            "\n",
            "    ",
            "---",
            "===",
            "$x$",
            "a",
            " ",
            "b",
            "\u{0}",
            "\u{ffff}",
            "'",
            "\"",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 1..10).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_text_from_a_cluster_never_becomes_markdown(text in markup()) {
        let drawn = |text: &str| draw(&reports::hostile(text), Format::Markdown, PLAIN, Verbosity::Normal);
        prop_assert_eq!(structure(&drawn(&text)), structure(&drawn("x")), "{}", text);
    }

    #[test]
    fn a_text_from_a_cluster_never_leaves_its_cell(text in markup()) {
        let drawn = |text: &str| {
            let (_, mut list) = lists().remove(0);
            list.items[0] = reports::hostile(text);
            list.samples[0].asked = text.to_owned();
            draw_list(&list, Format::Markdown, PLAIN)
        };
        prop_assert_eq!(structure(&drawn(&text)), structure(&drawn("x")), "{}", text);
    }

    #[test]
    fn a_text_from_a_cluster_never_becomes_an_element(text in markup()) {
        for format in [Format::Html, Format::Junit] {
            let drawn = draw(&reports::hostile(&text), format, PLAIN, Verbosity::Normal);
            let document = Document::parse(&drawn);
            prop_assert!(document.is_ok(), "{:?}: {:?}", format, document);
            let elements = |drawn: &str| Document::parse(drawn).map(|tree| tree.descendants().filter(|node| {
                node.is_element() && node.tag_name().name() != "code"
            }).count());
            let plain = draw(&reports::hostile("x"), format, PLAIN, Verbosity::Normal);
            prop_assert_eq!(elements(&drawn).ok(), elements(&plain).ok(), "{:?}", format);
        }
    }
}

#[test]
fn names_and_values_are_set_apart_from_words() {
    let shown = podid::render::markdown::phrase(
        "the role (api_1) trusts pods.eks.amazonaws.com, at 14:05:02 — 1. see \"x.y\" in-place: 5m 100%",
    );
    assert_eq!(
        shown,
        "the role (`api_1`) trusts `pods.eks.amazonaws.com`, at 14:05:02 — `1.` see \"`x.y`\" in-place: 5m `100%`"
    );
}
