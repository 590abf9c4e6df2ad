//! The krew manifest: what krew's own validation asks of it.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

fn manifest() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("plugin.yaml");
    let text = std::fs::read_to_string(path).expect("plugin.yaml");
    serde_saphyr::from_str(&text).expect("YAML")
}

#[test]
fn it_names_the_plugin_and_says_which_permissions_it_needs() {
    let manifest = manifest();
    assert_eq!(manifest["apiVersion"], "krew.googlecontainertools.github.com/v1alpha2");
    assert_eq!((&manifest["kind"], &manifest["metadata"]["name"]), (&"Plugin".into(), &"podid".into()));
    let version = manifest["spec"]["version"].as_str().expect("a version");
    assert_eq!(version, concat!("v", env!("CARGO_PKG_VERSION")), "the manifest and the package differ in version");
    let short = manifest["spec"]["shortDescription"].as_str().expect("a short description");
    assert!(short.len() < 50 && !short.contains('\n'), "{short}");
    let long = manifest["spec"]["description"].as_str().expect("a description");
    for source in podid::evidence::Source::ALL {
        if let podid::evidence::source::Permission::Action(action) = source.permission() {
            assert!(long.contains(action), "the description does not say that it needs {action}");
        }
    }
}

#[test]
fn every_platform_has_an_archive_with_the_binary_and_the_licence() {
    let manifest = manifest();
    let mut seen = BTreeSet::new();
    for platform in manifest["spec"]["platforms"].as_array().expect("platforms") {
        let label = |name: &str| platform["selector"]["matchLabels"][name].as_str().expect("a label").to_owned();
        let (os, arch) = (label("os"), label("arch"));
        let binary = if os == "windows" { "kubectl-podid.exe" } else { "kubectl-podid" };
        assert_eq!(platform["bin"], binary);
        let files: Vec<&str> =
            platform["files"].as_array().expect("files").iter().filter_map(|file| file["from"].as_str()).collect();
        assert_eq!(files, [binary, "LICENSE"], "{os} {arch}");
        let archive = platform["uri"].as_str().expect("an address");
        assert!(archive.contains(&format!("{os}-{arch}")) && archive.starts_with("https://"), "{archive}");
        let sum = platform["sha256"].as_str().expect("a checksum");
        assert!(sum.len() == 64 && sum.chars().all(|digit| digit.is_ascii_hexdigit()), "{sum}");
        assert!(seen.insert((os, arch)), "a platform is there twice");
    }
    let wanted =
        [("darwin", "amd64"), ("darwin", "arm64"), ("linux", "amd64"), ("linux", "arm64"), ("windows", "amd64")];
    assert_eq!(seen, wanted.iter().map(|(os, arch)| ((*os).to_owned(), (*arch).to_owned())).collect());
}
