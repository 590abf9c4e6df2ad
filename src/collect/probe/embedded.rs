//! The programs that run in pods, as they were built before the plugin was.

use std::io::Read as _;

/// Name of the architecture, and the program, deflated; empty where none was built.
static PROGRAMS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/probes.rs"));

/// Whether this plugin brings the probe at all.
pub fn is_embedded() -> bool {
    !PROGRAMS.is_empty()
}

/// The program for a machine, as `uname -m` names it.
pub(super) fn for_machine(machine: &str) -> Option<Vec<u8>> {
    let architecture = match machine {
        "x86_64" | "amd64" => "amd64",
        "aarch64" | "arm64" => "arm64",
        _ => return None,
    };
    let (_, packed) = PROGRAMS.iter().find(|(name, _)| *name == architecture)?;
    let mut program = Vec::new();
    flate2::read::DeflateDecoder::new(*packed).read_to_end(&mut program).ok()?;
    Some(program)
}
