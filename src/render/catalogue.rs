//! The catalogue: `src/checks/README.md`, generated from the checks.

use crate::checks::{AREAS, Check};
use crate::render::known_failures::{FAILURES, Failure};

/// Writes the catalogue as Markdown.
pub fn catalogue() -> String {
    let mut text = String::from(
        "# The checks\n\nGenerated from the checks by `UPDATE=1 cargo test`; `kubectl podid explain CODE` prints one in full.\n\n\
         **!** decisive: must be known before anything is called healthy.\n",
    );
    for area in AREAS {
        text.extend(["\n## ", area.title, "\n\n"]);
        text.push_str(
            "| Code | Name | What holds | Severity | Needs | Symptom of | Reads |\n|---|---|---|---|---|---|---|\n",
        );
        text.extend(area.checks.iter().map(|check| row(check)));
    }
    text.push_str(KNOWN_FAILURES);
    text.extend(FAILURES.iter().map(failure));
    text
}

/// The head of the second part.
const KNOWN_FAILURES: &str = "\n## The known failures, and who tells them\n\n\
    The numbers are kept in `render/known_failures.rs`, and each check says which of them it names. Where several checks see one, the first names it as the cause.\n\n\
    | Row | What is wrong | Told by |\n|---|---|---|\n";

fn failure(failure: &Failure) -> String {
    let told = match failure.unseen {
        None => failure.seen_by().into_iter().map(link).collect::<Vec<String>>().join(", "),
        Some(reason) => format!("not seen: {reason}"),
    };
    format!("| {} | {} | {told} |\n", failure.row, failure.what)
}

fn link(check: &Check) -> String {
    format!("[{}]({}.rs)", check.code, check.name.replace('-', "_"))
}

fn row(check: &Check) -> String {
    let reads: Vec<&str> = check.reads.iter().map(|source| source.name()).collect();
    format!(
        "| {} | [{}]({}.rs) | {} | {}{} | {} | {} | {} |\n",
        check.code,
        check.name,
        check.name.replace('-', "_"),
        check.title,
        check.severity.word(),
        if check.decisive { " **!**" } else { "" },
        codes(check.requires.iter().copied()),
        codes(check.causes_by_code().into_iter()),
        reads.join(", "),
    )
}

fn codes(checks: impl Iterator<Item = &'static Check>) -> String {
    checks.map(|check| check.code.0.to_string()).collect::<Vec<String>>().join(", ")
}
