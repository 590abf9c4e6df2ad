//! The documentation: each command in it is one that the plugin takes, and runs where it asks nobody; each link leads somewhere.

use std::path::{Path, PathBuf};

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use crate::support::{golden, run};
use podid::cli::output;

/// The pages, with the one that the plugin's users read first.
fn pages() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut pages = vec![root.join("README.md"), root.join("SECURITY.md"), root.join(".github/CONTRIBUTING.md")];
    for folder in [root.join("docs"), root.join("docs/skill")] {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        pages.extend(
            entries
                .map(|entry| entry.expect("an entry").path())
                .filter(|path| path.extension().is_some_and(|ending| ending == "md")),
        );
    }
    pages.sort();
    assert!(pages.len() > 8, "{pages:?}");
    pages
}

fn read(page: &Path) -> String {
    std::fs::read_to_string(page).unwrap_or_else(|error| panic!("{}: {error}", page.display()))
}

/// Language and text of each block of code.
fn blocks(text: &str) -> Vec<(String, String)> {
    let mut blocks = Vec::new();
    for event in Parser::new(text) {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                blocks.push((language.into_string(), String::new()));
            }
            Event::Text(text) => {
                if let Some((_, block)) = blocks.last_mut().filter(|_| !text.is_empty()) {
                    block.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => blocks.push((String::new(), String::new())),
            _ => {}
        }
    }
    blocks.retain(|(language, _)| !language.is_empty());
    blocks
}

/// The words behind each `kubectl podid` of a script, up to what ends a command for a shell.
fn commands(script: &str) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for line in script.lines() {
        for (start, name) in line.match_indices("kubectl podid ") {
            let mut words = vec![String::new()];
            let mut quote = None;
            for character in line[start + name.len()..].chars() {
                match (quote, character) {
                    (None, '\'' | '"') => quote = Some(character),
                    (Some(open), close) if open == close => quote = None,
                    (None, ' ') => words.push(String::new()),
                    (None, '|' | '&' | ';' | '>' | '#' | ')' | '`') => break,
                    (_, other) => words.last_mut().expect("a word").push(other),
                }
            }
            words.retain(|word| !word.is_empty());
            found.push(words);
        }
    }
    found
}

#[test]
fn the_words_of_a_command_end_where_those_of_the_shell_begin() {
    let script = "kubectl podid wait sa/api -n shop && kubectl podid explain --grep 'a b' # why\nls";
    assert_eq!(commands(script), [vec!["wait", "sa/api", "-n", "shop"], vec!["explain", "--grep", "a b"]]);
}

#[test]
fn every_command_in_the_documentation_is_one_that_the_plugin_takes() {
    let mut count = 0;
    for page in pages() {
        for (language, block) in blocks(&read(&page)) {
            if !["sh", "yaml", "console"].contains(&language.as_str()) {
                continue;
            }
            for words in commands(&block) {
                let arguments = [vec!["kubectl-podid".to_owned()], words.clone()].concat();
                let arguments: Vec<_> = arguments.into_iter().map(Into::into).collect();
                let parsed = output::parse(&arguments);
                assert!(
                    parsed.is_ok(),
                    "{}: {words:?}: {}",
                    page.display(),
                    parsed.err().map_or_else(String::new, |error| error.to_string())
                );
                count += 1;
                if asks_nobody(&words) {
                    let home = tempfile::tempdir().expect("a folder");
                    let words: Vec<&str> = words.iter().map(String::as_str).collect();
                    let code =
                        run::Command::new(home.path(), &words).stdin("Unable to locate credentials\n").run().code;
                    assert!(
                        code == 0 || (code == 1 && words[0] == "demo"),
                        "{}: {words:?} ends with {code}",
                        page.display()
                    );
                }
            }
        }
    }
    assert!(count > 60, "only {count} commands were found");
}

/// Verbs that need neither a cluster nor a file, and leave nothing behind.
fn asks_nobody(words: &[String]) -> bool {
    match words[0].as_str() {
        "demo" | "explain" | "schema" | "version" => true,
        "permissions" => !words.contains(&"--check".to_owned()),
        "completion" => words[1] != "install",
        _ => false,
    }
}

#[test]
fn every_link_of_the_documentation_leads_to_a_file_or_a_heading() {
    for page in pages() {
        let text = read(&page);
        for event in Parser::new(&text) {
            let Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) = event else {
                continue;
            };
            if dest_url.contains("://") || dest_url.starts_with("mailto:") {
                continue;
            }
            let (path, heading) = dest_url.split_once('#').unwrap_or((&dest_url, ""));
            let target = if path.is_empty() { page.clone() } else { page.parent().expect("a folder").join(path) };
            assert!(target.exists(), "{}: {dest_url} leads nowhere", page.display());
            if !heading.is_empty() {
                assert!(
                    anchors(&read(&target)).contains(&heading.to_owned()),
                    "{}: no heading {dest_url}",
                    page.display()
                );
            }
        }
    }
}

/// The anchors that a tracker gives to headings.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches('#').trim());
    let plain = |heading: &str| {
        let kept = heading.to_lowercase().replace(' ', "-");
        kept.chars().filter(|character| character.is_alphanumeric() || "-_".contains(*character)).collect()
    };
    headings.map(plain).collect()
}

#[test]
fn the_readme_is_short() {
    let lines = read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).lines().count();
    assert!(lines <= 150, "{lines} lines");
}

#[test]
fn printed_blocks_are_what_the_plugin_prints() {
    for page in pages() {
        let text = read(&page);
        let mut written = String::new();
        let mut rest = text.as_str();
        while let Some(start) = rest.find("<!-- block: ") {
            let (before, block) = rest.split_at(start);
            let (marker, after) = block.split_once("-->").expect("the end of a marker");
            let words: Vec<&str> = marker.trim_start_matches("<!-- block: ").split_whitespace().collect();
            let home = tempfile::tempdir().expect("a folder");
            let printed = run::Command::new(home.path(), &words).run().stdout;
            let language = if words.last() == Some(&"iam") { "json" } else { "yaml" };
            written.push_str(&format!("{before}{marker}-->\n\n```{language}\n{}\n```\n", printed.trim_end()));
            rest = match after.trim_start().strip_prefix(&format!("```{language}\n")) {
                Some(old) => old.split_once("```\n").map_or("", |(_, behind)| behind),
                None => after.trim_start_matches('\n'),
            };
        }
        written.push_str(rest);
        let difference = golden::difference(&page, &written);
        assert!(difference.is_none(), "{}", difference.unwrap_or_default());
    }
}
