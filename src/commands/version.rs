//! `version` and `schema`: what this binary is, and the schema of its documents.

use serde_json::json;

use super::printer::Printer;
use crate::collect::beyond::probe;
use crate::error::{Error, ExitCode};
use crate::render::{self, Format};

/// Prints the schema.
pub fn schema(printer: &Printer) -> Result<ExitCode, Error> {
    printer.report(render::json::SCHEMA)?;
    Ok(ExitCode::HEALTHY)
}

/// Prints the version.
pub fn run(printer: &Printer) -> Result<ExitCode, Error> {
    let version = env!("CARGO_PKG_VERSION");
    let probes: Vec<&str> = probe::architectures().collect();
    // Known where a release is built; a build of one's own says neither.
    let (commit, date) = (option_env!("PODID_COMMIT"), option_env!("PODID_COMMIT_DATE"));
    let built = commit.zip(date).map(|(commit, date)| format!("commit {commit}, {date}\n")).unwrap_or_default();
    let target = env!("PODID_TARGET");
    let inside = if probes.is_empty() { "none".to_owned() } else { probes.join(", ") };
    let document = json!({
        "name": "kubectl-podid",
        "version": version,
        "machineOutput": "podid/v1",
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "target": target,
        "commit": commit,
        "commitDate": date,
        "probes": probes,
    });
    printer.report(&match printer.plain_format("version")? {
        Format::Json | Format::Yaml => printer.document(&document),
        Format::Short => format!("{version}\n"),
        _ => format!("kubectl-podid {version}\n{built}target {target}\nprobe inside: {inside}\n"),
    })?;
    Ok(ExitCode::HEALTHY)
}
