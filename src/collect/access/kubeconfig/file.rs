//! The kubeconfig as it stands in files.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::Uri;
use kube::config::{AuthInfo, Cluster};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde::{Deserialize, Deserializer};

use crate::collect::access::bounded;
use crate::error::Error;

/// All files together.
#[derive(Debug, Clone, Default)]
pub struct Kubeconfig {
    /// The clusters by name, paths in them absolute or relative to the working directory.
    pub clusters: Vec<(String, Cluster)>,
    /// The users by name, paths in them likewise.
    pub users: Vec<(String, AuthInfo)>,
    /// The contexts by name.
    pub contexts: Vec<(String, Context)>,
    /// The context that applies unless a flag names one.
    pub current_context: Option<String>,
    /// The files that were read.
    pub read: Vec<PathBuf>,
    /// The files of the list that do not exist.
    pub missing: Vec<PathBuf>,
}

/// A pair of cluster and user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Context {
    /// Name of the cluster's entry.
    #[serde(deserialize_with = "null_is_default")]
    pub cluster: String,
    /// Name of the user's entry.
    #[serde(deserialize_with = "null_is_default")]
    pub user: String,
    /// The namespace of commands that name none.
    #[serde(deserialize_with = "null_is_default")]
    pub namespace: String,
}

/// Where kubeconfig files are looked for, in the order that applies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// `--kubeconfig`: it must be there.
    Explicit(PathBuf),
    /// `KUBECONFIG`: any of them may be missing.
    Listed(Vec<PathBuf>),
    /// Neither: `~/.kube/config`, which may be missing too.
    Home(Option<PathBuf>),
}

impl Files {
    /// Finds the files from the flag and the environment. An empty value is no value.
    pub fn find(flag: Option<&Path>, variable: Option<&std::ffi::OsStr>, home: Option<PathBuf>) -> Self {
        if let Some(path) = flag.filter(|path| !path.as_os_str().is_empty()) {
            return Self::Explicit(path.to_owned());
        }
        match variable.filter(|value| !value.is_empty()) {
            None => Self::Home(home.map(|home| home.join(".kube").join("config"))),
            Some(list) => {
                let mut seen = HashSet::new();
                let paths = std::env::split_paths(list).filter(|path| !path.as_os_str().is_empty());
                Self::Listed(paths.filter(|path| seen.insert(path.clone())).collect())
            }
        }
    }

    fn paths(&self) -> &[PathBuf] {
        match self {
            Self::Explicit(path) | Self::Home(Some(path)) => std::slice::from_ref(path),
            Self::Listed(paths) => paths,
            Self::Home(None) => &[],
        }
    }
}

impl Kubeconfig {
    /// Reads and merges the files. Fails on one that cannot be read or is no kubeconfig, and on a missing explicit one.
    pub fn load(files: &Files) -> Result<Self, Error> {
        let mut merged = Self::default();
        for path in files.paths() {
            match bounded::read(path) {
                Ok(bytes) => merged.add(FileContent::parse(&bytes, path)?, path),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => merged.missing.push(path.clone()),
                Err(error) => {
                    return Err(Error::usage(format!("the kubeconfig cannot be read: {} ({error})", path.display()))
                        .hint("kubectl config view shows what kubectl reads"));
                }
            }
        }
        match files {
            Files::Explicit(path) if !merged.missing.is_empty() => {
                Err(Error::usage(format!("the kubeconfig does not exist: {}", path.display()))
                    .hint("check the path behind --kubeconfig"))
            }
            _ => Ok(merged),
        }
    }

    fn add(&mut self, file: FileContent, path: &Path) {
        let directory = path.parent().unwrap_or(Path::new(""));
        self.read.push(path.to_owned());
        for Named { name, mut entry } in file.clusters {
            if self.clusters.iter().all(|(known, _)| *known != name) {
                resolve(&mut entry.certificate_authority, directory);
                self.clusters.push((name, entry));
            }
        }
        for Named { name, mut entry } in file.users {
            if self.users.iter().all(|(known, _)| *known != name) {
                resolve_user(&mut entry, directory);
                self.users.push((name, entry));
            }
        }
        for Named { name, entry } in file.contexts {
            if self.contexts.iter().all(|(known, _)| *known != name) {
                self.contexts.push((name, entry));
            }
        }
        if self.current_context.is_none() {
            self.current_context = file.current_context.filter(|name| !name.is_empty());
        }
    }
}

fn resolve_user(user: &mut AuthInfo, directory: &Path) {
    resolve(&mut user.client_certificate, directory);
    resolve(&mut user.client_key, directory);
    resolve(&mut user.token_file, directory);
    if let Some(exec) = &mut user.exec
        && exec.command.as_ref().is_some_and(|command| command.contains(std::path::MAIN_SEPARATOR))
    {
        resolve(&mut exec.command, directory);
    }
}

