//! Rows in columns that are as wide as their widest cell, as kubectl prints them: no line is broken or cut.

use unicode_width::UnicodeWidthStr;

use super::page::{Page, Span};
use super::style::Mark;

/// What stands between columns, in spaces.
const GAP: usize = 3;

/// A cell: its text, and its mark if it has one.
pub type Cell = (String, Option<Mark>);

/// Writes headings and rows.
pub fn write<const N: usize>(page: &mut Page<'_>, headings: [&str; N], rows: &[[Cell; N]]) {
    let style = page.style();
    let width = |text: &str| style.words(text).width();
    let widest = |column: usize| rows.iter().map(|row| width(&row[column].0)).max().unwrap_or(0);
    let columns: [usize; N] = std::array::from_fn(|column| widest(column).max(headings[column].len()));
    let spaces = |column: usize, text: &str| Span::plain(" ".repeat(columns[column] + GAP - width(text)));
    let heading = headings.iter().enumerate().flat_map(|(column, text)| [Span::faint(*text), spaces(column, text)]);
    page.line(0, &heading.collect::<Vec<_>>());
    for row in rows {
        let cells = row.iter().enumerate().flat_map(|(column, (text, mark))| {
            let cell = mark.map_or_else(|| Span::plain(text), |mark| Span::marked(mark, text));
            [cell, spaces(column, text)]
        });
        page.line(0, &cells.collect::<Vec<_>>());
    }
}
