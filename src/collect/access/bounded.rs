//! Files that a user names, read to a bound: what is no file would fill the memory or never end.
//!
//! It is separate because every such path, of a flag, a variable or a kubeconfig, is read by the same rule.

use std::fs::{File, FileType};
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

/// The longest file that is read, in bytes.
pub const LONGEST: u64 = 64 * 1024 * 1024;
/// How long a pipe may keep a run waiting for its end.
const PIPE_LIMIT: Duration = Duration::from_secs(10);

/// The path by which a flag means standard input or output.
pub const STANDARD: &str = "-";

/// Reads a file to its end, or a pipe (`--kubeconfig <(…)`) for a while. Folders and devices are refused, and what is too long.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    read_within(path, LONGEST)
}

/// The same as text.
pub fn read_text(path: &Path) -> io::Result<String> {
    text(read(path)?)
}

/// Reads what a flag names, as text: a file, or standard input.
pub fn read_text_or_standard_input(path: &Path) -> io::Result<String> {
    text(read_or_standard_input(path, LONGEST)?)
}

/// Reads what a flag names, of at most `limit` bytes: a file, or standard input.
pub fn read_or_standard_input(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if path == Path::new(STANDARD) { to_end(io::stdin().lock(), limit) } else { read_within(path, limit) }
}

fn read_within(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    if !is_pipe(check(path)?) {
        return to_end(File::open(path)?, limit);
    }
    let (sender, receiver) = mpsc::channel();
    let pipe = path.to_owned();
    // Opening a pipe that nobody writes to does not return: the thread ends with the run.
    std::thread::spawn(move || sender.send(File::open(pipe).and_then(|file| to_end(file, limit))));
    let late = || io::Error::new(io::ErrorKind::TimedOut, format!("nothing more came within {PIPE_LIMIT:.0?}"));
    receiver.recv_timeout(PIPE_LIMIT).map_err(|_| late())?
}

fn text(bytes: Vec<u8>) -> io::Result<String> {
    String::from_utf8(bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8 text"))
}

/// Refuses what is neither a file nor a pipe.
pub fn check(path: &Path) -> io::Result<FileType> {
    let kind = std::fs::metadata(path)?.file_type();
    let refuse = |what: &str| Err(io::Error::new(io::ErrorKind::InvalidInput, format!("it is {what}, not a file")));
    if kind.is_dir() {
        refuse("a folder")
    } else if kind.is_file() || is_pipe(kind) {
        Ok(kind)
    } else {
        refuse("a device or a socket")
    }
}

#[cfg(unix)]
fn is_pipe(kind: FileType) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&kind)
}

#[cfg(not(unix))]
fn is_pipe(_: FileType) -> bool {
    false
}

fn to_end(reader: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let (size, unit) = if limit < 1 << 20 { (limit >> 10, "KiB") } else { (limit >> 20, "MiB") };
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {size} {unit}")));
    }
    Ok(bytes)
}
