//! Reads the agent's log for some pods: the lines of a journal, and the archive of what a node has collected.
//!
//! Source: `pkg/util/file/archive.go` and `pkg/log_collector/collect/automode.go` of aws/eks-node-monitoring-agent. Whatever the node
//! sends, it takes bounded memory, and time until the end of the run.

use std::io::{self, Read};

use flate2::read::MultiGzDecoder;
use tokio::time::Instant;

use crate::collect::access::clients::each_line_of;
use crate::collect::read::agent::{LINE_LIMIT, LogQuery};
use crate::evidence::{AgentLog, Gap, GapReason, Source};
use crate::reasoning::agent::journal;
use crate::reasoning::agent::log_reader::AgentLogReader;

/// Where the unit's log is in what a node collects.
const FILE: &str = "automode/eks-pod-identity-agent.txt";
/// The most that is unpacked, in bytes: logs of a node, or something that only pretends to be.
const UNPACKED_LIMIT: u64 = 1 << 29;

/// The log of each of some pods, or why there is none.
pub(super) type Logs = Vec<(LogQuery, Result<AgentLog, Gap>)>;

/// Bytes that have to come before the end of the run.
struct Until<R> {
    bytes: R,
    end: Instant,
}

impl<R: Read> Read for Until<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if Instant::now() >= self.end { Err(io::ErrorKind::TimedOut.into()) } else { self.bytes.read(buffer) }
    }
}

/// Reads the log of the agent out of what a node collected.
pub(super) fn unpack(archive: &[u8], mut journal: Journal, end: Instant) -> Result<Journal, String> {
    let broken =
        |error: io::Error| format!("what the node collected is no archive that can be read ({})", error.kind());
    let bytes = Until { bytes: MultiGzDecoder::new(archive).take(UNPACKED_LIMIT), end };
    let mut archive = tar::Archive::new(bytes);
    // As they stand: names and sizes that other entries bring are those of an archive that only pretends to be one.
    for entry in archive.entries().map_err(broken)?.raw(true) {
        let entry = entry.map_err(broken)?;
        let is_file = entry.header().entry_type().is_file();
        if is_file && entry.path().is_ok_and(|path| path.ends_with(FILE)) {
            let size = entry.header().size().map_err(broken)?;
            let read = each_line_of(entry, LINE_LIMIT, |line| journal.take(line)).map_err(broken)?;
            if read != size {
                return Err(format!("of {FILE} in what the node collected the end is missing"));
            }
            return Ok(journal);
        }
    }
    Err(format!("what the node collected holds no {FILE}"))
}

/// Takes in the lines of a journal for some pods.
pub(super) struct Journal {
    readers: Vec<(LogQuery, AgentLogReader)>,
    /// Whether any line was one of a journal.
    pub any: bool,
    /// Whether something says, or may say, that lines are missing.
    has_holes: bool,
}

impl Journal {
    pub fn of(queries: Vec<LogQuery>, reader: impl Fn(&LogQuery) -> AgentLogReader) -> Self {
        let begun = |query: LogQuery| {
            let mut reader = reader(&query);
            reader.begin_file();
            (query, reader)
        };
        Self { readers: queries.into_iter().map(begun).collect(), any: false, has_holes: false }
    }

    pub fn take(&mut self, line: &str) {
        match journal::entry(line) {
            Some(entry) if entry.name.starts_with("systemd-journald") => self.has_holes = true,
            Some(entry) => {
                self.any = true;
                AgentLogReader::line_for(self.readers.iter_mut().map(|(_, reader)| reader), entry.message);
            }
            // What `journalctl` says of itself. That a file is cut off, or a disk too full, is said in other words.
            None => self.has_holes |= !line.trim().is_empty() && !journal::is_mark(line),
        }
    }

    pub fn finish(self) -> Logs {
        let is_whole = !self.has_holes;
        let one = |(query, reader): (LogQuery, AgentLogReader)| {
            let log = if reader.is_not_understood() {
                Err(malformed("no line of the agent's log is in a form that is known"))
            } else {
                Ok(reader.finish(is_whole))
            };
            (query, log)
        };
        self.readers.into_iter().map(one).collect()
    }
}

/// The gap of what cannot be read.
pub(super) fn malformed(detail: &str) -> Gap {
    Gap::new(Source::NodeLog, GapReason::Malformed, detail)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use tokio::time::Instant;

    use super::{FILE, Journal, unpack};

    fn packed(archive: &[u8]) -> Vec<u8> {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(archive).and_then(|()| packed.finish()).unwrap_or_default()
    }

    fn header(kind: tar::EntryType, size: u64) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        header.set_path(FILE).unwrap_or_default();
        header.set_entry_type(kind);
        header.set_size(size);
        header.set_cksum();
        header
    }

    fn refused(archive: &[u8], time: Duration) -> Option<String> {
        unpack(archive, Journal::of(Vec::new(), |_| unreachable!("there is no pod")), Instant::now() + time).err()
    }

    #[test]
    fn what_only_pretends_to_be_an_archive_is_refused_in_time_and_memory() {
        let long = Duration::from_mins(1);
        // A file of which the end is missing; a hole of 2^62 bytes; a name of a gigabyte; none of it at all; no time.
        let cut = [header(tar::EntryType::Regular, 5000).as_bytes().as_slice(), &[b'x'; 512]].concat();
        let mut sparse = header(tar::EntryType::GNUSparse, 0);
        if let Some(gnu) = sparse.as_gnu_mut() {
            gnu.realsize = *b"\x80\0\0\0\x40\0\0\0\0\0\0\0";
        }
        sparse.set_cksum();
        let named = [header(tar::EntryType::GNULongName, 1 << 30).as_bytes().as_slice(), &[b'n'; 4096]].concat();
        let whole = [header(tar::EntryType::Regular, 0).as_bytes().as_slice(), &[0; 1024]].concat();
        for (archive, time, words) in [
            (packed(&cut), long, "the end is missing"),
            (packed(&[sparse.as_bytes().as_slice(), &[0; 1024]].concat()), long, "holds no automode"),
            (packed(&named), long, "no archive that can be read"),
            (packed(&[0; 1024]), long, "holds no automode"),
            (b"no gzip".to_vec(), long, "no archive that can be read"),
            (packed(&whole), Duration::ZERO, "timed out"),
        ] {
            let told = refused(&archive, time).unwrap_or_default();
            assert!(told.contains(words), "{words}: {told}");
        }
        assert_eq!(refused(&packed(&whole), long), None);
    }
}
