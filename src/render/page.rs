//! A page of text: lines that break between words and never inside one, rows with labels, columns, commands in one piece.
//!
//! It is the only place where text of a report becomes text of ours, so it is where hostile text is made safe.

use unicode_width::UnicodeWidthStr;

use super::escape::escape;
use super::style::{Mark, Paint, Style};

/// What stands between columns, in spaces.
const GAP: usize = 3;

/// A cell: its text, and its mark if it has one.
pub type Cell = (String, Option<Mark>);

/// How wide each column is.
pub fn widths(style: &Style, headings: &[&str], rows: &[impl AsRef<[Cell]>]) -> Vec<usize> {
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.as_ref().get(column));
        cells.map(|(text, _)| style.words(text).width()).max().unwrap_or(0)
    };
    headings.iter().enumerate().map(|(column, heading)| widest(column).max(heading.len())).collect()
}

/// How wide a table of such columns is.
pub fn width_of(columns: &[usize]) -> usize {
    columns.iter().sum::<usize>() + GAP * columns.len().saturating_sub(1)
}

/// Writes headings and rows, each row with a cell for each heading.
pub fn write(page: &mut Page<'_>, headings: &[&str], rows: &[impl AsRef<[Cell]>]) {
    let style = page.style();
    let width = |text: &str| style.words(text).width();
    let columns = widths(style, headings, rows);
    let spaces = |column: usize, text: &str| Span::plain(" ".repeat(columns[column] + GAP - width(text)));
    let heading = headings.iter().enumerate().flat_map(|(column, text)| [Span::faint(*text), spaces(column, text)]);
    page.line(0, &heading.collect::<Vec<_>>());
    for row in rows {
        let cells = row.as_ref().iter().take(columns.len()).enumerate().flat_map(|(column, (text, mark))| {
            let cell = mark.map_or_else(|| Span::plain(text), |mark| Span::marked(mark, text));
            [cell, spaces(column, text)]
        });
        page.line(0, &cells.collect::<Vec<_>>());
    }
}

/// Where the text of a row starts.
const TEXT_COLUMN: usize = 12;
/// How far rows stand in.
const ROW_INDENT: usize = 2;

/// A piece of text and how it is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    text: String,
    paint: Paint,
}

impl Span {
    /// Text as it is.
    pub fn plain(text: impl Into<String>) -> Self {
        Self { text: text.into(), paint: Paint::Plain }
    }

    /// A name that one looks for.
    pub fn strong(text: impl Into<String>) -> Self {
        Self { text: text.into(), paint: Paint::Strong }
    }

    /// Something in the background.
    pub fn faint(text: impl Into<String>) -> Self {
        Self { text: text.into(), paint: Paint::Faint }
    }

    /// Something to paste.
    pub fn command(text: impl Into<String>) -> Self {
        Self { text: text.into(), paint: Paint::Command }
    }

    /// Text in the colour of a mark.
    pub fn marked(mark: Mark, text: impl Into<String>) -> Self {
        Self { text: text.into(), paint: Paint::Mark(mark) }
    }
}

/// What a line does not break in.
struct Word {
    spaces: usize,
    parts: Vec<Span>,
}

impl Word {
    fn width(&self) -> usize {
        self.parts.iter().map(|part| part.text.width()).sum()
    }
}

/// Makes one word of several, with the spaces that are between them.
fn joined(words: &[Word], spaces: usize) -> Word {
    let mut parts = Vec::new();
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            parts.push(Span::plain(" ".repeat(word.spaces)));
        }
        parts.extend_from_slice(&word.parts);
    }
    Word { spaces, parts }
}

/// A page that is being written.
#[derive(Debug)]
pub struct Page<'s> {
    style: &'s Style,
    text: String,
}

impl<'s> Page<'s> {
    /// Starts an empty page.
    pub fn new(style: &'s Style) -> Self {
        Self { style, text: String::new() }
    }

