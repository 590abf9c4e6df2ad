//! The image: an OCI layout whose parts are what their names say.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::support::{VERSION, folder, own_platform, run, text};

/// Alone in its root, where there is no library.
fn assert_the_probe_runs_in(layer: &Path) {
    let root = tempfile::tempdir().expect("a folder");
    run(Command::new("tar").arg("-xzf").arg(layer).arg("-C").arg(root.path()));
    let mut chroot = Command::new("chroot");
    chroot.arg(root.path()).args(["/podid-probe", "--timeout", "5"]).env_clear().env("PATH", "/usr/sbin:/usr/bin");
    let report = run(&mut chroot);
    let report: Value = serde_json::from_str(&report).expect("a report");
    assert!(report["durationMs"].is_number(), "{report}");
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&text(path)).expect("JSON")
}

#[test]
fn it_has_both_programs_for_both_architectures_and_nothing_else() {
    let layout = tempfile::tempdir().expect("a folder");
    let image = folder().join(format!("kubectl-podid-v{VERSION}-image.tar"));
    run(Command::new("tar").arg("-xf").arg(&image).arg("-C").arg(layout.path()));
    let blobs = layout.path().join("blobs/sha256");
    for blob in std::fs::read_dir(&blobs).expect("blobs") {
        let blob = blob.expect("an entry").path();
        let sum = run(Command::new("sha256sum").arg(&blob));
        assert_eq!(sum.split_whitespace().next(), blob.file_name().and_then(|name| name.to_str()));
    }
    let blob = |descriptor: &Value| {
        let digest = descriptor["digest"].as_str().expect("a digest");
        let path = blobs.join(digest.strip_prefix("sha256:").expect("SHA-256"));
        let size = std::fs::metadata(&path).expect("a blob").len();
        assert_eq!(descriptor["size"], size, "{digest}");
        path
    };
    let top = json(&layout.path().join("index.json"));
    let name = format!("localhost/kubectl-podid:v{VERSION}");
    assert_eq!(top["manifests"][0]["annotations"]["io.containerd.image.name"], name);
    let mut architectures = BTreeSet::new();
    for one in json(&blob(&top["manifests"][0]))["manifests"].as_array().expect("manifests") {
        let manifest = json(&blob(one));
        let config = json(&blob(&manifest["config"]));
        assert_eq!(config["architecture"], one["platform"]["architecture"]);
        assert_eq!(config["config"]["User"], "65532:65532");
        assert_eq!(config["config"]["Labels"]["org.opencontainers.image.version"], VERSION);
        let layer = blob(&manifest["layers"][0]);
        let listed = run(Command::new("tar").args(["-tzf"]).arg(&layer));
        let files: Vec<&str> = listed.lines().filter(|line| !line.ends_with('/')).collect();
        assert_eq!(files, ["./kubectl-podid", "./podid-probe"]);
        if config["architecture"] == own_platform().trim_start_matches("linux-") {
            assert_the_probe_runs_in(&layer);
        }
        architectures.insert(config["architecture"].as_str().expect("a word").to_owned());
    }
    assert_eq!(architectures, ["amd64", "arm64"].map(str::to_owned).into());
}
