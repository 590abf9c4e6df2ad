//! The image that a probe runs in, and the program that is copied into a container.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::session;
use crate::collect::access::clients::KubernetesClient;
use crate::collect::read::kubernetes::encode;
use crate::packed::unpack;

/// Name of the architecture, and the program, packed; empty where none was built.
static PROGRAMS: &[(&str, &[u8])] = include!(concat!(env!("OUT_DIR"), "/probes.rs"));

/// Whether this plugin brings the probe at all.
pub fn is_embedded() -> bool {
    !PROGRAMS.is_empty()
}

/// The architectures that it brings one for, in Kubernetes' words.
pub fn architectures() -> impl Iterator<Item = &'static str> {
    PROGRAMS.iter().map(|(name, _)| *name)
}

/// The program for a machine, as `uname -m` names it.
pub(super) fn for_machine(machine: &str) -> Option<Arc<Vec<u8>>> {
    let architecture = match machine {
        "x86_64" | "amd64" => "amd64",
        "aarch64" | "arm64" => "arm64",
        _ => return None,
    };
    let (_, packed) = PROGRAMS.iter().find(|(name, _)| *name == architecture)?;
    // A panic elsewhere leaves a map that is still right.
    let mut unpacked = UNPACKED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(program) = unpacked.get(architecture) {
        return Some(Arc::clone(program));
    }
    let program = Arc::new(unpack(packed, Some(architecture))?);
    unpacked.insert(architecture, Arc::clone(&program));
    Some(program)
}

/// What was unpacked in this run: on many nodes it is the same.
static UNPACKED: Mutex<BTreeMap<&str, Arc<Vec<u8>>>> = Mutex::new(BTreeMap::new());

/// What is said where it is not.
pub(super) const NOT_EMBEDDED: &str = "this plugin was built without podid-probe: release archives have it, and so has what is built after scripts/build-probe";

/// The image of the release. It is never pulled: where a node has it, somebody who may do that has imported it.
const OF_THE_RELEASE: &str = concat!("localhost/kubectl-podid:v", env!("CARGO_PKG_VERSION"));
/// Where nobody names another.
const WITH_A_SHELL: &str = "busybox:stable";
/// The last part of the name of images that bring the probe.
const NAME: &str = "kubectl-podid";
/// Where they have it.
pub(super) const PROGRAM: &str = "/podid-probe";

/// An image for a container of the probe's own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Image {
    /// As Kubernetes names it.
    pub name: String,
}

impl Image {
    /// The one that the user names; else that of the release, if the node has it; else one with a shell.
    pub async fn choose(wished: Option<&str>, client: &KubernetesClient, node: Option<&str>) -> Self {
        let name = match (wished, node) {
            (Some(wished), _) => wished,
            (None, Some(node)) if has_that_of_the_release(client, node).await => OF_THE_RELEASE,
            (None, _) => WITH_A_SHELL,
        };
        Self::named(name)
    }

    /// The image of a name.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned() }
    }

    /// Whether the probe is in it, so that it needs no shell.
    pub fn brings_probe(&self) -> bool {
        let path = self.name.split_once('@').map_or(self.name.as_str(), |(path, _)| path);
        let last = path.rsplit('/').next().unwrap_or(path);
        last.split_once(':').map_or(last, |(name, _)| name) == NAME
    }

    /// What a container of this image runs: the probe, or a shell that is sent it. It waits for a word first, so that nothing is said
    /// before somebody listens.
    pub fn command(&self, arguments: Vec<String>, limit: Duration) -> Vec<String> {
        if self.brings_probe() {
            let begin = [PROGRAM, "--begin", "stdin"].map(str::to_owned);
            return begin.into_iter().chain(arguments).collect();
        }
        let script = session::text(&session::file_name(session::random()), &arguments, limit);
        ["sh", "-c", &script].map(str::to_owned).to_vec()
    }

    /// Whether the kubelet may pull it. That of the release is taken from the node alone: somebody there could serve another one
    /// under that name.
    pub fn pull_policy(&self) -> &'static str {
        if self.name == OF_THE_RELEASE { "Never" } else { "IfNotPresent" }
    }
}

/// A node that cannot be read has no image that is known.
async fn has_that_of_the_release(client: &KubernetesClient, node: &str) -> bool {
    let Ok(node) = client.get::<Value>(&format!("/api/v1/nodes/{}", encode(node))).await else { return false };
    let images = node["status"]["images"].as_array().into_iter().flatten();
    images.filter_map(|image| image["names"].as_array()).flatten().any(|name| name == OF_THE_RELEASE)
}

#[cfg(test)]
mod tests {
    use super::Image;

    #[test]
    fn an_image_brings_the_probe_by_the_last_part_of_its_name() {
        let brings = |name: &str| Image { name: name.to_owned() }.brings_probe();
        for name in [
            "kubectl-podid",
            "localhost/kubectl-podid:v1",
            "a.example:5000/b/kubectl-podid@sha256:00",
            "x/kubectl-podid:v1@sha256:00",
        ] {
            assert!(brings(name), "{name}");
        }
        for name in
            ["busybox:stable", "kubectl-podid/busybox", "a.example/my-kubectl-podid:v1", "kubectl-podid:5000/tools"]
        {
            assert!(!brings(name), "{name}");
        }
    }

    #[test]
    fn the_image_of_the_release_is_never_pulled() {
        let policy = |name: &str| Image { name: name.to_owned() }.pull_policy();
        assert_eq!(policy(super::OF_THE_RELEASE), "Never");
        assert_eq!(policy("registry.example/kubectl-podid:v1"), "IfNotPresent");
        assert_eq!(policy("busybox:stable"), "IfNotPresent");
    }
}
