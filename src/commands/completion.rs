//! `completion` prints what a shell loads, and `__companions` writes the files that stand beside the plugin in an archive or a package:
//! manual pages, completion scripts, and the script that kubectl's completion runs.

use std::ffi::OsString;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use clap::{Command, ValueEnum as _};
use clap_complete::Shell;

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
    let path = place_script()?;
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
        fs::write(completions.join(format!("kubectl-podid.{shell}")), script(*shell))?;
    }
    for (name, text) in [SCRIPT_FOR_UNIX, SCRIPT_FOR_WINDOWS] {
        fs::write(folder.join(name), text)?;
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
    fs::write(folder.join(format!("{name}.1")), text)
}

/// The name that kubectl looks for, and what the file does.
const SCRIPT_FOR_UNIX: (&str, &str) = ("kubectl_complete-podid", "#!/bin/sh\nexec kubectl podid __complete \"$@\"\n");
/// The same for Windows.
const SCRIPT_FOR_WINDOWS: (&str, &str) = ("kubectl_complete-podid.cmd", "@kubectl podid __complete %*\r\n");
const SCRIPT: (&str, &str) = if cfg!(windows) { SCRIPT_FOR_WINDOWS } else { SCRIPT_FOR_UNIX };

/// Writes the script into the folder of the `PATH` where kubectl finds the plugin, and gives its path.
///
/// Fails where the plugin is not on the `PATH`, where something else has the name, and where the folder cannot be written.
fn place_script() -> Result<PathBuf, Error> {
    let folder = folder().ok_or_else(|| {
        Error::usage("kubectl-podid is not in a folder of the PATH, so kubectl does not find it")
            .hint("put the binary on the PATH, then try again")
    })?;
    let path = folder.join(SCRIPT.0);
    match fs::read(&path) {
        Ok(found) if found == SCRIPT.1.as_bytes() => return Ok(path),
        Ok(_) => {
            return Err(Error::usage(format!("{} is something else, and was left as it is", path.display()))
                .hint("take it away, then try again"));
        }
        Err(_) => {}
    }
    write_script(&path).map_err(|error| {
        Error::usage(format!("{} cannot be written ({error})", path.display()))
            .hint(format!("write it by hand: {}", SCRIPT.1.trim().replace('\n', "; ")))
    })?;
    Ok(path)
}

/// Where the plugin that runs stands on the `PATH`; a link of krew's counts as the plugin.
fn folder() -> Option<PathBuf> {
    let own = fs::canonicalize(std::env::current_exe().ok()?).ok()?;
    let name = if cfg!(windows) { "kubectl-podid.exe" } else { "kubectl-podid" };
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .find(|folder| folder.is_absolute() && fs::canonicalize(folder.join(name)).is_ok_and(|found| found == own))
}

fn write_script(path: &Path) -> io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    options.open(path)?.write_all(SCRIPT.1.as_bytes())
}
