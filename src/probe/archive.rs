//! The names of the files in a ZIP archive: only its directory is read, of which memory holds a bounded part.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// How much of the end of an archive is read, in bytes.
const NAMES_LIMIT: u64 = 1024 * 1024;

/// The end of a ZIP archive's directory, and one entry of it (APPNOTE 4.3.12, 4.3.16).
const END: &[u8] = b"PK\x05\x06";
const ENTRY: &[u8] = b"PK\x01\x02";

/// The names of the files in an archive that are wanted, from the directory at its end; `None` where it is no archive.
pub(super) fn names_of_files(path: &Path, is_wanted: impl Fn(&str) -> bool) -> Option<Vec<String>> {
    let mut file = File::open(path).ok()?;
    let size = file.metadata().ok()?.len();
    let from = size.saturating_sub(NAMES_LIMIT);
    file.seek(SeekFrom::Start(from)).ok()?;
    let mut bytes = Vec::new();
    file.take(NAMES_LIMIT).read_to_end(&mut bytes).ok()?;
    let end = bytes.windows(END.len()).rposition(|window| window == END)?;
    let number = |place: usize, length: usize| {
        let own = bytes.get(place..place + length)?;
        Some(own.iter().rev().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte)))
    };
    let begin = number(end + 16, 4)?.checked_sub(from)?;
    let mut place = usize::try_from(begin).ok()?;
    let mut names = Vec::new();
    while bytes.get(place..place + ENTRY.len()) == Some(ENTRY) && place < end {
        let length = |at: usize| number(place + at, 2).and_then(|length| usize::try_from(length).ok());
        let (name, extra, comment) = (length(28)?, length(30)?, length(32)?);
        let text = String::from_utf8_lossy(bytes.get(place + 46..place + 46 + name)?).into_owned();
        if is_wanted(&text) {
            names.push(text);
        }
        place += 46 + name + extra + comment;
    }
    Some(names)
}
