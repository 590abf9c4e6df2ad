//! `completion`: a script for the user's shell, or what kubectl's own completion asks.

use clap_complete::Shell;

use super::complete;
use super::printer::Printer;
use crate::cli::informative::{CompletionArguments, CompletionFor};
use crate::cli::output;
use crate::error::Error;
use crate::exit::ExitCode;

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
