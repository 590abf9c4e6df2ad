//! The Debian package, installed into a folder that plays the machine.

use std::path::Path;
use std::process::Command;

use crate::support::{VERSION, folder, run};

fn dpkg(root: &Path, arguments: &[&str]) -> String {
    run(Command::new("dpkg").arg(format!("--root={}", root.display())).args(arguments))
}

#[test]
fn it_installs_the_plugin_with_its_pages_and_completions_and_takes_all_away() {
    let root = tempfile::tempdir().expect("a folder");
    for part in ["var/lib/dpkg/info", "var/lib/dpkg/updates", "var/lib/dpkg/triggers"] {
        std::fs::create_dir_all(root.path().join(part)).expect("a folder");
    }
    std::fs::write(root.path().join("var/lib/dpkg/status"), "").expect("a file");
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "amd64" };
    let package = folder().join(format!("kubectl-podid_{VERSION}-1_{machine}.deb"));
    let fields = run(Command::new("dpkg-deb").arg("--field").arg(&package));
    let depends = fields.lines().find_map(|line| line.strip_prefix("Depends:")).unwrap_or_default();
    assert!(fields.contains("Suggests: kubectl") && depends.trim().is_empty(), "{fields}");

    dpkg(root.path(), &["--install", &package.display().to_string()]);
    let plugin = root.path().join("usr/bin/kubectl-podid");
    assert!(run(Command::new(&plugin).arg("version")).contains(VERSION));
    for file in [
        "usr/bin/kubectl_complete-podid",
        "usr/share/man/man1/kubectl-podid-doctor.1.gz",
        "usr/share/bash-completion/completions/kubectl-podid",
        "usr/share/zsh/vendor-completions/_kubectl-podid",
        "usr/share/fish/vendor_completions.d/kubectl-podid.fish",
    ] {
        assert!(root.path().join(file).is_file(), "{file} is not there");
    }
    dpkg(root.path(), &["--purge", "kubectl-podid"]);
    assert!(!plugin.exists() && !root.path().join("usr/share/man").exists());
}
