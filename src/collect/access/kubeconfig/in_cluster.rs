//! The connection of a pod to its own cluster: what kubectl uses where no kubeconfig names a server.

use std::path::Path;

use kube::config::{AuthInfo, Cluster};

/// Where a pod finds its service account's credentials.
pub const DIRECTORY: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// A pod's view of its cluster.
#[derive(Debug, Clone)]
pub struct InCluster {
    /// Address and authority.
    pub cluster: Cluster,
    /// The service account's token file.
    pub user: AuthInfo,
    /// The pod's namespace.
    pub namespace: Option<String>,
}

/// Finds a pod's connection, or none outside a pod. `variable` reads one variable of the environment.
pub fn find(variable: impl Fn(&str) -> Option<String>, directory: &Path) -> Option<InCluster> {
    let filled = |name| variable(name).filter(|value| !value.is_empty());
    let (host, port) = (filled("KUBERNETES_SERVICE_HOST")?, filled("KUBERNETES_SERVICE_PORT")?);
    let token = existing(&directory.join("token"))?;
    let host = if host.contains(':') { format!("[{host}]") } else { host };
    let namespace = filled("POD_NAMESPACE").or_else(|| {
        let text = std::fs::read_to_string(directory.join("namespace")).ok()?;
        Some(text.trim().to_owned()).filter(|name| !name.is_empty())
    });
    Some(InCluster {
        cluster: Cluster {
            server: Some(format!("https://{host}:{port}")),
            certificate_authority: existing(&directory.join("ca.crt")),
            ..Cluster::default()
        },
        user: AuthInfo { token_file: Some(token), ..AuthInfo::default() },
        namespace,
    })
}

fn existing(path: &Path) -> Option<String> {
    path.is_file().then(|| path.to_string_lossy().into_owned())
}
