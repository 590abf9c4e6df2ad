//! Names for the line that is being typed: asked for by the real kubectl, from the real API server, in a real shell.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;

use crate::support::kubeconfig;
use crate::support::scene::Scene;

/// A folder of the `PATH` where the plugin stands, as one who has installed it has.
fn installed(scene: &Scene) -> String {
    let folder = scene.home.path().join("bin");
    std::fs::create_dir_all(&folder).expect("a folder");
    let plugin = folder.join("kubectl-podid");
    std::os::unix::fs::symlink(assert_cmd::cargo::cargo_bin!("kubectl-podid"), plugin).expect("a link");
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").expect("a PATH"));
    let output =
        as_user(scene, &path, "kubectl", &["podid", "completion", "install"]).output().expect("kubectl starts");
    assert!(output.status.success(), "{output:?}");
    path
}

fn as_user(scene: &Scene, path: &str, program: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments).env_clear().env("PATH", path).env("HOME", scene.home.path()).env("TERM", "dumb");
    command.env("KUBECONFIG", Path::new(&kubeconfig::of("admin")));
    command
}

#[test]
fn kubectl_asks_the_plugin_for_names() {
    let scene = Scene::new("completion");
    scene.pod(json!({}));
    let path = installed(&scene);
    let complete = |line: &[&str]| {
        let words = [&["__complete", "podid"], line].concat();
        let output = as_user(&scene, &path, "kubectl", &words).output().expect("kubectl starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    assert_eq!(complete(&["doctor", "-n", &scene.namespace, "ap"]), "api\n:4\n");
    assert_eq!(complete(&["doctor", "-n", &scene.namespace, "sa/a"]), "sa/api\n:4\n");
    assert_eq!(complete(&["doctor", "-n", &scene.namespace, "api", "-c", ""]), "app\n:4\n");
    assert_eq!(complete(&["doctor", "-n", &scene.namespace]), format!("{}\n:4\n", scene.namespace));
    assert!(complete(&["doc"]).starts_with("doctor\tDiagnose pods"));
    // A server that is away is silent.
    assert_eq!(complete(&["doctor", "--server", "https://127.0.0.1:9", "ap"]).lines().last(), Some(":4"));
}

#[test]
fn the_tab_key_completes_in_a_shell() {
    let scene = Scene::new("completion-tab");
    let path = installed(&scene);
    let rc = "source /usr/share/bash-completion/bash_completion\nsource <(kubectl completion bash)\n";
    std::fs::write(scene.home.path().join("rc"), rc).expect("a file");
    let shell = format!("bash --noprofile --rcfile {}/rc -i", scene.home.path().display());
    let mut terminal = as_user(&scene, &path, "script", &["-qec", &shell, "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("script starts");
    let mut keys = terminal.stdin.take().expect("a keyboard");
    std::thread::sleep(Duration::from_secs(3));
    write!(keys, "kubectl podid doctor -n {} sa/ap\t", scene.namespace).expect("keys");
    std::thread::sleep(Duration::from_secs(3));
    // The line is thrown away, not run.
    write!(keys, "\u{3}\nexit\n").expect("keys");
    drop(keys);
    let output = terminal.wait_with_output().expect("a screen");
    let screen = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(screen.contains("sa/api "), "{screen}");
}
