//! Text that cannot become markup: phrases, code spans, code blocks, table cells.

use crate::render::escape::escape;
use crate::render::literal::{Piece, pieces};

/// A phrase: its words as they are, its names and values in code spans.
pub fn phrase(text: &str) -> String {
    let shown = pieces(text).into_iter().map(|piece| match piece {
        Piece::Words(words) => words,
        Piece::Literal(literal) => span(&literal),
    });
    shown.collect()
}

/// A name or a value in a code span, whatever is in it; `—` for nothing.
pub fn code(text: &str) -> String {
    let shown = escape(text);
    // Spaces alone would be no code span, and at the ends they would be dropped.
    if shown.trim_matches(' ').is_empty() { "—".to_owned() } else { span(&shown) }
}

/// A name or a value in a cell of a table: a bar would end the cell, so it is shown as an escape.
pub fn cell(text: &str) -> String {
    let code = code(text);
    if code.contains('|') { code.replace('|', "\\u{7c}") } else { code }
}

/// A phrase in a cell of a table.
pub fn phrase_in_cell(text: &str) -> String {
    phrase(&text.replace('|', "\\u{7c}"))
}

/// A command in a block of its own, in one piece.
pub fn block(command: &str) -> String {
    let lines: Vec<String> = command.split('\n').map(|line| escape(line.trim_end_matches(' ')).into_owned()).collect();
    let text = lines.join("\n");
    let fence = "`".repeat(longest_run(&text).max(2) + 1);
    let language = if text.starts_with("resource ") || text.starts_with("data ") { "hcl" } else { "sh" };
    format!("{fence}{language}\n{text}\n{fence}")
}

/// A code span begins and ends with more backticks than stand together in it.
fn span(text: &str) -> String {
    let fence = "`".repeat(longest_run(text) + 1);
    let space = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) { " " } else { "" };
    format!("{fence}{space}{text}{space}{fence}")
}

fn longest_run(text: &str) -> usize {
    text.split(|one| one != '`').map(str::len).max().unwrap_or(0)
}
