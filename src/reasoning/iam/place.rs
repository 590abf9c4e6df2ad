//! Places in a policy: for words, and for carets.

use std::fmt;
use std::ops::Range;

/// A place in a document; empty for the document itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place(String);

impl Place {
    /// The whole document.
    pub fn root() -> Self {
        Self::default()
    }

    /// A member of the object at this place.
    #[must_use]
    pub fn member(&self, name: &str) -> Self {
        let plain = !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        Self(match (plain, self.0.is_empty()) {
            (true, true) => name.to_owned(),
            (true, false) => format!("{}.{name}", self.0),
            (false, _) => format!("{}[{}]", self.0, serde_json::Value::from(name)),
        })
    }

    /// An item of the list at this place.
    #[must_use]
    pub fn item(&self, index: usize) -> Self {
        Self(format!("{}[{index}]", self.0))
    }

    /// The place as text; empty for the document itself.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(if self.0.is_empty() { "the document" } else { &self.0 })
    }
}

/// One step down in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

/// The bytes of a place in a JSON text: a member with its key, an item, or the whole; `None` where it is not there.
///
/// The place is written as [`Place`](Place) writes it. Of a key that stands twice the last is meant, as
/// in the value. The text must be JSON.
pub fn locate(text: &str, place: &str) -> Option<Range<usize>> {
    let mut scanner = Scanner { text: text.as_bytes(), at: 0 };
    scanner.blank();
    let mut found = scanner.at..text.trim_end().len();
    let mut inside = found.clone();
    for step in steps(place)? {
        let scanner = Scanner { text: &text.as_bytes()[..inside.end], at: inside.start };
        (found, inside) = scanner.child(&step)?;
    }
    Some(found)
}

/// The line and the column of a byte, both from 1; a column is a character.
pub fn line_and_column(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

/// Reads a place; `None` for what no [`Place`](Place) writes.
fn steps(place: &str) -> Option<Vec<Step>> {
    let mut steps = Vec::new();
    let mut rest = place;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let step = if inner.starts_with('"') {
                let mut values = serde_json::Deserializer::from_str(inner).into_iter::<String>();
                let name = values.next()?.ok()?;
                rest = inner.get(values.byte_offset()..)?;
                Step::Member(name)
            } else {
                let (index, after) = inner.split_at(inner.find(']')?);
                rest = after;
                Step::Item(index.parse().ok()?)
            };
            rest = rest.strip_prefix(']')?;
            steps.push(step);
        } else {
            rest = rest.strip_prefix('.').unwrap_or(rest);
            let end = rest.find(['.', '[']).unwrap_or(rest.len());
            if end == 0 {
                return None;
            }
            steps.push(Step::Member(rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    Some(steps)
}

struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Scanner<'a> {
    /// The bytes of a child, and those of its value.
    fn child(mut self, step: &Step) -> Option<(Range<usize>, Range<usize>)> {
        let mut found = None;
        let mut index = 0;
        let is_object = match self.take()? {
            b'{' => true,
            b'[' => false,
            _ => return None,
        };
        loop {
            self.blank();
            if matches!(self.peek()?, b'}' | b']') {
                return found;
            }
            let start = self.at;
            let is_wanted = if is_object {
                let key = self.string()?;
                self.blank();
                self.take().filter(|byte| *byte == b':')?;
                self.blank();
                matches!(step, Step::Member(name) if serde_json::from_slice::<String>(key).is_ok_and(|key| key == *name))
            } else {
                *step == Step::Item(index)
            };
            let value = self.at;
            self.value()?;
            if is_wanted {
                found = Some((start..self.at, value..self.at));
            }
            index += 1;
            self.blank();
            if self.peek()? == b',' {
                self.at += 1;
            }
        }
    }

    /// Goes behind a value, without looking into it.
    fn value(&mut self) -> Option<()> {
        match self.peek()? {
            b'"' => self.string().map(|_| ()),
            b'{' | b'[' => self.nested(),
            _ => {
                while self.peek().is_some_and(|byte| !b",]} \t\r\n".contains(&byte)) {
                    self.at += 1;
                }
                Some(())
            }
        }
    }

    fn nested(&mut self) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            match self.peek()? {
                b'"' => {
                    self.string()?;
                    continue;
                }
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth = depth.checked_sub(1)?,
                _ => {}
            }
            self.at += 1;
            if depth == 0 {
                return Some(());
            }
        }
    }

    /// Goes behind a string and gives it with its quotes.
    fn string(&mut self) -> Option<&'a [u8]> {
        let start = self.at;
        self.take().filter(|byte| *byte == b'"')?;
        loop {
            match self.take()? {
                b'"' => return self.text.get(start..self.at),
                b'\\' => self.at += 1,
                _ => {}
            }
        }
    }

    fn blank(&mut self) {
        while self.peek().is_some_and(|byte| b" \t\r\n".contains(&byte)) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn take(&mut self) -> Option<u8> {
        let byte = self.peek();
        self.at += 1;
        byte
    }
}
