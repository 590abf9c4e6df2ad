//! `__companions FOLDER`: the files that stand beside the plugin in an archive or a package: manual pages, completion scripts,
//! and the script that kubectl's completion runs.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use clap::{Command, ValueEnum as _};

use super::complete::{SCRIPT_FOR_UNIX, SCRIPT_FOR_WINDOWS};
use super::completion::script;
use super::printer::Printer;
use crate::cli::output;
use crate::cli::output::OutputFlags;
use crate::error::Error;
use crate::exit::ExitCode;

/// The verb.
pub const VERB: &str = "__companions";

/// Writes the files, and says how many pages there are.
pub fn run(words: &[OsString]) -> ExitCode {
    let printer = Printer::new(&OutputFlags::default());
    let written = match words {
        [folder] => {
            let folder = Path::new(folder);
            write(folder).map_err(|error| Error::usage(format!("{} cannot be written ({error})", folder.display())))
        }
        _ => Err(Error::usage("__companions takes a folder")),
    };
    match written.and_then(|count| printer.report(&format!("{count} pages\n"))) {
        Ok(()) => ExitCode::HEALTHY,
        Err(error) => printer.error(&error),
    }
}

fn write(folder: &Path) -> io::Result<usize> {
    let completions = folder.join("completions");
    std::fs::create_dir_all(&completions)?;
    for shell in clap_complete::Shell::value_variants() {
        std::fs::write(completions.join(format!("kubectl-podid.{shell}")), script(*shell))?;
    }
    for (name, text) in [SCRIPT_FOR_UNIX, SCRIPT_FOR_WINDOWS] {
        std::fs::write(folder.join(name), text)?;
    }
    pages(&folder.join("man"))
}

/// A page for the plugin and one for each verb.
fn pages(folder: &Path) -> io::Result<usize> {
    std::fs::create_dir_all(folder)?;
    let plugin = output::command();
    let verbs: Vec<Command> = plugin.get_subcommands().filter(|verb| !verb.is_hide_set()).cloned().collect();
    page(&plugin, "kubectl-podid", folder)?;
    for verb in &verbs {
        let name = format!("kubectl-podid-{}", verb.get_name());
        let typed = format!("kubectl podid {}", verb.get_name());
        page(&verb.clone().display_name(name.clone()).bin_name(typed), &name, folder)?;
    }
    Ok(verbs.len() + 1)
}

fn page(command: &Command, name: &str, folder: &Path) -> io::Result<()> {
    let mut text = Vec::new();
    // A page without a date is the same whenever it is made.
    clap_mangen::Man::new(command.clone()).title(name.to_uppercase()).date("").render(&mut text)?;
    std::fs::write(folder.join(format!("{name}.1")), text)
}
