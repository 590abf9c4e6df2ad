//! Cuts a stream of bytes into lines without ever holding more than one of them.

use std::io::{self, Read};

/// Hands each line on that can be read, without its end; a line longer than the limit, in bytes, is left out. Returns how many bytes there
/// were.
pub fn each_line_of(mut bytes: impl Read, limit: usize, mut take: impl FnMut(&str)) -> io::Result<u64> {
    let mut whole = 0;
    let mut splitter = LineSplitter::new(limit);
    let mut held = vec![0; 64 * 1024];
    loop {
        match bytes.read(&mut held)? {
            0 => break,
            number => {
                whole += number as u64;
                splitter.take(&held[..number], &mut take);
            }
        }
    }
    splitter.end(&mut take);
    Ok(whole)
}

/// Cuts bytes into lines as they come.
#[derive(Debug)]
pub(super) struct LineSplitter {
    limit: usize,
    held: Vec<u8>,
    too_long: bool,
}

impl LineSplitter {
    /// Leaves out lines longer than this many bytes.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, held: Vec::new(), too_long: false }
    }

    /// Takes bytes in and hands on each line that ends in them.
    pub(super) fn take(&mut self, bytes: &[u8], on: &mut impl FnMut(&str)) {
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let (text, ends) = match piece.strip_suffix(b"\n") {
                Some(text) => (text, true),
                None => (piece, false),
            };
            if self.held.len() + text.len() > self.limit {
                self.too_long = true;
                self.held.clear();
            } else if !self.too_long {
                self.held.extend_from_slice(text);
            }
            if ends {
                self.end(on);
            }
        }
    }

    /// Hands on what is left: a last line without its end.
    pub(super) fn end(&mut self, on: &mut impl FnMut(&str)) {
        if !self.too_long && !self.held.is_empty() {
            on(String::from_utf8_lossy(&self.held).trim_end_matches('\r'));
        }
        self.held.clear();
        self.too_long = false;
    }
}

#[cfg(test)]
mod tests {
    use super::LineSplitter;

    fn split(limit: usize, pieces: &[&[u8]]) -> Vec<String> {
        let mut lines = Vec::new();
        let mut splitter = LineSplitter::new(limit);
        for piece in pieces {
            splitter.take(piece, &mut |line| lines.push(line.to_owned()));
        }
        splitter.end(&mut |line| lines.push(line.to_owned()));
        lines
    }

    #[test]
    fn lines_come_out_whole_however_the_bytes_come_in() {
        let text = "one\ntwo\r\n\nlast ü".as_bytes();
        for size in 1..text.len() {
            let pieces: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(split(100, &pieces), ["one", "two", "last ü"], "{size}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_left_out_and_the_next_one_is_not() {
        for size in 1..12 {
            let text = b"four\nmuch longer\nfour\n";
            let pieces: Vec<&[u8]> = text.chunks(size).collect();
            assert_eq!(split(4, &pieces), ["four", "four"], "{size}");
        }
    }

    #[test]
    fn bytes_that_are_no_text_do_not_stop_it() {
        assert_eq!(split(10, &[b"\xff\xfe\nok\n"]), ["\u{fffd}\u{fffd}", "ok"]);
    }
}
