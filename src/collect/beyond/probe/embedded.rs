//! The programs that run in pods, as they were built before the plugin was.

use crate::packed::unpack;

/// Name of the architecture, and the program, packed; empty where none was built.
static PROGRAMS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/probes.rs"));

/// Whether this plugin brings the probe at all.
pub fn is_embedded() -> bool {
    !PROGRAMS.is_empty()
}

/// The architectures that it brings one for, in Kubernetes' words.
pub fn architectures() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name)
}

/// The program for a machine, as `uname -m` names it.
pub(super) fn for_machine(machine: &str) -> Option<Vec<u8>> {
    let architecture = match machine {
        "x86_64" | "amd64" => "amd64",
        "aarch64" | "arm64" => "arm64",
        _ => return None,
    };
    let (_, packed) = PROGRAMS.iter().find(|(name, _)| *name == architecture)?;
    unpack(packed, Some(architecture))
}
