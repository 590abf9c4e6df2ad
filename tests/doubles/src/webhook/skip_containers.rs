//! The annotation `skip-containers`: one record of CSV, as Go's `encoding/csv` reads it with its default options.
//!
//! Blanks belong to a name. A quote may only open a field, and must close it; a quoted field may hold commas and line ends.
//! Empty lines before the record are passed over, and what follows it is not read. A record that cannot be read, or none,
//! skips nobody.

use std::collections::HashSet;

/// Gives the names of the containers to be skipped.
pub fn skipped(annotation: &str) -> HashSet<String> {
    record(annotation).unwrap_or_default().into_iter().collect()
}

fn record(text: &str) -> Option<Vec<String>> {
    // A line end is one character, with or without a carriage return before it; a carriage return at the very end is dropped.
    let text = text.replace("\r\n", "\n");
    let text = text.strip_suffix('\r').unwrap_or(&text);
    let mut rest = text.trim_start_matches('\n');
    if rest.is_empty() {
        return None;
    }
    let mut fields = Vec::new();
    loop {
        let (field, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted_field(quoted)?,
            None => plain_field(rest)?,
        };
        fields.push(field);
        match after.strip_prefix(',') {
            Some(more) => rest = more,
            None => return Some(fields),
        }
    }
}

/// Reads up to a comma or a line end; a quote in there is an error.
fn plain_field(text: &str) -> Option<(String, &str)> {
    let end = text.find([',', '\n']).unwrap_or(text.len());
    let (field, after) = text.split_at(end);
    (!field.contains('"')).then(|| (field.to_owned(), after))
}

/// Reads up to the closing quote, behind which only a comma or the end of the line may stand; a doubled quote is one.
fn quoted_field(mut text: &str) -> Option<(String, &str)> {
    let mut field = String::new();
    loop {
        let (before, after) = text.split_once('"')?;
        field.push_str(before);
        match after.strip_prefix('"') {
            Some(more) => {
                field.push('"');
                text = more;
            }
            None => {
                return (after.is_empty() || after.starts_with([',', '\n'])).then_some((field, after));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::record;

    #[test]
    fn one_record_is_read_as_go_reads_it() {
        let table: &[(&str, Option<&[&str]>)] = &[
            ("app,side", Some(&["app", "side"])),
            (" app , side ", Some(&[" app ", " side "])),
            ("\"app\",side", Some(&["app", "side"])),
            ("\"a,b\",\"c\"\"d\"", Some(&["a,b", "c\"d"])),
            ("app,", Some(&["app", ""])),
            (",", Some(&["", ""])),
            ("\"\"", Some(&[""])),
            ("app\nside", Some(&["app"])),
            ("\n\r\napp\r\n", Some(&["app"])),
            ("app\r", Some(&["app"])),
            ("\"a\r\nb\",c", Some(&["a\nb", "c"])),
            ("\"app\"\nside", Some(&["app"])),
            ("app\n\"", Some(&["app"])),
            ("", None),
            ("\n", None),
            ("\r", None),
            ("\"app", None),
            ("\"app\" ,side", None),
            (" \"app\",side", None),
            ("a\"b", None),
            ("app,\"side", None),
        ];
        for (text, expected) in table {
            let expected = expected.map(|names| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
            assert_eq!(record(text), expected, "{text:?}");
        }
    }
}