/// Makes a path relative to the file it stands in. An empty one stays empty: it means "none".
fn resolve(path: &mut Option<String>, directory: &Path) {
    if let Some(text) = path.as_mut().filter(|text| !text.is_empty() && Path::new(text).is_relative()) {
        *text = directory.join(&*text).to_string_lossy().into_owned();
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct FileContent {
    #[serde(rename = "kind")]
    object_kind: Option<String>,
    #[serde(rename = "apiVersion")]
    api_version: Option<String>,
    #[serde(deserialize_with = "null_is_default")]
    clusters: Vec<Named<Cluster>>,
    #[serde(deserialize_with = "null_is_default")]
    users: Vec<Named<AuthInfo>>,
    #[serde(deserialize_with = "null_is_default")]
    contexts: Vec<Named<Context>>,
    current_context: Option<String>,
}

#[derive(Deserialize)]
#[serde(bound = "T: Deserialize<'de> + Default")]
struct Named<T> {
    name: String,
    #[serde(alias = "cluster", alias = "user", alias = "context", default, deserialize_with = "null_is_default")]
    entry: T,
}

impl FileContent {
    fn parse(bytes: &[u8], path: &Path) -> Result<Self, Error> {
        let broken = |what: String| {
            Error::usage(format!("the kubeconfig cannot be used: {} {what}", path.display()))
                .hint("kubectl config view reads the same files")
        };
        let text = std::str::from_utf8(bytes).map_err(|_| broken("is not UTF-8 text".to_owned()))?;
        // Only the place is told: the words around it may be a token.
        let documents: Vec<Self> =
            serde_saphyr::from_multiple(text.trim_start_matches('\u{feff}')).map_err(|error| {
                broken(match error.location() {
                    Some(place) => format!("is not valid at line {} column {}", place.line(), place.column()),
                    None => "is not valid YAML of a kubeconfig".to_owned(),
                })
            })?;
        // client-go reads the first document only.
        let content = documents.into_iter().next().unwrap_or_default();
        if content.object_kind.as_deref().is_some_and(|kind| !matches!(kind, "" | "Config"))
            || content.api_version.as_deref().is_some_and(|version| !matches!(version, "" | "v1"))
        {
            return Err(broken("is no kubeconfig: found another apiVersion and kind than v1 Config".to_owned()));
        }
        match content.repeated_name() {
            Some((list, name)) => Err(broken(format!("names {name} twice in {list}"))),
            None => Ok(content),
        }
    }

    fn repeated_name(&self) -> Option<(&'static str, String)> {
        let clusters = repeated(self.clusters.iter().map(|named| &named.name)).map(|name| ("clusters", name));
        let users = || repeated(self.users.iter().map(|named| &named.name)).map(|name| ("users", name));
        let contexts = || repeated(self.contexts.iter().map(|named| &named.name)).map(|name| ("contexts", name));
        clusters.or_else(users).or_else(contexts)
    }
}

fn repeated<'a>(names: impl Iterator<Item = &'a String>) -> Option<String> {
    let mut seen = HashSet::new();
    names.into_iter().find(|name| !seen.insert(*name)).cloned()
}

fn null_is_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads a server's address. Without a scheme it is plain HTTP, as for kubectl.
pub fn address(text: &str) -> Result<Uri, Error> {
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let uri: Option<Uri> = full.parse().ok();
    uri.filter(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some_and(|host| !host.is_empty())
    })
    .ok_or_else(|| {
        Error::usage(format!("the API server's address is no URL: found {text:?}"))
            .hint("check the server of the cluster entry, or --server")
    })
}

/// Reads the authorities of a cluster, each as DER; none means the system's.
pub fn authorities(cluster: &Cluster) -> Result<Option<Vec<Vec<u8>>>, Error> {
    let broken = |what: String| {
        Error::usage(format!("the certificate authority of the API server cannot be used: {what}"))
            .hint("check certificate-authority of the cluster entry, or --certificate-authority")
    };
    let Some(pem) = pem(cluster).map_err(broken)? else { return Ok(None) };
    if cluster.insecure_skip_tls_verify == Some(true) {
        return Err(Error::usage("a certificate authority is given, and the certificate is not to be checked")
            .hint("leave out one of certificate-authority and insecure-skip-tls-verify"));
    }
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|error| broken(format!("it is no PEM ({error})")))?;
    if certificates.is_empty() {
        return Err(broken("it holds no certificate".to_owned()));
    }
    Ok(Some(certificates.into_iter().map(|certificate| certificate.to_vec()).collect()))
}

fn pem(cluster: &Cluster) -> Result<Option<Vec<u8>>, String> {
    if let Some(data) = cluster.certificate_authority_data.as_deref().filter(|data| !data.is_empty()) {
        let data: String = data.split_whitespace().collect();
        return STANDARD.decode(data).map(Some).map_err(|error| format!("its data is no base64 ({error})"));
    }
    match cluster.certificate_authority.as_deref().filter(|path| !path.is_empty()) {
        None => Ok(None),
        Some(path) => bounded::read(Path::new(path)).map(Some).map_err(|error| format!("{path} ({error})")),
    }
}
