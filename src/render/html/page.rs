//! A page of HTML, and the elements it is made of.

use super::report;
use crate::error::Error;
use crate::render::escape::{Piece, escape_markup, pieces};
use crate::render::outline::{run, target};
use crate::render::style::{Mark, Style};
use crate::render::{Rendering, Reports, Verbosity};

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

/// Nothing is loaded, nothing is sent, nothing runs; the style stands in the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";
/// The style: it must not hold what XML takes for markup.
const STYLE: &str = include_str!("page.css");

/// Draws one report or a list of them.
pub fn draw(rendering: &Rendering<'_>, verbosity: Verbosity) -> String {
    match rendering.reports {
        Reports::One(one) => {
            let title = format!("{} {}: {}", target::words(one), one.verdict.word(), one.summary);
            page(&title, &report::draw(one, "h1", verbosity, rendering.tool_version))
        }
        Reports::List(several) => {
            let title = format!("{}: {}", several.verdict.word(), run::sum(several));
            page(&title, &report::draw_list(several, verbosity, rendering.tool_version))
        }
    }
}

/// Draws an error that ended the run.
pub fn error(error: &Error) -> String {
    let title = format!("error: {}", error.message);
    let head = element("h1", "", &format!("{} {}", marked(Mark::Bad, "error"), phrase(&error.message)));
    let next = error.hint.iter().map(|hint| element("p", "next", &format!("<b>next</b> {}", phrase(hint))));
    page(&title, &element("article", "", &(head + &next.collect::<String>())))
}

fn page(title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"referrer\" content=\"no-referrer\"/>\n<meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}\n</main>\n</body>\n</html>\n",
        escape_markup(title)
    )
}
