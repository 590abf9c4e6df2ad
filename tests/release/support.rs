//! What was made, and how to run a program on it.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The version of the release.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The platforms, as archives name them.
pub const PLATFORMS: [&str; 5] = ["darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64"];

/// The folder that scripts/build-release has filled.
pub fn folder() -> PathBuf {
    std::env::var_os("PODID_RELEASE_FOLDER").expect("run by scripts/ready release").into()
}

/// A program that the run was given.
pub fn given(variable: &str) -> PathBuf {
    std::env::var_os(variable).expect("run by scripts/ready release").into()
}

/// A file of the repository.
pub fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file.
pub fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The checksum of each file, as published.
pub fn checksums() -> BTreeMap<String, String> {
    let lines = text(&folder().join("checksums.txt"));
    lines
        .lines()
        .filter_map(|line| line.split_once("  "))
        .map(|(sum, name)| (name.to_owned(), sum.to_owned()))
        .collect()
}

/// The name of a platform's archive.
pub fn archive(platform: &str) -> String {
    let kind = if platform.starts_with("windows") { "zip" } else { "tar.gz" };
    format!("kubectl-podid-v{VERSION}-{platform}.{kind}")
}

/// The platform that this is.
pub fn own_platform() -> &'static str {
    if cfg!(target_arch = "aarch64") { "linux-arm64" } else { "linux-amd64" }
}

/// The files in a platform's archive.
pub fn entries(platform: &str) -> Vec<String> {
    let path = folder().join(archive(platform));
    let path = path.to_str().expect("a path in UTF-8");
    let listed = if platform.starts_with("windows") {
        let script = "import sys, zipfile; print(*zipfile.ZipFile(sys.argv[1]).namelist(), sep='\\n')";
        run(Command::new("python3").args(["-c", script, path]))
    } else {
        run(Command::new("tar").args(["-tzf", path]))
    };
    listed.lines().filter(|line| !line.ends_with('/')).map(str::to_owned).collect()
}

/// What a program prints that has to succeed.
pub fn run(command: &mut Command) -> String {
    let (code, printed) = outcome(command);
    assert_eq!(code, 0, "{command:?}\n{printed}");
    printed
}

/// The exit code of a program, and what it prints.
pub fn outcome(command: &mut Command) -> (i32, String) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&said).into_owned())
}

/// The `PATH`, with a folder before it.
pub fn path_with(folders: &[&Path]) -> impl AsRef<OsStr> {
    let old = std::env::var_os("PATH").unwrap_or_default();
    let all = folders.iter().map(|folder| folder.to_path_buf()).chain(std::env::split_paths(&old));
    std::env::join_paths(all).expect("folders without a colon")
}
