//! `completion install`: puts the script beside the plugin that kubectl asks for names.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// The name that kubectl looks for, and what the file does.
pub const SCRIPT_FOR_UNIX: (&str, &str) =
    ("kubectl_complete-podid", "#!/bin/sh\nexec kubectl podid __complete \"$@\"\n");
/// The same for Windows.
pub const SCRIPT_FOR_WINDOWS: (&str, &str) = ("kubectl_complete-podid.cmd", "@kubectl podid __complete %*\r\n");
const SCRIPT: (&str, &str) = if cfg!(windows) { SCRIPT_FOR_WINDOWS } else { SCRIPT_FOR_UNIX };

/// Writes the script into the folder of the `PATH` where kubectl finds the plugin, and gives its path.
///
/// Fails where the plugin is not on the `PATH`, where something else has the name, and where the folder cannot be written.
pub fn install() -> Result<PathBuf, Error> {
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
    write(&path).map_err(|error| {
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

fn write(path: &Path) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o755);
    options.open(path)?.write_all(SCRIPT.1.as_bytes())
}
