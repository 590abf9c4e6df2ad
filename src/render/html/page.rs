//! The page around reports: its head, its style, its policy.

use crate::error::Error;
use crate::render::markup::escape_markup;
use crate::render::outline::{sample, target};
use crate::render::style::Mark;
use crate::render::{Rendering, Reports, Verbosity};

use super::element::{element, marked, phrase};
use super::{list, report};

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
            let title = format!("{}: {}", several.verdict.word(), sample::sum(several));
            page(&title, &list::draw(several, verbosity, rendering.tool_version))
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
