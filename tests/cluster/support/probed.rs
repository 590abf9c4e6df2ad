//! A run with `--probe`, and what must hold for every one: no secret in what it says, nothing left behind but what it
//! announced.

use std::process::Command;

use serde_json::{Value, json};

use super::real_node::NodeScene;
use super::relay::{Relay, Way};
use super::report::Report;
use super::run::Outcome;

/// The image of the probe's own containers: nothing else can be pulled here.
pub const IMAGE: &str = "registry.example/api:1.4.2";
/// Parts of what the played EKS Auth hands out, and of every token.
const SECRETS: [&str; 4] = ["eyJ", "played-secret", "session-token-", "ASIAPLAYED"];

/// A run.
pub struct Probed {
    /// The report.
    pub report: Report,
    /// What it announced.
    pub announced: String,
}

/// A container that stays, and asks STS where the played one is.
pub fn container(name: &str) -> Value {
    json!({ "name": name, "image": IMAGE, "command": ["sleep", "1000000"], "env": [sts()] })
}

/// The variable that leads SDKs, and the probe, to the played STS.
pub fn sts() -> Value {
    let played = std::env::var("AWS_ENDPOINT_URL").expect("run by scripts/cluster test");
    let relay = Relay::to(played.trim_start_matches("http://"), Way::On);
    json!({ "name": "AWS_ENDPOINT_URL_STS", "value": relay.url() })
}

impl NodeScene {
    /// Diagnoses pod `api` with a probe, and looks at what stays.
    pub fn probe(&self, way: &str, more: &[&str]) -> Probed {
        let image: &[&str] = if more.contains(&"--probe-image") { &[] } else { &["--probe-image", IMAGE] };
        self.probe_with(way, &[image, more].concat())
    }

    /// The same with the image that is taken where nobody names one.
    pub fn probe_with(&self, way: &str, more: &[&str]) -> Probed {
        let flag = format!("--probe={way}");
        // A node that starts the pods of many tests at once is slower than any that a person would wait for.
        let patience: &[&str] = if more.contains(&"--probe-timeout") { &[] } else { &["--probe-timeout", "60s"] };
        let arguments = [&["api", &flag, "-o", "json", "--timeout", "90s"], patience, more].concat();
        let before = self.ephemeral_containers();
        let outcome = self.doctor(&arguments).run();
        for text in [&outcome.stdout, &outcome.stderr] {
            for secret in SECRETS {
                assert!(!text.contains(secret), "{secret} in {text}");
            }
        }
        let announced = outcome.stderr.clone();
        let report = Report::read(&Outcome { stderr: String::new(), ..outcome });
        self.leaves_nothing_but(&before, &report.document["sideEffects"], &announced);
        Probed { report, announced }
    }

    /// Pods and ephemeral containers: only what was announced and told may be there beside what was before.
    fn leaves_nothing_but(&self, before: &[String], side_effects: &Value, announced: &str) {
        let pods = self.api.list(&format!("/api/v1/namespaces/{}/pods", self.namespace));
        let left = pods.iter().filter_map(|pod| pod["metadata"]["name"].as_str());
        assert_eq!(left.filter(|name| name.starts_with("podid-")).count(), 0, "{announced}");
        let after = self.ephemeral_containers();
        let made: Vec<&String> = after.iter().filter(|name| !before.contains(name)).collect();
        let told: Vec<String> = serde_json::from_value(side_effects.clone()).expect("words");
        assert_eq!(made.len(), told.len(), "{made:?} {told:?}");
        for (name, words) in made.iter().zip(&told) {
            let start = format!("ephemeral container {name}");
            assert!(words.starts_with(&start) && announced.contains(name.as_str()), "{name}: {words} {announced}");
        }
    }

    fn ephemeral_containers(&self) -> Vec<String> {
        let pod = self.api.get(&format!("/api/v1/namespaces/{}/pods/api", self.namespace));
        let all = pod["spec"]["ephemeralContainers"].as_array().into_iter().flatten();
        all.filter_map(|container| container["name"].as_str().map(str::to_owned)).collect()
    }

    /// What a shell in a container of the pod prints.
    pub fn shell(&self, container: &str, script: &str) -> String {
        let output = Command::new("kubectl")
            .args(["-n", &self.namespace, "exec", "api", "-c", container, "--", "sh", "-c", script])
            .output()
            .expect("kubectl starts");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Asserts that a container has neither file nor process of the probe.
    pub fn is_clean(&self, container: &str) {
        let found = self.shell(container, "ls -A /tmp /run 2>/dev/null; ps -o pid,stat,args");
        assert!(!found.contains("podid"), "{found}");
        assert!(
            !found.lines().any(|line| line.split_whitespace().nth(1).is_some_and(|stat| stat.starts_with('Z'))),
            "{found}"
        );
    }
}
