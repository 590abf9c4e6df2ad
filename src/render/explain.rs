//! A check in full, and checks as a list: what `explain` prints for people.

use super::Style;
use super::style::Paint;
use crate::checks::Check;
use crate::evidence::Source;
use crate::evidence::source::SYSTEM_NAMESPACE;

/// Prints a check in full. Its words are ours; where a terminal has no Unicode, they are put in ASCII.
pub fn page(check: &Check, style: &Style) -> String {
    let decisive = if check.decisive { ", decisive" } else { "" };
    let mut text = format!(
        "{}  {}\n{}  {}{decisive}, since {}\n\n",
        style.paint(&check.code.to_string(), Paint::Strong),
        check.title,
        style.paint(check.name, Paint::Faint),
        check.severity.word(),
        check.since
    );
    for line in check.docs.trim().lines() {
        let line = style.words(line);
        match line.strip_prefix("## ") {
            Some(heading) => text.push_str(&style.paint(heading, Paint::Strong)),
            None => text.push_str(&line),
        }
        text.push('\n');
    }
    section(&mut text, style, "Seen as", check.symptoms.iter().map(|symptom| (*symptom).to_owned()));
    section(&mut text, style, "Reads", check.reads.iter().map(|source| read(*source)));
    section(&mut text, style, "Needs", check.requires.iter().map(|other| format!("{}  {}", other.code, other.title)));
    let explained = check.causes_by_code().into_iter().map(|other| format!("{}  {}", other.code, other.title));
    section(&mut text, style, "Symptom of", explained);
    text
}

fn read(source: Source) -> String {
    let permission = source.permission_text("the pod's namespace", SYSTEM_NAMESPACE);
    let permission = permission.unwrap_or_else(|| "needs no permission".to_owned());
    let only = source.switch().map(|switch| format!(", only with {switch}")).unwrap_or_default();
    format!("{}: {permission}{only}", source.name())
}

fn section(text: &mut String, style: &Style, heading: &str, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    text.extend(["\n", &style.paint(heading, Paint::Strong), "\n"]);
    for line in lines {
        text.extend(["  ", &style.words(&line), "\n"]);
    }
}

/// Prints checks as a list, a line each.
pub fn list(checks: &[&Check], style: &Style) -> String {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let line = |check: &&Check| {
        let code = style.paint(&check.code.to_string(), Paint::Strong);
        format!("{code}  {:width$}  {}\n", check.name, check.title)
    };
    checks.iter().map(line).collect::<Vec<String>>().concat()
}
