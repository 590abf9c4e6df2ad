//! The processes of the container, and which variables each was started with: names only.
//!
//! An entrypoint may take away what the specification gave. `/proc/ID/environ` shows what a process was started with, to
//! processes of the same user.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;

use super::control_group;
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::asked::probe::SeenProcess;
use crate::evidence::kubernetes::environment::is_relevant;

/// How many processes are told.
const LIMIT: usize = 16;
/// The largest environment that is read, in bytes.
const BYTES: u64 = 1024 * 1024;

/// The user of this very process.
pub(super) fn own_user() -> u32 {
    fs::metadata("/proc/self").map_or(0, |metadata| metadata.uid())
}

/// The processes of the container, the main one first.
///
/// In the container itself they are those of the probe's own control group; beside it, those of the group that is named after
/// the container's id. So it does not matter whether the pod's containers share their processes.
pub(super) fn of_container(container: Option<&str>) -> Vec<SeenProcess> {
    let own = own_line();
    let mut ids: Vec<u32> = fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
        .filter(|id| !own.contains(id) && belongs(*id, container))
        .collect();
    ids.sort_unstable();
    ids.into_iter().filter_map(seen).take(LIMIT).collect()
}

/// The probe and those that started it, which are no processes of the container: its ancestors below the first process.
fn own_line() -> Vec<u32> {
    let mut line = vec![std::process::id()];
    while let Some(parent) = line.last().and_then(|id| status(*id, "PPid:")).filter(|parent| *parent > 1) {
        line.push(parent);
    }
    line
}

fn belongs(id: u32, container: Option<&str>) -> bool {
    let groups = groups(&id.to_string());
    match container {
        Some(container) => control_group::is_in(&groups, container),
        None => control_group::is_beside(&groups, &self::groups("self")),
    }
}

fn groups(process: &str) -> String {
    fs::read_to_string(format!("/proc/{process}/cgroup")).unwrap_or_default()
}

fn seen(id: u32) -> Option<SeenProcess> {
    let name = fs::read_to_string(format!("/proc/{id}/comm")).ok()?;
    Some(SeenProcess {
        id,
        parent: status(id, "PPid:").unwrap_or_default(),
        name: ForeignText::new(name.trim_end()),
        user: status(id, "Uid:"),
        variables: variables(id),
    })
}

/// The first number of a line of `/proc/ID/status`.
fn status(id: u32, field: &str) -> Option<u32> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    text.lines().find_map(|line| line.strip_prefix(field))?.split_whitespace().next()?.parse().ok()
}

fn variables(id: u32) -> Option<Vec<ForeignText>> {
    let mut bytes = Vec::new();
    File::open(format!("/proc/{id}/environ")).ok()?.take(BYTES).read_to_end(&mut bytes).ok()?;
    let entries = bytes.split(|byte| *byte == 0).filter_map(|entry| entry.split(|byte| *byte == b'=').next());
    let mut names: Vec<_> = entries.map(String::from_utf8_lossy).filter(|name| is_relevant(name)).collect();
    names.sort();
    names.dedup();
    names.truncate(64);
    Some(names.iter().map(|name| ForeignText::new(name)).collect())
}
