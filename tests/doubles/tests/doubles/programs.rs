//! The doubles as processes: they say where they listen, answer there, and say what is wrong with their flags.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use podid_doubles::aws::{Fault, Kind};

use crate::support::client::Ask;
use crate::support::world::{Outcome, STATE};

const AWS: &str = env!("CARGO_BIN_EXE_aws-double");
const WEBHOOK: &str = env!("CARGO_BIN_EXE_eks-pod-identity-webhook");

/// A process that is ended with the test.
struct Running {
    child: Child,
    url: String,
}

impl Running {
    fn start(command: &mut Command) -> std::io::Result<Running> {
        let mut child = command.stdout(Stdio::piped()).spawn()?;
        let mut url = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut url)?;
        }
        Ok(Running { child, url: url.trim_end().to_owned() })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

#[test]
fn the_played_aws_is_steered_over_http() -> Outcome {
    let folder = tempfile::tempdir()?;
    let state = folder.path().join("state.yaml");
    std::fs::write(&state, STATE)?;
    let aws = Running::start(Command::new(AWS).arg("--state").arg(&state))?;
    let address = aws.url.strip_prefix("http://").ok_or("no URL")?;
    let fault = serde_json::to_string(&Fault::on("iam:GetRole", Kind::Throttled).times(1))?;
    for (method, target, body, expected) in [
        ("GET", "/clusters/prod", "", 403),
        ("POST", "/_control/faults", fault.as_str(), 200),
        ("POST", "/", "Version=2010-05-08&Action=GetRole&RoleName=api", 400),
        ("POST", "/", "Version=2010-05-08&Action=GetRole&RoleName=api", 403),
        ("GET", "/_control/requests", "", 200),
    ] {
        let reply = Ask { method, target, headers: &[], body }.plain(address)?;
        assert_eq!(reply.status, expected, "{method} {target}: {}", reply.body);
    }
    Ok(())
}

#[test]
fn the_webhook_makes_its_certificate_once() -> Outcome {
    let folder = tempfile::tempdir()?;
    let (certificate, key) = (folder.path().join("tls.crt"), folder.path().join("tls.key"));
    let start = || {
        let mut command = Command::new(WEBHOOK);
        command
            .args(["--port", "0", "--in-cluster=false"])
            .arg("--tls-cert")
            .arg(&certificate)
            .arg("--tls-key")
            .arg(&key);
        Running::start(&mut command)
    };
    let health = |webhook: &Running, certificate: &str| {
        let address = webhook.url.replace("https://", "").replace("/mutate", "");
        Ask { method: "GET", target: "/healthz", headers: &[], body: "" }.secure(&address, certificate)
    };
    let first = start()?;
    let made = std::fs::read_to_string(&certificate)?;
    assert_eq!(health(&first, &made)?.body, "ok");
    let second = start()?;
    assert_eq!(std::fs::read_to_string(&certificate)?, made, "the second start takes what is there");
    assert_eq!(health(&second, &made)?.body, "ok");
    Ok(())
}

#[test]
fn mistakes_end_a_program_with_words() -> Outcome {
    for (program, flags, words) in [
        (AWS, &["--state", "/nonexistent"][..], "/nonexistent"),
        (AWS, &["--address", "nowhere"], "nowhere"),
        (WEBHOOK, &["--port", "0"], "--tls-cert is needed"),
        (WEBHOOK, &["--prot", "0"], "unknown flag --prot"),
        (WEBHOOK, &["--kubeconfig", "a", "--service-accounts", "b"], "not both"),
    ] {
        let output = Command::new(program).args(flags).output()?;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code() == Some(2) && error.contains(words), "{flags:?}: {error}");
    }
    Ok(())
}
