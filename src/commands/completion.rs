//! `completion` prints what a shell loads, and `__companions` writes the files that stand beside the plugin in an archive or a package:
//! manual pages, completion scripts, and the script that kubectl's completion runs.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use clap::{Command, ValueEnum as _};
use clap_complete::Shell;

use super::complete::{self, SCRIPT_FOR_UNIX, SCRIPT_FOR_WINDOWS};
use super::printer::Printer;
use crate::cli::informative::{CompletionArguments, CompletionFor};
use crate::cli::output::{self, OutputFlags};
use crate::error::{Error, ExitCode};

/// Prints the completion script, or installs what kubectl runs.
pub fn run(printer: &Printer, arguments: &CompletionArguments) -> Result<ExitCode, Error> {
    let shell = match arguments.shell {
        CompletionFor::Install => return install(printer),
        CompletionFor::Bash => Shell::Bash,
        CompletionFor::Elvish => Shell::Elvish,
        CompletionFor::Fish => Shell::Fish,
        CompletionFor::Powershell => Shell::PowerShell,
        CompletionFor::Zsh => Shell::Zsh,
    };
    printer.report(&script(shell))?;
    Ok(ExitCode::HEALTHY)
}

/// The completion script of a shell, for `kubectl-podid` itself.
pub fn script(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut output::command(), "kubectl-podid", &mut script);
    String::from_utf8_lossy(&script).into_owned()
}

fn install(printer: &Printer) -> Result<ExitCode, Error> {
    let path = complete::install()?;
    printer.report(&format!(
        "wrote {}\nkubectl podid completes in every shell where kubectl does: kubectl completion --help says how\n",
        path.display()
    ))?;
    Ok(ExitCode::HEALTHY)
}

/// The verb.
pub const COMPANIONS: &str = "__companions";

/// Writes the files, and says how many pages there are.
pub fn write_companions(words: &[OsString]) -> ExitCode {
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