    /// What the page is drawn for.
    pub fn style(&self) -> &'s Style {
        self.style
    }

    /// The finished text: it ends with one newline.
    pub fn finish(self) -> String {
        let mut text = self.text.trim_end_matches('\n').to_owned();
        text.push('\n');
        text
    }

    /// Leaves one line free, but never two, and none at the top.
    pub fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Writes prose that breaks between words; the lines after the first stand in by `rest`.
    pub fn prose(&mut self, first: usize, rest: usize, spans: &[Span]) {
        let words = self.words(spans);
        self.lay(first, rest, &words, self.style.prose_columns());
    }

    /// Writes groups that stay whole, with spaces between them; a line breaks only between groups.
    pub fn groups(&mut self, first: usize, rest: usize, spaces: usize, groups: &[Vec<Span>]) {
        let columns = self.style.columns();
        let mut words = Vec::new();
        for group in groups {
            let mut parts = self.words(group);
            if let Some(start) = parts.first_mut() {
                start.spaces = spaces;
            }
            let whole = joined(&parts, spaces);
            if whole.width() + rest <= columns {
                words.push(whole);
            } else {
                // Too long for any line: it breaks between its words after all.
                words.append(&mut parts);
            }
        }
        self.lay(first, rest, &words, columns);
    }

    /// Writes a row: a label in its column, and prose beside it. An empty label continues the row above.
    pub fn row(&mut self, label: &str, spans: &[Span]) {
        self.hanging_row(label, 0, spans);
    }

    /// Writes a row whose further lines stand in by `more`, so that they are not taken for rows of their own.
    pub fn hanging_row(&mut self, label: &str, more: usize, spans: &[Span]) {
        let words = self.words(spans);
        if words.is_empty() {
            return;
        }
        let label = Span::faint(label);
        let before = Word { spaces: 0, parts: vec![label] };
        let gap = (TEXT_COLUMN - ROW_INDENT).saturating_sub(before.width()).max(1);
        let mut row = vec![before];
        row.extend(words);
        row[1].spaces = gap;
        self.lay(ROW_INDENT, TEXT_COLUMN + more, &row, self.style.prose_columns());
    }

    /// Writes a command on lines of its own, in one piece however long it is.
    ///
    /// What is hidden in it is escaped; other characters stay, or it would be another command.
    pub fn command(&mut self, command: &str) {
        for line in command.split('\n') {
            let text = escape(line.trim_end_matches(' ')).into_owned();
            let mut spans = vec![Span::plain(" ".repeat(TEXT_COLUMN)), Span::command(text)];
            self.end_line(&mut spans);
        }
    }

    /// Writes a line that never breaks.
    pub fn line(&mut self, indent: usize, spans: &[Span]) {
        let words = self.words(spans);
        self.lay(indent, indent, &words, usize::MAX);
    }

    /// Writes prose that ends with an ellipsis where it does not fit on one line.
    pub fn short(&mut self, spans: &[Span]) {
        let mut words = self.words(spans);
        let columns = self.style.prose_columns();
        let ellipsis = self.style.ellipsis();
        let fits = |words: &[Word], more: usize| {
            words.iter().map(|word| word.spaces + word.width()).sum::<usize>() + more <= columns
        };
        if !fits(&words, 0) {
            while words.len() > 1 && !fits(&words, ellipsis.width()) {
                words.pop();
            }
            if let Some(last) = words.last_mut() {
                if let Some(end) = last.parts.last_mut() {
                    end.text.truncate(end.text.trim_end_matches([',', ';', ':']).len());
                }
                last.parts.push(Span::plain(ellipsis));
            }
        }
        self.lay(0, 0, &words, usize::MAX);
    }

    /// Whether a text fits on one line of a row.
    pub fn fits_row(&self, text: &str) -> bool {
        TEXT_COLUMN + self.style.words(text).width() <= self.style.prose_columns()
    }

    /// Whether a text fits on one line behind `before` columns.
    pub fn fits(&self, before: usize, text: &str) -> bool {
        before + self.style.words(text).width() <= self.style.columns()
    }

    fn shown(&self, span: &Span) -> Span {
        Span { text: self.style.words(&span.text).into_owned(), paint: span.paint }
    }

    fn words(&self, spans: &[Span]) -> Vec<Word> {
        let mut words: Vec<Word> = Vec::new();
        let mut spaces = 0;
        let mut apart = true;
        for span in spans {
            let span = self.shown(span);
            for (index, piece) in span.text.split(' ').enumerate() {
                if index > 0 {
                    spaces += 1;
                    apart = true;
                }
                if piece.is_empty() {
                    continue;
                }
                let part = Span { text: piece.to_owned(), paint: span.paint };
                match words.last_mut() {
                    Some(word) if !apart => word.parts.push(part),
                    _ => words.push(Word { spaces, parts: vec![part] }),
                }
                (spaces, apart) = (0, false);
            }
        }
        words
    }

    fn lay(&mut self, first: usize, rest: usize, words: &[Word], columns: usize) {
        let mut line: Vec<Span> = Vec::new();
        let mut column = 0;
        for (index, word) in words.iter().enumerate() {
            // A word that is too long for any line stays where it is: a break would not help it.
            let helps = column + word.spaces > rest;
            let breaks = index > 0 && helps && column + word.spaces + word.width() > columns;
            if breaks {
                self.end_line(&mut line);
                column = 0;
            }
            let spaces = match (index, breaks) {
                (0, _) => first,
                (_, true) => rest,
                _ => word.spaces,
            };
            line.push(Span::plain(" ".repeat(spaces)));
            line.extend_from_slice(&word.parts);
            column += spaces + word.width();
        }
        if !line.is_empty() {
            self.end_line(&mut line);
        }
    }

    /// Writes a line; what has one colour is painted as one piece, with the spaces in it.
    fn end_line(&mut self, line: &mut Vec<Span>) {
        let mut runs: Vec<Span> = Vec::new();
        let mut spaces = String::new();
        for span in line.drain(..) {
            if span.text.trim_matches(' ').is_empty() {
                spaces.push_str(&span.text);
                continue;
            }
            let between = std::mem::take(&mut spaces);
            if let Some(run) = runs.last_mut().filter(|run| run.paint == span.paint) {
                run.text.push_str(&between);
                run.text.push_str(&span.text);
            } else {
                runs.push(Span::plain(between));
                runs.push(span);
            }
        }
        for run in runs {
            self.text.push_str(&self.style.paint(&run.text, run.paint));
        }
        self.text.push('\n');
    }
}
