//! The rules about the code itself that a machine can check.

use std::path::{Path, PathBuf};

use podid::checks::registry;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &str, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![root().join(folder)];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|own| own == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn sources() -> Vec<(PathBuf, String)> {
    files("src", "rs")
        .into_iter()
        .map(|path| {
            let text = read(&path);
            (relative(&path), text)
        })
        .collect()
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn relative(path: &Path) -> PathBuf {
    path.strip_prefix(root()).unwrap_or(path).to_owned()
}

fn under(path: &Path, folder: &str) -> bool {
    path.starts_with(folder)
}

#[test]
fn every_file_says_its_one_reason_to_exist() {
    for (path, text) in sources() {
        assert!(text.starts_with("//! ") || path.ends_with("lib.rs"), "{} does not begin with //!", path.display());
    }
}

#[test]
fn files_stay_small() {
    for (path, text) in sources() {
        let check = text.contains("pub static CHECK: Check");
        let limit = if check { 160 } else { 400 };
        let lines = text.lines().count();
        assert!(lines <= limit, "{} has {lines} lines, more than {limit}", path.display());
    }
    for path in files("tests", "rs") {
        let lines = read(&path).lines().count();
        assert!(lines <= 400, "{} has {lines} lines, more than 400", path.display());
    }
    for path in files("src/bin", "rs") {
        assert!(read(&path).lines().count() <= 40, "{} has more than 40 lines", path.display());
    }
}

/// A fact about a check stands in the check: elsewhere it would be forgotten when the next check is added.
#[test]
fn checks_and_areas_are_named_by_themselves_alone() {
    let names: Vec<String> = registry::all().map(|check| format!("\"{}\"", check.name)).collect();
    for (path, text) in sources().into_iter().filter(|(path, _)| !under(path, "src/checks")) {
        let numbered = text
            .match_indices("Code(")
            .any(|(at, word)| text[at + word.len()..].starts_with(|c: char| c.is_ascii_digit()));
        assert!(!numbered, "{} names a check by its number", path.display());
        for name in &names {
            assert!(!text.contains(name.as_str()), "{} names the check {name}", path.display());
        }
        for comparison in ["area.name == \"", "area.name != \"", "matches!(check.area", "match check.area.name"] {
            assert!(!text.contains(comparison), "{} names an area", path.display());
        }
    }
}

/// Words are only words: rewording a sentence of ours must not change what is decided. What others say is read in `collect`,
/// where it comes in, and in the reader of the agent's log.
#[test]
fn nothing_is_decided_by_our_own_words() {
    let words = ["detail", "reason", "does", "summary", "changes"];
    let questions = [".starts_with(", ".ends_with(", ".contains(", ".strip_prefix(", ".split_once(", ".rsplit_once("];
    // In `collect` `reason` is a field of the API.
    for (path, text) in sources().into_iter().filter(|(path, _)| !under(path, "src/collect")) {
        for (number, line) in text.lines().enumerate() {
            for asked in
                words.iter().flat_map(|word| questions.iter().map(move |question| format!(".{word}{question}")))
            {
                assert!(!line.contains(&asked), "{}:{} decides by {asked}…)", path.display(), number + 1);
            }
            for word in words {
                let compared = [format!(".{word} == \""), format!(".{word} != \"")];
                assert!(!compared.iter().any(|one| line.contains(one)), "{}:{}", path.display(), number + 1);
            }
        }
    }
}

#[test]
fn modules_only_declare() {
    for (path, text) in sources() {
        if path.ends_with("mod.rs") && !under(&path, "src/render") {
            let computes = text.lines().any(|line| line.trim_start().starts_with("let ") || line.starts_with("impl"));
            assert!(!computes || path == Path::new("src/evidence/mod.rs"), "{} computes", path.display());
        }
    }
}

#[test]
fn each_layer_knows_only_its_neighbours() {
    let forbidden = [
        ("src/evidence", &["crate::reasoning", "crate::findings", "crate::advice"][..]),
        (
            "src/reasoning",
            &["crate::findings", "crate::advice", "crate::checks", "crate::collect", "crate::render", "crate::report"],
        ),
        (
            "src/findings",
            &["crate::advice", "crate::checks", "crate::collect", "crate::render", "crate::report", "crate::diagnose"],
        ),
        (
            "src/advice",
            &[
                "crate::checks",
                "crate::collect",
                "crate::render",
                "crate::report",
                "crate::diagnose",
                "crate::commands",
            ],
        ),
        (
            "src/checks",
            &[
                "crate::collect",
                "crate::render",
                "crate::report",
                "crate::diagnose",
                "crate::commands",
                "kube::",
                "aws_",
            ],
        ),
        (
            "src/evidence",
            &["crate::checks", "crate::collect", "crate::render", "crate::report", "crate::diagnose", "kube::", "aws_"],
        ),
        ("src/diagnose", &["crate::collect", "crate::render", "crate::commands", "kube::", "aws_"]),
        ("src/report", &["crate::collect", "crate::render", "crate::diagnose", "crate::commands", "kube::", "aws_"]),
        ("src/render", &["crate::collect", "crate::diagnose", "crate::commands", "kube::", "aws_"]),
        ("src/redact", &["crate::collect", "crate::render", "crate::diagnose", "crate::commands", "kube::", "aws_"]),
        (
            "src/trust_check",
            &["crate::collect", "crate::render", "crate::diagnose", "crate::commands", "kube::", "aws_"],
        ),
        ("src/inventory", &["crate::collect", "crate::render", "crate::commands", "kube::", "aws_"]),
        ("src/collect", &["crate::checks", "crate::render", "crate::report", "crate::diagnose", "crate::commands"]),
    ];
    for (path, text) in sources() {
        for (folder, names) in &forbidden {
            for name in names.iter().filter(|_| under(&path, folder)) {
                let line = text.lines().find(|line| {
                    let line = line.trim_start();
                    line.starts_with("use ") && line.contains(name)
                });
                assert!(line.is_none(), "{} names {name}: {}", path.display(), line.unwrap_or_default());
            }
        }
    }
}

#[test]
fn nothing_right_of_collect_waits_or_reads_a_clock() {
    for (path, text) in sources() {
        let pure = [
            "src/evidence",
            "src/reasoning",
            "src/findings",
            "src/advice",
            "src/checks",
            "src/diagnose",
            "src/report",
            "src/redact",
            "src/render",
            "src/demo",
            "src/trust_check",
            "src/inventory",
        ];
        if pure.iter().any(|folder| under(&path, folder)) {
            for word in [
                "async ",
                ".await",
                "Timestamp::now",
                "Instant::now",
                "SystemTime",
                "std::env::",
                "std::fs",
                "std::net::Tcp",
                "std::net::Udp",
                "ToSocketAddrs",
            ] {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
        }
    }
}

#[test]
fn nothing_panics_or_prints_by_itself() {
    for (path, text) in sources() {
        if under(&path, "src/bin") {
            continue;
        }
        let words = [
            ".unwrap()",
            ".expect(",
            "panic!(",
            "todo!(",
            "unimplemented!(",
            "println!(",
            "print!(",
            "dbg!(",
            "#[allow",
        ];
        for word in words {
            assert!(!text.contains(word), "{} has {word}", path.display());
        }
    }
}

#[test]
fn names_say_what_is_inside() {
    let vague = ["utils", "util", "helpers", "helper", "common", "types", "manager", "misc"];
    for path in files("src", "rs").into_iter().chain(files("tests", "rs")) {
        let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        assert!(!vague.contains(&stem.as_str()), "{} has a name that says nothing", relative(&path).display());
    }
}

#[test]
fn the_tree_pulls_in_one_tls_library() {
    let lock = read(&root().join("Cargo.lock"));
    for banned in ["aws-lc-rs", "aws-lc-sys", "openssl", "openssl-sys", "native-tls", "serde_yaml"] {
        assert!(!lock.contains(&format!("name = \"{banned}\"")), "{banned} is in the tree");
    }
}
