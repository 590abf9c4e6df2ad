//! The plugin: runs, and ends with the exit code of the run.

use std::process::ExitCode;

fn main() -> ExitCode {
    podid::commands::run(std::env::args_os()).into()
}
