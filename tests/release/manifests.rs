//! Every file that names a version, an archive or a checksum names those of this release.

use std::collections::BTreeSet;
use std::process::Command;

use serde_json::Value;

use crate::support::{PLATFORMS, VERSION, archive, checksums, entries, folder, repository, run, text};

fn rendered(name: &str) -> String {
    text(&folder().join("packaging").join(name))
}

/// Where the archives of this release are published.
fn address(archive: &str) -> String {
    format!("https://github.com/kubectl-podid/kubectl-podid/releases/download/v{VERSION}/{archive}")
}

#[test]
fn krew_gets_each_archive_with_its_checksum() {
    let manifest: Value = serde_saphyr::from_str(&rendered("podid.yaml")).expect("YAML");
    assert_eq!((&manifest["kind"], &manifest["metadata"]["name"]), (&"Plugin".into(), &"podid".into()));
    let spec = &manifest["spec"];
    assert_eq!(spec["version"], format!("v{VERSION}"));
    assert_eq!(spec["homepage"], env!("CARGO_PKG_REPOSITORY"));
    let mut seen = BTreeSet::new();
    for platform in spec["platforms"].as_array().expect("platforms") {
        let label = |name: &str| platform["selector"]["matchLabels"][name].as_str().expect("a label").to_owned();
        let name = format!("{}-{}", label("os"), label("arch"));
        assert_eq!(platform["uri"], address(&archive(&name)));
        assert_eq!(platform["sha256"].as_str(), checksums().get(&archive(&name)).map(String::as_str), "{name}");
        assert!(entries(&name).contains(&platform["bin"].as_str().expect("a file").to_owned()), "{name}");
        assert!(platform["files"].is_null(), "nothing is renamed");
        seen.insert(name);
    }
    assert_eq!(seen, PLATFORMS.map(str::to_owned).into());
}

#[test]
fn krew_gets_a_description_that_its_reviewers_accept() {
    let manifest: Value = serde_saphyr::from_str(&rendered("podid.yaml")).expect("YAML");
    let words = |field: &str| manifest["spec"][field].as_str().expect("words").to_owned();
    assert!(words("shortDescription").len() <= 50 && !words("shortDescription").ends_with('.'));
    let description = words("description");
    assert!(!description.contains("kubectl podid"), "commands belong into the README");
    assert!(!description.contains("iam:") && !description.contains("eks:"), "rights belong into the README");
    for line in description.lines().chain(words("caveats").lines()) {
        assert!(line.len() <= 80, "{line}");
    }
}

#[test]
fn homebrew_gets_each_archive_with_its_checksum() {
    let formula = rendered("kubectl-podid.rb");
    assert!(formula.contains(&format!("version \"{VERSION}\"")), "{formula}");
    let quoted = |word: &str| {
        let lines = formula.lines().filter_map(move |line| line.trim().strip_prefix(word));
        lines.map(|rest| rest.trim().trim_matches('"').to_owned()).collect::<Vec<_>>()
    };
    let pairs: BTreeSet<(String, String)> = quoted("url ").into_iter().zip(quoted("sha256 ")).collect();
    let sums = checksums();
    let wanted = PLATFORMS.iter().filter(|platform| !platform.starts_with("windows"));
    assert_eq!(pairs, wanted.map(|platform| (address(&archive(platform)), sums[&archive(platform)].clone())).collect());
}

#[test]
fn arch_gets_each_archive_with_its_checksum() {
    let script = ". \"$0\" && for machine in x86_64 aarch64; do \
                  source=source_$machine[0]; sum=sha256sums_$machine[0]; echo \"${!source} ${!sum}\"; done && declare -f package";
    let printed = run(Command::new("bash").args(["-euc", script]).arg(folder().join("packaging/PKGBUILD")));
    for platform in ["linux-amd64", "linux-arm64"] {
        let line = format!("{} {}", address(&archive(platform)), checksums()[&archive(platform)]);
        assert!(printed.contains(&line), "{printed}");
        assert_installs_what_is_there(&printed, platform);
    }
}

/// Each file that `install` of the package takes is in the archive.
fn assert_installs_what_is_there(script: &str, platform: &str) {
    let entries = entries(platform);
    let lines = script.lines().map(str::trim).filter(|line| line.starts_with("install "));
    let mut count = 0;
    for word in lines.flat_map(str::split_whitespace) {
        let is_file = word.starts_with("kubectl") || word.starts_with("man/") || word.starts_with("completions/");
        if is_file {
            let there = match word.trim_end_matches(';').split_once('*') {
                Some((before, after)) => entries.iter().any(|name| name.starts_with(before) && name.ends_with(after)),
                None => entries.contains(&word.to_owned()),
            };
            assert!(there, "{word} is not in the archive");
            count += 1;
        }
    }
    assert!(count >= 6, "{script}");
}

#[test]
fn aqua_finds_each_archive() {
    let registry: Value = serde_saphyr::from_str(&rendered("registry.yaml")).expect("YAML");
    let package = &registry["packages"][0];
    let asset = package["asset"].as_str().expect("a template");
    for platform in PLATFORMS {
        let (os, arch) = platform.split_once('-').expect("two words");
        let changed = package["overrides"].as_array().expect("a list").iter().find(|one| one["goos"] == os);
        let format = changed.map_or(&package["format"], |changed| &changed["format"]).as_str().expect("a format");
        let name = asset
            .replace("{{.Version}}", &format!("v{VERSION}"))
            .replace("{{.OS}}", os)
            .replace("{{.Arch}}", arch)
            .replace("{{.Format}}", format);
        assert_eq!(name, archive(platform));
        assert!(checksums().contains_key(&name));
    }
    assert_eq!(package["checksum"]["asset"], "checksums.txt");
    let workflow = package["github_artifact_attestations"]["signer_workflow"].as_str().expect("a workflow");
    let path = workflow.strip_prefix("kubectl-podid/kubectl-podid/").expect("a file of this repository");
    assert!(repository(path).is_file(), "{workflow}");
}

#[test]
fn binstall_finds_an_archive_for_each_target() {
    let read = run(Command::new("cargo").args(["metadata", "--no-deps", "--format-version", "1", "--offline"]));
    let metadata: Value = serde_json::from_str(&read).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let package = packages.iter().find(|one| one["name"] == "kubectl-podid").expect("the plugin");
    let mut found = BTreeSet::new();
    for (target, change) in package["metadata"]["binstall"]["overrides"].as_object().expect("targets") {
        let url = change["pkg-url"].as_str().expect("an address");
        let url = url.replace("{ repo }", env!("CARGO_PKG_REPOSITORY")).replace("{ version }", VERSION);
        let url = url.replace("{ name }", "kubectl-podid");
        let name = url.rsplit('/').next().expect("a name").to_owned();
        assert_eq!(url, address(&name));
        assert!(checksums().contains_key(&name), "{target}: {name}");
        let format = change["pkg-fmt"].as_str().unwrap_or("tgz");
        assert_eq!(format == "zip", target.contains("windows"), "{target}");
        found.insert(name);
    }
    assert_eq!(found, PLATFORMS.map(archive).into());
}
