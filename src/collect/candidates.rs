//! Names for the completion of a command line: of the kubeconfig, and of the cluster, within the second that a shell waits.

use std::path::Path;
use std::time::Duration;

use crate::cli::connection::{AwsFlags, ConnectionFlags};
use crate::collect::access::kubeconfig::choice;
use crate::collect::access::kubeconfig::file::{Files, Kubeconfig};
use crate::collect::read::kubernetes::{self, encode};
use crate::collect::session::Session;
use crate::collect::waves::targets::plural;
use crate::error::Error;
use crate::evidence::Pod;
use crate::target::{TargetKind, is_object_name};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Candidates {
    /// The namespaces.
    Namespaces,
    /// The objects of a kind in the namespace.
    Objects(TargetKind),
    /// The containers of a pod.
    Containers(String),
}

/// The contexts of the kubeconfig.
pub fn contexts(flags: &ConnectionFlags) -> Vec<String> {
    plain(kubeconfig(flags).contexts)
}

/// The clusters of the kubeconfig.
pub fn clusters(flags: &ConnectionFlags) -> Vec<String> {
    plain(kubeconfig(flags).clusters)
}

/// The users of the kubeconfig.
pub fn users(flags: &ConnectionFlags) -> Vec<String> {
    plain(kubeconfig(flags).users)
}

fn kubeconfig(flags: &ConnectionFlags) -> Kubeconfig {
    load(flags).unwrap_or_default()
}

fn load(flags: &ConnectionFlags) -> Result<Kubeconfig, Error> {
    let list = std::env::var_os("KUBECONFIG");
    let files = Files::find(flags.kubeconfig.as_deref().map(Path::new), list.as_deref(), std::env::home_dir());
    Kubeconfig::load(&files)
}

/// The contexts that were named, or all for `*`. A kubeconfig that cannot be read, and a name that it does not have, are errors.
pub fn named_contexts(flags: &ConnectionFlags, named: &[String]) -> Result<Vec<String>, Error> {
    choice::contexts(&load(flags)?, named)
}

/// Names that a shell can take as one line.
fn plain<T>(entries: Vec<(String, T)>) -> Vec<String> {
    entries.into_iter().map(|(name, _)| name).filter(|name| !name.contains(char::is_control)).collect()
}

/// Asks the cluster: the first page, in order. Whatever fails, or is late, has no names.
pub async fn read(flags: &ConnectionFlags, wanted: &Candidates, patience: Duration) -> Vec<String> {
    let names = tokio::time::timeout(patience, ask(flags, wanted, patience)).await;
    let mut names = names.ok().flatten().unwrap_or_default();
    // Where a name came from elsewhere than a cluster, the line that is typed must not suffer.
    names.retain(|name| is_object_name(name));
    names.sort();
    names
}

async fn ask(flags: &ConnectionFlags, wanted: &Candidates, patience: Duration) -> Option<Vec<String>> {
    let aws = AwsFlags { no_aws: true, ..AwsFlags::default() };
    let session = Session::open(flags, &aws, patience).await.ok()?;
    let client = &session.kubernetes;
    let namespace = encode(&session.namespace);
    let path = match wanted {
        Candidates::Namespaces => "/api/v1/namespaces".to_owned(),
        Candidates::Objects(kind) => {
            let (group, plural) = plural(*kind);
            format!("{group}/namespaces/{namespace}/{plural}")
        }
        Candidates::Containers(pod) => {
            let pod = kubernetes::pod(client, &session.namespace, pod).await;
            let pod: &Pod = pod.known()?.as_ref()?;
            return Some(pod.containers().map(|container| container.name.clone()).collect());
        }
    };
    kubernetes::first_names(client, &path).await.ok()
}
