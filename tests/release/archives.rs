//! What an archive holds, and that the same input gives the same bytes.

use std::collections::BTreeSet;
use std::process::Command;

use crate::support::{PLATFORMS, VERSION, archive, checksums, entries, folder, own_platform, repository, run};

#[test]
fn every_platform_has_an_archive_with_the_same_files() {
    for platform in PLATFORMS {
        let (program, script) = match platform {
            "windows-amd64" => ("kubectl-podid.exe", "kubectl_complete-podid.cmd"),
            _ => ("kubectl-podid", "kubectl_complete-podid"),
        };
        let found = entries(platform);
        let shells = ["bash", "elvish", "fish", "powershell", "zsh"];
        let mut wanted: BTreeSet<String> =
            shells.iter().map(|shell| format!("completions/kubectl-podid.{shell}")).collect();
        wanted.extend([program, script, "LICENSE"].map(str::to_owned));
        let pages: BTreeSet<&String> = found.iter().filter(|name| name.starts_with("man/")).collect();
        assert!(pages.len() > 5 && pages.iter().all(|page| page.ends_with(".1")), "{platform}: {pages:?}");
        let others: BTreeSet<String> = found.iter().filter(|name| !name.starts_with("man/")).cloned().collect();
        assert_eq!(others, wanted, "{platform}");
    }
}

#[test]
fn the_checksums_are_those_of_the_archives() {
    let named: BTreeSet<String> = checksums().into_keys().collect();
    for platform in PLATFORMS {
        assert!(named.contains(&archive(platform)), "{platform} has no checksum");
    }
    run(Command::new("sha256sum").args(["--check", "--strict", "checksums.txt"]).current_dir(folder()));
}

#[test]
fn packing_again_gives_the_same_bytes() {
    let again = tempfile::tempdir().expect("a folder");
    let program = tempfile::tempdir().expect("a folder");
    let first = folder().join(archive(own_platform()));
    run(Command::new("tar").arg("-xzf").arg(&first).arg("-C").arg(program.path()));
    // Taken out of the archive it is as old as the commit; a compiler would leave it as old as today.
    run(Command::new("touch").arg(program.path().join("kubectl-podid")));
    let mut command = Command::new(repository("scripts/build-release"));
    command.arg("--program").arg(program.path().join("kubectl-podid")).args(PLATFORMS);
    run(command.env("PODID_RELEASE_FOLDER", again.path()));
    for platform in PLATFORMS {
        let name = archive(platform);
        let read = |folder: &std::path::Path| std::fs::read(folder.join(&name)).expect("an archive");
        assert!(read(again.path()) == read(&folder()), "{name} differs from itself");
    }
}

#[test]
fn the_plugin_in_the_archive_runs_and_has_both_probes_inside() {
    let unpacked = tempfile::tempdir().expect("a folder");
    run(Command::new("tar").arg("-xzf").arg(folder().join(archive(own_platform()))).arg("-C").arg(unpacked.path()));
    let said = run(Command::new(unpacked.path().join("kubectl-podid")).arg("version"));
    assert!(said.contains(VERSION) && said.contains("probe inside: amd64, arm64"), "{said}");
}
