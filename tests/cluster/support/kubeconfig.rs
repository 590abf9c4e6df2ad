//! Kubeconfig files: those of the cluster's users, and changed copies.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// Gives the kubeconfig file of one of the cluster's users.
pub fn of(user: &str) -> PathBuf {
    let state = std::env::var("PODID_CLUSTER_STATE").expect("run by scripts/cluster test");
    Path::new(&state).join("kubeconfig").join(user)
}

/// Writes a changed copy of a user's kubeconfig file to a folder.
pub fn changed(user: &str, folder: &Path, change: impl FnOnce(&mut Value)) -> PathBuf {
    let text = std::fs::read_to_string(of(user)).expect("a kubeconfig file");
    let mut config: Value = serde_saphyr::from_str(&text).expect("YAML");
    change(&mut config);
    let path = folder.join(format!("kubeconfig-of-{user}"));
    std::fs::write(&path, config.to_string()).expect("a place for the file");
    path
}

/// Renames the one context, cluster and user of a configuration.
pub fn rename(config: &mut Value, name: &str) {
    for place in [
        "/current-context",
        "/contexts/0/name",
        "/clusters/0/name",
        "/users/0/name",
        "/contexts/0/context/cluster",
        "/contexts/0/context/user",
    ] {
        *config.pointer_mut(place).expect("a configuration of one context") = name.into();
    }
}
