//! A check in full, and checks as a list: what `explain` prints for people.

use super::Style;
use super::outline::entry::codes;
use super::page::{Page, Span};
use crate::checks::{AREAS, Check};
use crate::evidence::Source;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::report::{Match, SeenInLog};

/// Prints checks in full, one below the other.
pub fn pages(checks: &[&Check], style: &Style) -> String {
    let mut page = Page::new(style);
    for check in checks {
        page.gap();
        write(&mut page, check);
    }
    page.finish()
}

fn write(page: &mut Page<'_>, check: &Check) {
    let decisive = if check.decisive { ", decisive" } else { "" };
    let facts = format!("  {}{decisive}, since {}", check.severity.word(), check.since);
    title(page, check);
    page.prose(0, 2, &[Span::faint(check.name), Span::plain(facts)]);
    page.gap();
    for paragraph in paragraphs(check.docs) {
        match paragraph {
            Paragraph::Heading(words) => {
                page.gap();
                page.prose(0, 0, &[Span::strong(words)]);
            }
            Paragraph::Item(words) => page.prose(0, 2, &[Span::plain(words)]),
            Paragraph::Prose(words) => page.prose(0, 0, &[Span::plain(words)]),
            Paragraph::Gap => page.gap(),
        }
    }
    section(page, "Seen as", check.symptoms.iter().map(|symptom| (*symptom).to_owned()));
    section(page, "Reads", check.reads.iter().map(|source| read(*source)));
    section(page, "Needs", check.requires.iter().map(|other| format!("{}  {}", other.code, other.title)));
    let explained = check.causes_by_code().into_iter().map(|other| format!("{}  {}", other.code, other.title));
    section(page, "Symptom of", explained);
}

/// Where the words behind a code begin.
const CODE_COLUMN: usize = 8;

/// A part of a check's docs, which are a small part of Markdown.
enum Paragraph {
    Heading(String),
    Item(String),
    Prose(String),
    Gap,
}

/// Splits docs into paragraphs: a line break inside one means nothing.
fn paragraphs(docs: &str) -> Vec<Paragraph> {
    let mut found = Vec::new();
    for line in docs.trim().lines().map(str::trim) {
        let next = match (line.strip_prefix("## "), line) {
            (Some(heading), _) => Paragraph::Heading(heading.to_owned()),
            (None, "") => Paragraph::Gap,
            (None, item) if item.starts_with("- ") => Paragraph::Item(item.to_owned()),
            (None, words) => {
                if let Some(Paragraph::Item(text) | Paragraph::Prose(text)) = found.last_mut() {
                    text.push(' ');
                    text.push_str(words);
                    continue;
                }
                Paragraph::Prose(words.to_owned())
            }
        };
        found.push(next);
    }
    found
}

fn read(source: Source) -> String {
    let permission = source.permission_text("the pod's namespace", SYSTEM_NAMESPACE);
    let permission = permission.unwrap_or_else(|| "needs no permission".to_owned());
    let only = source.switch().map(|switch| format!(", only with {switch}")).unwrap_or_default();
    format!("{}: {permission}{only}", source.name())
}

fn section(page: &mut Page<'_>, heading: &str, lines: impl Iterator<Item = String>) {
    for (index, line) in lines.enumerate() {
        if index == 0 {
            page.gap();
            page.prose(0, 0, &[Span::strong(heading)]);
        }
        page.prose(2, 4, &[Span::plain(line)]);
    }
}

/// How many checks a text is answered with.
const MOST: usize = 8;

/// Prints the checks that a text belongs to, each with the symptom that fits, and where to read on.
pub fn matches(found: &[Match], style: &Style) -> String {
    let mut page = Page::new(style);
    for one in found.iter().take(MOST) {
        title(&mut page, one.check);
        page.prose(CODE_COLUMN, CODE_COLUMN, &[Span::faint(one.symptom)]);
    }
    if let Some(rest) = found.get(MOST..).filter(|rest| !rest.is_empty()) {
        page.prose(
            0,
            CODE_COLUMN,
            &[Span::plain(format!("further: {}", codes(&rest.iter().map(|one| one.check.code).collect::<Vec<_>>())))],
        );
    }
    read_on(&mut page, found.first().map(|one| one.check));
    page.finish()
}

/// Prints the lines of a log that matter, each with the check that it belongs to.
pub fn log(found: &[SeenInLog], style: &Style) -> String {
    let mut page = Page::new(style);
    for one in found {
        title(&mut page, one.check);
        let more = if one.count == 1 { String::new() } else { format!(" and {} more", one.count - 1) };
        let place = Span::faint(format!("line {}{more}: ", one.line));
        page.prose(CODE_COLUMN, CODE_COLUMN, &[place, Span::plain(one.text.as_str())]);
        if !one.others.is_empty() {
            page.prose(
                CODE_COLUMN,
                CODE_COLUMN,
                &[Span::faint(format!("or {}", codes(&one.others.iter().map(|check| check.code).collect::<Vec<_>>())))],
            );
        }
    }
    read_on(&mut page, found.first().map(|one| one.check));
    page.finish()
}

fn title(page: &mut Page<'_>, check: &Check) {
    page.prose(0, CODE_COLUMN, &[Span::strong(check.code.to_string()), Span::plain(format!("  {}", check.title))]);
}

fn read_on(page: &mut Page<'_>, check: Option<&Check>) {
    let Some(check) = check else { return };
    page.gap();
    let explain = Span::command(format!("kubectl podid explain {}", check.code));
    let doctor = Span::command("kubectl podid doctor POD");
    page.prose(0, 2, &[Span::faint("next: "), doctor, Span::faint(", or "), explain]);
}

/// Prints checks as a list by area: a code, the name within the area, what holds.
pub fn list(checks: &[&Check], style: &Style) -> String {
    let mut page = Page::new(style);
    let own_name = |check: &Check| check.name.rsplit_once('/').map_or(check.name, |(_, own)| own);
    let width = checks.iter().map(|check| own_name(check).len()).max().unwrap_or(0);
    for area in AREAS {
        let own: Vec<&&Check> = checks.iter().filter(|check| check.area.name == area.name).collect();
        if own.is_empty() {
            continue;
        }
        page.gap();
        page.prose(0, 0, &[Span::faint(area.name)]);
        for check in own {
            let name = own_name(check);
            let gap = " ".repeat(width - name.len() + 2);
            let spans = [Span::strong(check.code.to_string()), Span::plain(format!("  {name}{gap}{}", check.title))];
            page.prose(0, CODE_COLUMN + width + 2, &spans);
        }
    }
    page.finish()
}
