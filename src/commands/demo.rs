//! `demo`: the doctor on evidence that ships in the binary.

use super::judge::{self, Judgement};
use super::printer::{Printer, no_such_format};
use super::redaction::Redaction;
use crate::cli::informative::DemoArguments;
use crate::collect::Collected;
use crate::demo::{self, EXAMPLES, Example};
use crate::error::{Error, ExitCode};
use crate::evidence::Evidence;
use crate::nearest::nearest;
use crate::render::Format;

/// Diagnoses an example, or lists the examples.
pub fn run(printer: &Printer, arguments: &DemoArguments) -> Result<ExitCode, Error> {
    let Some(name) = &arguments.name else { return list(printer) };
    let example = demo::find(name).ok_or_else(|| unknown(name))?;
    let judgement = Judgement::new(&arguments.judgement, arguments.container.as_deref())?;
    let evidence = Evidence::from_yaml(&example.evidence())
        .map_err(|error| Error::bug(format!("the example {name} cannot be read — {error}")))?;
    let collected = Collected { items: vec![evidence], picked: Vec::new() };
    let redaction = Redaction::of(judgement.redact(), &collected, judgement.container());
    judge::run(printer, &collected, false, &judgement, &redaction)
}

fn list(printer: &Printer) -> Result<ExitCode, Error> {
    if !matches!(judge::format(printer)?, Format::Table | Format::Wide | Format::Short | Format::Json | Format::Yaml) {
        return Err(no_such_format("demo without an example"));
    }
    if printer.wants_data() {
        let examples: Vec<_> =
            EXAMPLES.iter().map(|one| serde_json::json!({ "name": one.name, "about": one.about })).collect();
        let document = serde_json::Value::Array(examples);
        printer.report(&printer.document(&document))?;
        return Ok(ExitCode::HEALTHY);
    }
    let width = EXAMPLES.iter().map(|one| one.name.len()).max().unwrap_or(0);
    let line = |one: &Example| format!("  {:width$}  {}\n", one.name, one.about);
    let lines: String = EXAMPLES.iter().map(line).collect();
    printer.report(&format!("kubectl podid demo EXAMPLE diagnoses one of these:\n\n{lines}"))?;
    Ok(ExitCode::HEALTHY)
}

fn unknown(name: &str) -> Error {
    let near = nearest(name, EXAMPLES.iter().map(|one| one.name), 3);
    let hint = if near.is_empty() {
        "kubectl podid demo lists the examples".to_owned()
    } else {
        format!("nearest: {}", near.join(", "))
    };
    Error::usage(format!("no example is called {name:?}")).hint(hint)
}
