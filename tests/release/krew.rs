//! Real krew and real kubectl: validated, installed, run, completed, upgraded, removed.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::support::{VERSION, archive, folder, given, outcome, own_platform, path_with, run, text};

/// A home of its own.
struct Krew {
    root: TempDir,
}

impl Krew {
    fn new(index: &Index) -> Self {
        let krew = Self { root: tempfile::tempdir().expect("a folder") };
        krew.run(&["index", "add", "default", &index.folder.path().display().to_string()]);
        krew
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        let kubectl = given("PODID_KUBECTL");
        let kubectl = kubectl.parent().expect("a folder");
        command.env("PATH", path_with(&[&self.bin(), kubectl])).env("HOME", self.root.path());
        command.env("KREW_ROOT", self.root.path()).env("KREW_NO_UPGRADE_CHECK", "1").env("NO_COLOR", "1");
        command
    }

    fn run(&self, arguments: &[&str]) -> String {
        run(self.command(&given("PODID_KREW")).args(arguments))
    }

    fn kubectl(&self, arguments: &[&str]) -> (i32, String) {
        outcome(self.command(&given("PODID_KUBECTL")).args(arguments))
    }

    fn bin(&self) -> PathBuf {
        self.root.path().join("bin")
    }
}

/// An index: a repository that is empty at first.
struct Index {
    folder: TempDir,
}

impl Index {
    fn new() -> Self {
        let index = Self { folder: tempfile::tempdir().expect("a folder") };
        index.git(&["init", "--quiet"]);
        index.commit("an empty index");
        index
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "."]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    fn git(&self, arguments: &[&str]) {
        let who = ["-c", "user.name=test", "-c", "user.email=test@example.com"];
        run(Command::new("git").arg("-C").arg(self.folder.path()).args(who).args(arguments));
    }
}

fn manifest() -> PathBuf {
    folder().join("packaging/podid.yaml")
}

#[test]
fn the_manifest_is_valid() {
    let mut command = Command::new(given("PODID_VALIDATE_KREW_MANIFEST"));
    run(command.arg("-manifest").arg(manifest()).arg("-skip-install"));
}

#[test]
fn installed_from_archive_it_runs_completes_and_goes() {
    let krew = Krew::new(&Index::new());
    let archive = folder().join(archive(own_platform()));
    let manifest = format!("--manifest={}", manifest().display());
    let said = krew.run(&["install", &manifest, &format!("--archive={}", archive.display())]);
    assert!(said.contains("kubectl podid completion install"), "the caveats are shown: {said}");
    let (code, page) = krew.kubectl(&["podid", "demo", "no-association"]);
    assert_eq!(code, 1, "the code of the plugin is that of kubectl: {page}");
    assert!(page.contains("PID210"), "{page}");
    let (code, said) = krew.kubectl(&["podid", "completion", "install"]);
    assert_eq!(code, 0, "{said}");
    let (code, words) = krew.kubectl(&["__complete", "podid", "demo", "no-a"]);
    assert_eq!(code, 0, "{words}");
    assert!(words.contains("no-association"), "kubectl completes: {words}");
    krew.run(&["uninstall", "podid"]);
    let (code, said) = krew.kubectl(&["podid", "version"]);
    assert_ne!(code, 0, "{said}");
}

#[test]
fn an_index_of_ones_own_installs_and_upgrades() {
    let served = serve(folder());
    let index = Index::new();
    let publish = |version: &str| {
        let address = format!("https://github.com/kubectl-podid/kubectl-podid/releases/download/v{VERSION}");
        let text = text(&manifest())
            .replace(&address, &served)
            .replace(&format!("\n  version: v{VERSION}\n"), &format!("\n  version: {version}\n"));
        assert!(text.contains(&served) && text.contains(version), "{text}");
        std::fs::create_dir_all(index.folder.path().join("plugins")).expect("a folder");
        std::fs::write(index.folder.path().join("plugins/podid.yaml"), text).expect("a file");
        index.commit(version);
    };
    publish("v0.0.1");
    let krew = Krew::new(&index);
    krew.run(&["install", "podid"]);
    assert!(krew.run(&["list"]).contains("podid"));
    publish("v0.0.2");
    let said = krew.run(&["upgrade", "podid"]);
    assert!(said.contains("podid"), "{said}");
    let info = text(&krew.root.path().join("receipts/podid.yaml"));
    assert!(info.contains("version: v0.0.2"), "{info}");
    let (code, _) = krew.kubectl(&["podid", "demo", "healthy"]);
    assert_eq!(code, 0);
    krew.run(&["uninstall", "podid"]);
    assert!(!krew.bin().join("kubectl-podid").exists());
}

/// Serves the files of a folder on this machine for as long as the tests run, and gives the address.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            let length = stream.read(&mut request).unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..length]).into_owned();
            let name = request.split_whitespace().nth(1).unwrap_or_default().trim_start_matches('/').to_owned();
            let body = std::fs::read(folder.join(name)).expect("a file of the release");
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)).ok();
        }
    });
    address
}
