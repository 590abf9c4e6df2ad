//! `explain`: checks in full, those of an area, or those that a user's error text belongs to.

use std::path::Path;

use serde_json::{Value, json};

use super::printer::Printer;
use crate::checks::{AREAS, Check, registry};
use crate::cli::informative::ExplainArguments;
use crate::collect::access::bounded;
use crate::diagnose::symptoms;
use crate::error::{Error, ExitCode};
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::nearest::nearest;
use crate::render::{self, Format};
use crate::report::SeenInLog;

/// Explains.
pub fn run(printer: &Printer, arguments: &ExplainArguments) -> Result<ExitCode, Error> {
    match arguments.grep.as_deref() {
        Some(bounded::STANDARD) => log(printer),
        Some(text) => found(printer, text),
        None => named(printer, &Asked::named(&arguments.checks)?),
    }
}

fn named(printer: &Printer, asked: &Asked) -> Result<ExitCode, Error> {
    let document = || match asked.checks.as_slice() {
        // One check that was named is no list.
        [check] if asked.in_full => object(check),
        several => Value::Array(several.iter().map(|check| object(check)).collect()),
    };
    let text = || {
        if asked.in_full {
            render::explain::pages(&asked.checks, printer.style())
        } else {
            render::explain::list(&asked.checks, printer.style())
        }
    };
    print(printer, text, document)
}

/// The checks that a text belongs to: by their symptoms, or where none fits by any words of theirs.
fn found(printer: &Printer, text: &str) -> Result<ExitCode, Error> {
    let matches = symptoms::matching(text);
    let checks = match matches.as_slice() {
        [] => mentioning(text)?,
        some => some.iter().map(|one| one.check).collect(),
    };
    let page = || match (matches.as_slice(), checks.as_slice()) {
        ([], [_]) => render::explain::pages(&checks, printer.style()),
        ([], _) => render::explain::list(&checks, printer.style()),
        (some, _) => render::explain::matches(some, printer.style()),
    };
    print(printer, page, || Value::Array(checks.iter().map(|check| object(check)).collect()))
}

/// The lines of a log that matter.
fn log(printer: &Printer) -> Result<ExitCode, Error> {
    let unreadable = |error: std::io::Error| Error::usage(format!("standard input cannot be read: {error}"));
    let bytes = bounded::read_or_standard_input(Path::new(bounded::STANDARD), LONGEST_LOG).map_err(unreadable)?;
    let log = String::from_utf8_lossy(&bytes);
    let seen = symptoms::in_log(&log);
    if seen.is_empty() {
        let lines = log.lines().count();
        return Err(Error::usage(format!("no check knows an error in these {lines} lines"))
            .hint("kubectl podid doctor POD looks at the pod itself"));
    }
    let document = || Value::Array(seen.iter().map(in_document).collect());
    print(printer, || render::explain::log(&seen, printer.style()), document)
}

/// The longest log that is read, in bytes.
const LONGEST_LOG: u64 = 16 * 1024 * 1024;

/// A check, with the lines of a log that it explains.
fn in_document(seen: &SeenInLog) -> Value {
    let mut value = object(seen.check);
    value["seen"] = json!({
        "lines": seen.count,
        "firstLine": seen.line,
        "text": seen.text.as_str(),
        "others": seen.others.iter().map(|check| check.code.to_string()).collect::<Vec<_>>(),
    });
    value
}

fn print(
    printer: &Printer,
    text: impl FnOnce() -> String,
    document: impl FnOnce() -> Value,
) -> Result<ExitCode, Error> {
    printer.report(&match printer.plain_format("explain")? {
        Format::Json | Format::Yaml => printer.document(&document()),
        _ => text(),
    })?;
    Ok(ExitCode::HEALTHY)
}

/// The checks that are explained, and how.
struct Asked {
    checks: Vec<&'static Check>,
    /// Whether they were named one by one, so that a reader wants all of it.
    in_full: bool,
}

impl Asked {
    fn named(words: &[String]) -> Result<Self, Error> {
        if words.is_empty() {
            return Ok(Self { checks: registry::all().collect(), in_full: false });
        }
        let mut checks: Vec<&'static Check> = Vec::new();
        let mut in_full = true;
        for word in words {
            let area = AREAS.iter().find(|area| area.name.eq_ignore_ascii_case(word));
            in_full &= area.is_none();
            let named = match area {
                Some(area) => area.checks.to_vec(),
                None => vec![find(word)?],
            };
            for check in named {
                if !checks.contains(&check) {
                    checks.push(check);
                }
            }
        }
        Ok(Self { checks, in_full })
    }
}

fn find(name: &str) -> Result<&'static Check, Error> {
    let wanted = name.to_ascii_lowercase();
    let found = registry::all().find(|check| {
        check.name == wanted
            || check.code.to_string().eq_ignore_ascii_case(&wanted)
            || check.code.0.to_string() == wanted
    });
    found.ok_or_else(|| {
        let checks = registry::all().flat_map(|check| [check.name.to_owned(), check.code.to_string()]);
        let names: Vec<String> = checks.chain(AREAS.iter().map(|area| area.name.to_owned())).collect();
        let near = nearest(&name.to_ascii_uppercase(), names.iter().map(String::as_str), 2);
        let near = if near.is_empty() { nearest(&wanted, names.iter().map(String::as_str), 2) } else { near };
        let error = Error::usage(format!("no check is called {name:?}"));
        if near.is_empty() {
            error.hint("kubectl podid explain --all lists them; --grep TEXT finds one by an error message")
        } else {
            error.hint(format!("nearest: {}", near.join(", ")))
        }
    })
}

/// Finds checks by any text of theirs; spaces and letter case do not matter.
fn mentioning(text: &str) -> Result<Vec<&'static Check>, Error> {
    let folded = |text: &str| text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
    let wanted = folded(text);
    let found: Vec<&Check> = registry::all()
        .filter(|check| {
            let symptoms = check.symptoms.iter().any(|symptom| {
                let symptom = folded(symptom);
                symptom.contains(&wanted) || wanted.contains(&symptom)
            });
            symptoms || [check.title, check.docs, check.name].iter().any(|part| folded(part).contains(&wanted))
        })
        .collect();
    if found.is_empty() || wanted.is_empty() {
        return Err(Error::usage(format!("no check mentions {text:?}")).hint("try a shorter part of the message"));
    }
    Ok(found)
}

/// A check as `explain -o json` gives it.
fn object(check: &Check) -> Value {
    let codes = |checks: Vec<&Check>| checks.iter().map(|check| check.code.to_string()).collect::<Vec<_>>();
    let permissions: Vec<String> =
        check.reads.iter().filter_map(|source| source.permission_text("NAMESPACE", SYSTEM_NAMESPACE)).collect();
    json!({
        "code": check.code,
        "name": check.name,
        "title": check.title,
        "area": check.area.name,
        "severity": check.severity,
        "decisive": check.decisive,
        "since": check.since,
        "reads": check.reads.iter().map(|source| source.name()).collect::<Vec<_>>(),
        "permissions": permissions,
        "requires": codes(check.requires.to_vec()),
        "explainedBy": codes(check.causes_by_code()),
        "symptoms": check.symptoms,
        "docs": check.docs,
    })
}
