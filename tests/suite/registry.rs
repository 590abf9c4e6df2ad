//! The registry: codes, names, files, order, words.

use std::collections::BTreeSet;
use std::path::Path;

use podid::checks::{AREAS, Check, registry};
use podid::evidence::Source;
use podid::render::catalogue::FAILURES;

fn source_folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/checks")
}

#[test]
fn codes_are_unique_and_in_the_hundred_of_their_area() {
    let mut seen = BTreeSet::new();
    for area in AREAS {
        for check in area.checks {
            assert!(seen.insert(check.code), "{} is there twice", check.code);
            assert_eq!(check.code.0 / 100, area.hundred, "{} is not in the hundred of {}", check.code, area.name);
            assert_eq!(check.area.name, area.name, "{} stands in area {}", check.code, area.name);
        }
        let codes: Vec<u16> = area.checks.iter().map(|check| check.code.0).collect();
        assert!(codes.is_sorted(), "the checks of {} are not in the order of their codes: {codes:?}", area.name);
    }
}

#[test]
fn every_file_is_a_listed_check_and_every_check_has_its_file() {
    let listed: BTreeSet<String> =
        registry::all().map(|check| format!("{}.rs", check.name.replace('-', "_"))).collect();
    let mut files = BTreeSet::new();
    for area in AREAS {
        let folder = area.name.replace('-', "_");
        for entry in std::fs::read_dir(source_folder().join(&folder)).expect("a folder for each area") {
            let name = entry.expect("an entry").file_name().into_string().expect("a name");
            let text = std::fs::read_to_string(source_folder().join(&folder).join(&name)).expect("a file");
            if text.contains("pub static CHECK: Check") {
                files.insert(format!("{folder}/{name}"));
            }
        }
    }
    assert_eq!(listed, files, "a check without its file, or a file that is not in its area's list");
}

#[test]
fn prerequisites_stand_earlier() {
    let order: Vec<&Check> = registry::all().collect();
    let place = |check: &Check| order.iter().position(|one| *one == check).expect("a registered check");
    for check in &order {
        for required in check.requires {
            assert!(place(required) < place(check), "{} requires {}, which stands later", check.code, required.code);
        }
    }
}

#[test]
fn no_check_explains_itself_over_others() {
    fn reaches(from: &Check, to: &Check, depth: usize) -> bool {
        depth < 40 && from.causes().any(|next| next == to || reaches(next, to, depth + 1))
    }
    for check in registry::all() {
        assert!(!reaches(check, check, 0), "{} is, over others, a symptom of itself", check.code);
    }
}

#[test]
fn titles_are_healthy_statements() {
    for check in registry::all() {
        let title = check.title;
        assert!(!title.is_empty() && !title.ends_with('.') && !title.contains('!'), "{}: {title}", check.code);
        let first = title.split(' ').next().unwrap_or_default();
        assert!(
            first.chars().next().is_some_and(|c| !c.is_uppercase())
                || first.chars().all(|c| !c.is_lowercase())
                || first == "EKS",
            "{} begins with a capital: {title}",
            check.code
        );
    }
}

#[test]
fn docs_have_their_headings_in_order() {
    let headings = ["## What it checks", "## Why it matters", "## How to fix", "## References"];
    for check in registry::all() {
        let found: Vec<&str> = check.docs.lines().filter(|line| line.starts_with("## ")).map(str::trim).collect();
        assert_eq!(found, headings, "{}", check.code);
        assert!(!check.symptoms.is_empty(), "{} has no symptom texts", check.code);
    }
}

#[test]
fn sources_are_read_and_have_names_of_their_own() {
    let mut keys = BTreeSet::new();
    for source in Source::ALL {
        assert!(keys.insert(source.key()), "two sources fill {}", source.key());
        assert_eq!(Source::by_key(source.key()), Some(*source));
    }
    // What finds the target, tells its owner or proves that it worked is read by the engine, whichever check asks; names of
    // service accounts are only told beside a failure.
    let engine = [Source::SimilarNames, Source::ServiceAccounts, Source::Owner, Source::Job, Source::AgentLog];
    for source in Source::ALL {
        let read = registry::all().any(|check| check.reads.contains(source));
        assert!(read || engine.contains(source), "nothing reads {}", source.key());
    }
}

#[test]
fn patterns_find_checks() {
    let codes = |pattern: &str| registry::matching(pattern).iter().map(|check| check.code.0).collect::<Vec<_>>();
    assert_eq!(codes("PID220"), [220]);
    assert_eq!(codes("pid220"), [220]);
    assert_eq!(codes("association/exists"), [210]);
    assert!(codes("PID8*").iter().all(|code| code / 100 == 8) && codes("PID8*").len() > 2);
    assert_eq!(codes("role"), codes("role/*"));
    assert!(codes("PID999").is_empty() && codes("").is_empty());
}

#[test]
fn every_known_failure_has_a_number_of_its_own_and_is_told_by_checks_that_exist() {
    for (place, failure) in FAILURES.iter().enumerate() {
        assert_eq!(usize::from(failure.row), place + 1, "{} is out of order", failure.what);
        if let Some(reason) = failure.unseen {
            assert!(!reason.is_empty(), "row {} gives no reason", failure.row);
            assert!(failure.seen_by().is_empty(), "row {} is said to be unseen", failure.row);
        } else {
            let naming = registry::all().filter(|check| check.tells.contains(&failure.row));
            assert_eq!(naming.count(), 1, "row {} needs one cause", failure.row);
        }
    }
    for row in registry::all().flat_map(|check| check.tells.iter().chain(check.hints_at)) {
        assert!(FAILURES.iter().any(|failure| failure.row == *row), "there is no row {row}");
    }
}

#[test]
fn every_check_that_can_fail_a_pod_tells_a_known_failure() {
    let tells = |check: &Check| !check.tells.is_empty() || !check.hints_at.is_empty();
    let alone: Vec<String> =
        registry::all().filter(|check| !tells(check)).map(|check| check.code.to_string()).collect();
    assert_eq!(alone, OF_THEIR_OWN, "checks that no known failure names");
}

/// Checks whose fact is not a failure of its own: what EKS reports, what only proves, and IRSA.
const OF_THEIR_OWN: &[&str] = &["PID140", "PID435", "PID560", "PID680", "PID890", "PID894", "PID896", "PID898"];
