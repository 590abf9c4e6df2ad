//! Where a place of a document stands in its JSON text, so that a line can be shown.
//!
//! It is separate from reading because a value has no positions, and it walks for one place at a time: an index of all
//! places of a hostile text could be far larger than the text.

use std::ops::Range;

/// One step down in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    Member(String),
    Item(usize),
}

/// The bytes of a place in a JSON text: a member with its key, an item, or the whole; `None` where it is not there.
///
/// The place is written as [`Place`](super::place::Place) writes it. Of a key that stands twice the last is meant, as
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

/// Reads a place; `None` for what no [`Place`](super::place::Place) writes.
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
