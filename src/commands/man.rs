//! `__man FOLDER`: a manual page for the plugin and for each verb, as releases bring them.

use std::ffi::OsString;
use std::path::Path;

use clap::Command;

use super::printer::Printer;
use crate::cli::formats;
use crate::cli::output::OutputFlags;
use crate::error::Error;
use crate::exit::ExitCode;

/// The verb.
pub const VERB: &str = "__man";

/// Writes the pages, and says how many.
pub fn run(words: &[OsString]) -> ExitCode {
    let printer = Printer::new(&OutputFlags::default());
    let written = match words {
        [folder] => write(Path::new(folder)),
        _ => Err(Error::usage("__man takes a folder")),
    };
    match written.and_then(|count| printer.report(&format!("{count} pages\n"))) {
        Ok(()) => ExitCode::HEALTHY,
        Err(error) => printer.error(&error),
    }
}

fn write(folder: &Path) -> Result<usize, Error> {
    let failed = |error: std::io::Error| Error::usage(format!("{} cannot be written ({error})", folder.display()));
    std::fs::create_dir_all(folder).map_err(failed)?;
    let plugin = formats::command();
    let verbs: Vec<Command> = plugin.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned().collect();
    page(&plugin, "kubectl-podid", folder).map_err(failed)?;
    for verb in &verbs {
        let name = format!("kubectl-podid-{}", verb.get_name());
        page(&verb.clone().display_name(name.clone()), &name, folder).map_err(failed)?;
    }
    Ok(verbs.len() + 1)
}

fn page(command: &Command, name: &str, folder: &Path) -> std::io::Result<()> {
    let mut text = Vec::new();
    // A page without a date is the same whenever it is made.
    clap_mangen::Man::new(command.clone()).title(name.to_uppercase()).date("").render(&mut text)?;
    std::fs::write(folder.join(format!("{name}.1")), text)
}
