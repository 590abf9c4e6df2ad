//! Which context, cluster and user are meant; without a kubeconfig, those of the pod that this runs in.

use std::path::Path;

use kube::config::{AuthInfo, Cluster};

use crate::cli::connection::ConnectionFlags;
use crate::collect::access::kubeconfig::file::{Context, Kubeconfig};
use crate::error::Error;
use crate::nearest::nearest;

/// What was picked. Without a server in the cluster nothing was.
#[derive(Debug, Clone, Default)]
pub struct Choice {
    /// The context's name, if one was picked.
    pub context: Option<String>,
    /// The cluster entry's name.
    pub cluster_entry: Option<String>,
    /// The user entry's name.
    pub user_entry: Option<String>,
    /// The namespace of the flag, else of the context.
    pub namespace: Option<String>,
    /// The cluster with the flags laid over it.
    pub cluster: Cluster,
    /// The user with the flags laid over it.
    pub user: AuthInfo,
}

/// Picks. Fails on a name that does not exist, except for the user of a context: such a user is anonymous for kubectl.
pub fn choose(kubeconfig: &Kubeconfig, flags: &ConnectionFlags) -> Result<Choice, Error> {
    let (context_name, context) = choose_context(kubeconfig, given(flags.context.as_ref()))?;
    let cluster_entry = given(flags.cluster.as_ref()).unwrap_or(&context.cluster);
    let user_entry = given(flags.user.as_ref()).unwrap_or(&context.user);
    let cluster = entry(&kubeconfig.clusters, cluster_entry);
    let user = entry(&kubeconfig.users, user_entry);
    let server_given = given(flags.server.as_ref()).is_some();
    if cluster.is_none() && !cluster_entry.is_empty() && !(server_given && given(flags.cluster.as_ref()).is_none()) {
        return Err(unknown("cluster", cluster_entry, &kubeconfig.clusters));
    }
    if user.is_none() && given(flags.user.as_ref()).is_some() {
        return Err(unknown("user", user_entry, &kubeconfig.users));
    }
    let namespace = given(flags.namespace.as_ref()).or(Some(&context.namespace)).filter(|name| !name.is_empty());
    Ok(Choice {
        context: context_name,
        cluster_entry: Some(cluster_entry.clone()).filter(|name| !name.is_empty()),
        user_entry: Some(user_entry.clone()).filter(|name| !name.is_empty()),
        namespace: namespace.cloned(),
        cluster: with_cluster_flags(cluster.cloned().unwrap_or_default(), flags),
        user: with_user_flags(user.cloned().unwrap_or_default(), flags)?,
    })
}

fn choose_context(kubeconfig: &Kubeconfig, flag: Option<&String>) -> Result<(Option<String>, Context), Error> {
    let Some(name) = flag.or(kubeconfig.current_context.as_ref()) else { return Ok((None, Context::default())) };
    match entry(&kubeconfig.contexts, name) {
        Some(context) => Ok((Some(name.clone()), context.clone())),
        None => Err(unknown("context", name, &kubeconfig.contexts)),
    }
}

/// A flag's value; an empty one counts as none.
fn given(flag: Option<&String>) -> Option<&String> {
    flag.filter(|value| !value.is_empty())
}

fn entry<'a, T>(entries: &'a [(String, T)], name: &str) -> Option<&'a T> {
    entries.iter().find(|(known, _)| known == name).map(|(_, entry)| entry)
}

fn unknown<T>(what: &str, name: &str, entries: &[(String, T)]) -> Error {
    let known: Vec<String> = entries.iter().map(|(name, _)| name.clone()).collect();
    Error::usage(format!("the kubeconfig has no {what} named {name}")).hint(suggest(
        name,
        &known,
        &format!("{what} at all"),
    ))
}

/// The contexts that were named, each once; all for `*`.
pub fn contexts(kubeconfig: &Kubeconfig, named: &[String]) -> Result<Vec<String>, Error> {
    let known = &kubeconfig.contexts;
    if named.iter().any(|name| name == "*") && !known.is_empty() {
        return Ok(known.iter().map(|(name, _)| name.clone()).collect());
    }
    let mut wanted: Vec<String> = Vec::new();
    for name in named.iter().filter(|name| !name.is_empty()) {
        entry(known, name).ok_or_else(|| unknown("context", name, known))?;
        if !wanted.contains(name) {
            wanted.push(name.clone());
        }
    }
    Ok(wanted)
}

fn with_cluster_flags(mut cluster: Cluster, flags: &ConnectionFlags) -> Cluster {
    let server = given(flags.server.as_ref());
    let name = given(flags.tls_server_name.as_ref());
    if let Some(server) = server {
        cluster.server = Some(server.clone());
    }
    // Another server has another name: the entry's must not be asked of it.
    if server.is_some() || name.is_some() {
        cluster.tls_server_name = name.cloned();
    }
    let authority = path(flags.certificate_authority.as_deref());
    let insecure = flags.insecure_skip_tls_verify == Some(true);
    if authority.is_some() || insecure {
        cluster.insecure_skip_tls_verify = Some(insecure);
        cluster.certificate_authority = authority;
        cluster.certificate_authority_data = None;
    }
    cluster
}

fn with_user_flags(mut user: AuthInfo, flags: &ConnectionFlags) -> Result<AuthInfo, Error> {
    if let Some(token) = given(flags.token.as_ref()) {
        user.token = Some(token.clone().into());
        user.token_file = None;
    }
    if let Some(certificate) = path(flags.client_certificate.as_deref()) {
        user.client_certificate = Some(certificate);
        user.client_certificate_data = None;
    }
    if let Some(key) = path(flags.client_key.as_deref()) {
        user.client_key = Some(key);
        user.client_key_data = None;
    }
    if let Some(name) = given(flags.impersonate.as_ref()) {
        user.impersonate = Some(name.clone());
    }
    if let Some(uid) = given(flags.impersonate_uid.as_ref()) {
        user.impersonate_uid = Some(uid.clone());
    }
    if !flags.impersonate_group.is_empty() {
        user.impersonate_groups = Some(flags.impersonate_group.clone());
    }
    let has_user = user.impersonate.as_ref().is_some_and(|name| !name.is_empty());
    let has_more = user.impersonate_uid.as_ref().is_some_and(|uid| !uid.is_empty())
        || user.impersonate_groups.as_ref().is_some_and(|groups| !groups.is_empty())
        || user.impersonate_user_extra.as_ref().is_some_and(|extra| !extra.is_empty());
    if has_more && !has_user {
        return Err(Error::usage("a group, a UID or an extra is to be impersonated, but no user")
            .hint("name the user with --as"));
    }
    Ok(user)
}

fn path(flag: Option<&Path>) -> Option<String> {
    flag.filter(|path| !path.as_os_str().is_empty()).map(|path| path.to_string_lossy().into_owned())
}

/// How many names a message lists.
const SHOWN: usize = 10;

/// Words for a name that is not known: the nearest names and the known ones.
pub fn suggest(wanted: &str, known: &[String], what: &str) -> String {
    if known.is_empty() {
        return format!("the kubeconfig has no {what} at all");
    }
    let near = nearest(wanted, known.iter().map(String::as_str), 3);
    let shown = known.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
    let list = match known.len().checked_sub(SHOWN) {
        None | Some(0) => shown,
        Some(more) => format!("{shown} and {more} more"),
    };
    if near.is_empty() { format!("known: {list}") } else { format!("nearest: {} · known: {list}", near.join(", ")) }
}

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
