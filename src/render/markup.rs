//! Text inside XML and HTML: what would be markup is written as an entity, what is hidden as an escape.

use super::escape::escape;

/// Writes a text so that it is nothing but text, between elements and in attributes with double quotes.
pub fn escape_markup(text: &str) -> String {
    let shown = escape(text);
    let mut written = String::with_capacity(shown.len() + 16);
    for character in shown.chars() {
        match character {
            '&' => written.push_str("&amp;"),
            '<' => written.push_str("&lt;"),
            '>' => written.push_str("&gt;"),
            '"' => written.push_str("&quot;"),
            '\'' => written.push_str("&#39;"),
            other => written.push(other),
        }
    }
    written
}
