//! Writes the associations of a cluster to its webhook's identities file, as the EKS control plane does.

use std::collections::HashMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::state::{Cluster, State};

/// Keeps identities files in step with a state; of two clusters that share a file, the last written wins.
#[derive(Debug, Default)]
pub struct Publisher {
    /// For each file, how often it changed and what it should hold now.
    files: Arc<Mutex<HashMap<PathBuf, (u64, String)>>>,
}

impl Publisher {
    /// Writes every file whose content changed, at once or each after its cluster's propagation time.
    pub fn publish(&self, state: &State, at_once: bool) -> io::Result<()> {
        let regions = state.accounts.values().flat_map(|account| account.regions.values());
        for cluster in regions.flat_map(|region| region.clusters.values()) {
            let Some(path) = &cluster.identities_file else {
                continue;
            };
            let content = content(cluster);
            let Some(change) = self.note(path, &content) else {
                continue;
            };
            if at_once || cluster.propagation_millis == 0 {
                write(path, &content)?;
                continue;
            }
            let (files, path, millis) = (Arc::clone(&self.files), path.clone(), cluster.propagation_millis);
            std::thread::spawn(move || {
                std::thread::sleep(Duration::from_millis(millis));
                let files = files.lock().unwrap_or_else(PoisonError::into_inner);
                // A later change has been noted since: its own thread writes it, or has written it already.
                if files.get(&path).is_some_and(|(newest, _)| *newest == change) {
                    write(&path, &content).ok();
                }
            });
        }
        Ok(())
    }

    /// Notes what a file should hold and numbers the change; `None` if it is none.
    fn note(&self, path: &Path, content: &str) -> Option<u64> {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let (change, noted) = files.entry(path.to_owned()).or_default();
        if noted == content {
            return None;
        }
        *change += 1;
        content.clone_into(noted);
        Some(*change)
    }
}

fn content(cluster: &Cluster) -> String {
    let all = cluster.associations.iter();
    let identities: Vec<_> =
        all.map(|a| json!({ "namespace": a.namespace, "serviceAccount": a.service_account })).collect();
    json!({ "identities": identities }).to_string()
}

/// Replaces the file in one step: a reader sees the old or the new, never a half.
fn write(path: &Path, content: &str) -> io::Result<()> {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    std::fs::write(&beside, content)?;
    std::fs::rename(&beside, path)
}
