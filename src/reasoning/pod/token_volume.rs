//! Which mount of a container holds the file that a variable names, and which service account token is projected there.
//!
//! It is separate because both ways to an identity hand a process its token as a file, and both fail alike when a volume of
//! the pod's own has the webhook's name.

use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{AUDIENCE, is_agent_uri};
use crate::evidence::kubernetes::pod::{ServiceAccountTokenProjection, VolumeMount};
use crate::evidence::{Container, Pod};

impl<'c> Container<'c> {
    /// The mount that a process sees a file through, and the file inside its volume: the deepest mount wins.
    pub fn serving_mount(&self, path: &str) -> Option<(&'c VolumeMount, String)> {
        let wanted = parts(path);
        let below = |mount: &'c VolumeMount| {
            let rest = wanted.strip_prefix(parts(&mount.mount_path).as_slice())?;
            let inside = [inner(mount.sub_path.as_deref().unwrap_or_default()).as_slice(), rest].concat();
            Some((rest.len(), mount, inside.join("/")))
        };
        let deepest = self.spec.volume_mounts.iter().filter_map(below).min_by_key(|(depth, ..)| *depth);
        deepest.map(|(_, mount, file)| (mount, file))
    }
}

impl Pod {
    /// Whether a container's two variables lead to the agent and to a token for it, whoever wrote them.
    pub fn leads_to_agent(&self, container: &Container<'_>) -> bool {
        let uri = container.full_uri().and_then(EnvVar::text).is_some_and(is_agent_uri);
        let file = container.token_file().and_then(EnvVar::text).and_then(|path| container.serving_mount(path));
        let token = file.and_then(|(mount, file)| self.token_at(mount, &file));
        uri && token.is_some_and(|token| token.audience.as_deref() == Some(AUDIENCE))
    }

    /// The service account token that a mounted volume projects to a file inside it.
    pub fn token_at(&self, mount: &VolumeMount, file: &str) -> Option<&ServiceAccountTokenProjection> {
        let projected = self.spec.volumes.iter().find(|volume| volume.name == mount.name)?.projected.as_ref()?;
        let mut tokens = projected.sources.iter().filter_map(|source| source.service_account_token.as_ref());
        tokens.find(|token| inner(&token.path).join("/") == file)
    }
}

/// The parts of an absolute path; `/run` is where `/var/run` leads to in nearly every image.
fn parts(path: &str) -> Vec<&str> {
    let parts = inner(path);
    if parts.first() == Some(&"run") { [&["var"], parts.as_slice()].concat() } else { parts }
}

fn inner(path: &str) -> Vec<&str> {
    // Windows writes C:\\ and the other slash.
    path.trim_start_matches("C:").split(['/', '\\']).filter(|part| !part.is_empty() && *part != ".").collect()
}
