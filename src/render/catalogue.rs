//! The catalogue: `src/checks/README.md`, generated from the checks.

use crate::checks::{AREAS, Check};

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
    text
}

fn row(check: &Check) -> String {
    let codes = |checks: &[&Check]| {
        let codes: Vec<String> = checks.iter().map(|check| check.code.0.to_string()).collect();
        codes.join(", ")
    };
    let reads: Vec<&str> = check.reads.iter().map(|source| source.name()).collect();
    format!(
        "| {} | [{}]({}.rs) | {} | {}{} | {} | {} | {} |\n",
        check.code,
        check.name,
        check.name.replace('-', "_"),
        check.title,
        check.severity.word(),
        if check.decisive { " **!**" } else { "" },
        codes(check.requires),
        codes(check.explained_by),
        reads.join(", "),
    )
}
