//! Elements: a name, a class, and what is inside; and phrases in them.

use crate::render::literal::{Piece, pieces};
use crate::render::markup::escape_markup;
use crate::render::style::{Mark, Style};

/// An element; without a class where that is empty. What is inside is markup already.
pub fn element(name: &str, class: &str, inside: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<{name}{class}>{inside}</{name}>")
}

/// A phrase: its names and values are set apart.
pub fn phrase(text: &str) -> String {
    let shown = pieces(text).into_iter().map(|piece| match piece {
        Piece::Words(words) => escape_markup(&words),
        Piece::Literal(literal) => code(&literal),
    });
    shown.collect()
}

/// A name or a value.
pub fn code(text: &str) -> String {
    element("code", "", &escape_markup(text))
}

/// A command, in one piece; each of its lines is shown as it is.
pub fn command(text: &str) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| escape_markup(line.trim_end_matches(' '))).collect();
    element("pre", "", &element("code", "", &lines.join("\n")))
}

/// Text in the colour of a mark, with its sign in front.
pub fn marked(mark: Mark, text: &str) -> String {
    let sign = Style { color: false, unicode: true, width: 0 }.sign(mark);
    let text = escape_markup(text);
    let space = if text.is_empty() { "" } else { " " };
    element("span", &format!("mark {}", class(mark)), &format!("{sign}{space}{text}"))
}

/// The class of something that carries the mark of what is in it.
pub fn tone(mark: Mark) -> String {
    format!("tone {}", class(mark))
}

fn class(mark: Mark) -> &'static str {
    match mark {
        Mark::Good => "good",
        Mark::Warning | Mark::Unproven => "warning",
        Mark::Bad => "bad",
        Mark::Unknown => "unknown",
        Mark::NotReached => "not-reached",
    }
}
