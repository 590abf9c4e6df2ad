//! Documents that are made from code equal what the code makes; `UPDATE=1` writes them.

use std::path::{Path, PathBuf};

use crate::support::{case, golden};
use podid::evidence::Evidence;

fn holds(path: &Path, generated: &str) {
    let difference = golden::difference(path, generated);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

#[cfg(feature = "plugin")]
#[test]
fn the_schema_is_made_from_the_structs() {
    let schema = serde_json::to_string_pretty(&podid::render::json::document::schema()).expect("JSON") + "\n";
    let difference = golden::difference(&golden::file("src/render/json/v1.schema.json"), &schema);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

#[test]
fn the_catalogue_is_generated() {
    holds(&root().join("src/checks/README.md"), &podid::render::catalogue::catalogue());
}

#[test]
fn every_example_is_a_case() {
    for example in podid::demo::EXAMPLES {
        let path = root().join("src/demo").join(format!("{}.yaml", example.name));
        let evidence = match example.case {
            None => Evidence::from_value(case::healthy()).expect("evidence"),
            Some(name) => case::named(name).evidence(),
        };
        let head = format!("# {}\n", example.about);
        holds(&path, &format!("{head}{}", evidence.to_yaml().expect("YAML")));
    }
}

/// The page as a terminal of 100 columns shows it, in the colours of a dark one.
#[test]
fn the_recording_of_the_readme_is_what_the_plugin_prints() {
    let command = "kubectl podid demo trust-for-irsa";
    let page = format!("\u{1b}[1m$ {command}\u{1b}[0m\n{}", demo("trust-for-irsa"));
    // The policy of the command is longer than a screen is wide.
    let page: String = page.lines().map(|line| shortened(line) + "\n").collect();
    let drawn = anstyle_svg::Term::new().render_svg(&page);
    holds(&root().join("docs/demo.svg"), &format!("{}\n", drawn.trim_end()));
}

/// At most 100 columns of a line, colours not counted; what is cut ends with a mark.
fn shortened(line: &str) -> String {
    let (mut kept, mut columns, mut in_color) = (String::new(), 0, false);
    for character in line.chars() {
        in_color |= character == '\u{1b}';
        columns += usize::from(!in_color);
        if columns > 100 {
            return kept + "…\u{1b}[0m";
        }
        in_color &= character != 'm';
        kept.push(character);
    }
    kept
}

fn demo(name: &str) -> String {
    let example = podid::demo::find(name).unwrap_or_else(|| panic!("no example is called {name}"));
    let evidence = Evidence::from_yaml(&example.evidence()).expect("evidence");
    let report = podid::diagnose::diagnose(&evidence, &podid::diagnose::Options::default());
    let style = podid::render::Style { color: true, unicode: true, width: 100 };
    let rendering = podid::render::Rendering { reports: podid::render::Reports::One(&report), tool_version: "0.1.0" };
    podid::render::render(&rendering, podid::render::Format::Table, &style, podid::render::Verbosity::Normal)
}

/// The tests that the table of faults names exist, and each is in it once; the file of a test is its module's.
#[test]
fn every_test_of_the_table_of_faults_exists() {
    let folder = root().join("tests/cluster");
    let text = std::fs::read_to_string(folder.join("README.md")).expect("the page");
    let (_, tables) = text.split_once("## Faults made on the node").expect("the tables");
    let named: Vec<&str> = tables.split('`').skip(1).step_by(2).filter(|name| name.contains("::")).collect();
    assert!(named.len() > 35, "{named:?}");
    for (number, name) in named.iter().enumerate().filter(|(_, name)| **name != "node::") {
        let (module, function) = name.rsplit_once("::").expect("a path");
        let path = folder.join("node").join(module.replace("::", "/")).with_extension("rs");
        let source = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(source.contains(&format!("#[test]\nfn {function}()")), "{name}");
        assert!(!named[..number].contains(name), "{name} twice");
    }
}
