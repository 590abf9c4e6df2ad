//! Manifests before they are applied: the pods, workloads and service accounts in files, folders and standard input.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::collect::access::bounded::{STANDARD, read_text_or_standard_input};
use crate::collect::beyond::active;
use crate::collect::read::owner::Workload;
use crate::error::Error;
use crate::evidence::kubernetes::secret::ConfigMap;
use crate::evidence::reading::GapKind;
use crate::evidence::{
    Context, Evidence, Gap, Metadata, NetworkPolicy, Owner, Pod, Reading, SecretKeys, ServiceAccount, Source,
};
use crate::target::{Target, TargetKind, is_object_name};

/// What is written in manifests.
#[derive(Debug, Default)]
pub struct Manifest {
    /// What is to be judged.
    pub written: Vec<Written>,
    /// The service accounts: they stand for those of the cluster.
    pub service_accounts: Vec<ServiceAccount>,
    /// What makes pods and is of a kind that nothing here judges: `rollout/api (argoproj.io/v1alpha1)`.
    pub not_judged: Vec<String>,
    /// How many objects there are that are none of these.
    left_out: usize,
    config_maps: Vec<(Metadata, ConfigMap)>,
    secrets: Vec<(Metadata, SecretKeys)>,
    network_policies: Vec<NetworkPolicy>,
}

/// One pod, workload or service account.
#[derive(Debug)]
pub struct Written {
    /// Its kind, namespace and name.
    pub target: Target,
    /// The pod that it would make; `None` for a service account.
    pub pod: Option<Pod>,
    /// The workload itself, where it is one.
    pub owner: Option<Owner>,
}

/// How many documents a file may have.
const DOCUMENTS: usize = 100_000;
/// Endings of files in a folder, as kubectl takes them.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The namespace of objects that name none.
#[derive(Debug, Clone, Copy)]
pub struct Home<'a> {
    /// Its name.
    pub namespace: &'a str,
    /// Whether it was typed: then objects of another are refused, as kubectl refuses them.
    pub is_typed: bool,
}

/// Reads manifests.
pub fn read(paths: &[PathBuf], home: Home<'_>) -> Result<Manifest, Error> {
    let mut manifest = Manifest::default();
    for path in paths {
        for file in files(path)? {
            let name =
                if file == Path::new(STANDARD) { "standard input".to_owned() } else { file.display().to_string() };
            let text = read_text_or_standard_input(&file).map_err(|error| unreadable(&name, &error))?;
            manifest.add_text(&name, &text, home)?;
        }
    }
    manifest.keep_one_of_each();
    if manifest.written.is_empty() && manifest.not_judged.is_empty() {
        let what = match manifest.left_out {
            0 => "the manifests hold no object".to_owned(),
            number => {
                format!("none of the {number} objects in the manifests is a pod, a workload or a service account")
            }
        };
        return Err(Error::usage(what).hint("render charts first: helm template CHART | kubectl podid doctor -f -"));
    }
    Ok(manifest)
}

fn unreadable(name: &str, error: &io::Error) -> Error {
    Error::usage(format!("{name} cannot be read — {error}"))
}

/// The files that a path stands for: of a folder those that are manifests by their ending.
fn files(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let failed = |error: io::Error| unreadable(&path.display().to_string(), &error);
    let entries = std::fs::read_dir(path).map_err(failed)?.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    let is_manifest = |path: &PathBuf| {
        path.is_file() && path.extension().and_then(|ending| ending.to_str()).is_some_and(|one| ENDINGS.contains(&one))
    };
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).filter(is_manifest).collect();
    files.sort();
    if files.is_empty() {
        return Err(Error::usage(format!("{} holds no manifest", path.display()))
            .hint("files that end in .yaml, .yml or .json are read, folders in it are not"));
    }
    Ok(files)
}

impl Manifest {
    fn add_text(&mut self, name: &str, text: &str, home: Home<'_>) -> Result<(), Error> {
        // Charts render into more documents than a file that a person writes has.
        let options = serde_saphyr::options! {
            budget: serde_saphyr::budget! {
                max_documents: DOCUMENTS,
                max_events: 64 * DOCUMENTS,
                max_nodes: 32 * DOCUMENTS,
            },
        };
        let text = text.trim_start_matches('\u{feff}');
        let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options).map_err(|error| {
            let error = error.to_string();
            let first = error.lines().next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first);
            Error::usage(format!("{name} is no YAML — {first}")).hint("charts and overlays have to be rendered first")
        })?;
        for (number, document) in documents.into_iter().enumerate().filter(|(_, document)| !document.is_null()) {
            self.add(&format!("document {} of {name}", number + 1), document, home)?;
        }
        Ok(())
    }

    fn add(&mut self, place: &str, mut document: Value, home: Home<'_>) -> Result<(), Error> {
        let kind = document["kind"].as_str().unwrap_or_default().to_owned();
        if kind.is_empty() {
            return Err(Error::usage(format!("{place} is no Kubernetes object: it has no kind")));
        }
        if kind == "List" || kind.ends_with("List") && document["items"].is_array() {
            let items = document["items"].as_array().cloned().unwrap_or_default();
            return items.into_iter().try_for_each(|item| self.add(place, item, home));
        }
        without_nulls(&mut document);
        let version = document["apiVersion"].as_str().unwrap_or_default().to_owned();
        let Some(kind) = TargetKind::of_object(&version, &kind) else {
            return self.add_beside(place, document, (&version, &kind), home);
        };
        for path in ["/spec", "/spec/template/spec", "/spec/jobTemplate/spec/template/spec"] {
            document.pointer_mut(path).and_then(Value::as_object_mut).map(name_service_account);
        }
        let generated =
            document["metadata"]["generateName"].as_str().unwrap_or_default().trim_end_matches('-').to_owned();
        match kind {
            TargetKind::Pod => {
                let mut pod: Pod = parsed(place, document)?;
                let target = target(place, kind, &mut pod.metadata, home, &generated)?;
                self.written.push(Written { target, pod: Some(Pod { from_template: true, ..pod }), owner: None });
            }
            TargetKind::ServiceAccount => {
                let mut account: ServiceAccount = parsed(place, document)?;
                let target = target(place, kind, &mut account.metadata, home, &generated)?;
                self.service_accounts.push(account);
                self.written.push(Written { target, pod: None, owner: None });
            }
            _ => {
                let mut workload: Workload = parsed(place, document)?;
                let target = target(place, kind, &mut workload.metadata, home, &generated)?;
                let pod = workload.pod(&target.namespace);
                if pod.is_none() {
                    return Err(Error::usage(format!("{place}: {} has no template", target.name)));
                }
                self.written.push(Written { target, pod, owner: Some(workload.owner()) });
            }
        }
        Ok(())
    }

    /// Takes what stands beside pods, and remembers what makes pods in a way that is not known here.
    fn add_beside(
        &mut self,
        place: &str,
        mut document: Value,
        (version, kind): (&str, &str),
        home: Home<'_>,
    ) -> Result<(), Error> {
        let mut metadata: Metadata = parsed(place, document["metadata"].clone())?;
        if metadata.namespace.is_empty() {
            home.namespace.clone_into(&mut metadata.namespace);
        }
        match (version, kind) {
            ("v1", "ConfigMap") => self.config_maps.push((metadata, parsed(place, document)?)),
            ("v1", "Secret") => {
                // What is written as text is stored beside the rest.
                if let Some(Value::Object(text)) = document.get_mut("stringData").map(Value::take) {
                    match document.get_mut("data") {
                        Some(Value::Object(data)) => data.extend(text),
                        _ => document["data"] = Value::Object(text),
                    }
                }
                self.secrets.push((metadata, parsed(place, document)?));
            }
            ("networking.k8s.io/v1", "NetworkPolicy") => {
                let policy: NetworkPolicy = parsed(place, document)?;
                self.network_policies.push(NetworkPolicy { metadata, ..policy });
            }
            _ if document.pointer("/spec/template/spec/containers").is_some() => {
                self.not_judged.push(format!("{}/{} ({version})", kind.to_ascii_lowercase(), metadata.name));
            }
            _ => {}
        }
        self.left_out += 1;
        Ok(())
    }

    /// Puts what the manifests have beside a pod in the place of what the cluster has of the same name.
    pub fn lay_over(&self, evidence: &mut Evidence) {
        let namespace = evidence.target.namespace.clone();
        let here = |metadata: &Metadata| metadata.namespace == namespace;
        if let Reading::Known(known) = &mut evidence.config_maps {
            for (metadata, map) in self.config_maps.iter().filter(|(metadata, _)| here(metadata)) {
                known.insert(metadata.name.clone(), Some(map.clone()));
            }
        }
        if let Reading::Known(known) = &mut evidence.secrets {
            for (metadata, keys) in self.secrets.iter().filter(|(metadata, _)| here(metadata)) {
                known.insert(metadata.name.clone(), Some(keys.clone()));
            }
        }
        if let Reading::Known(known) = &mut evidence.network_policies {
            for policy in self.network_policies.iter().filter(|policy| here(&policy.metadata)) {
                known.retain(|other| other.metadata.name != policy.metadata.name);
                known.push(policy.clone());
            }
        }
    }

    /// What is written twice is applied once, the last of them; a service account that a workload uses is judged with it.
    fn keep_one_of_each(&mut self) {
        let mut kept: Vec<Written> = Vec::new();
        for one in std::mem::take(&mut self.written).into_iter().rev() {
            if kept.iter().all(|known| known.target != one.target) {
                kept.push(one);
            }
        }
        kept.reverse();
        let used: Vec<(String, String)> = kept
            .iter()
            .filter_map(|one| Some((one.target.namespace.clone(), one.pod.as_ref()?.service_account().to_owned())))
            .collect();
        let is_used = |one: &Written| {
            one.pod.is_none()
                && used.iter().any(|(namespace, name)| (namespace, name) == (&one.target.namespace, &one.target.name))
        };
        kept.retain(|one| !is_used(one));
        self.written = kept;
        self.service_accounts.reverse();
    }

    /// What the manifests alone tell of each; all else was not asked for.
    pub fn evidence(&self, now: Timestamp) -> Vec<Evidence> {
        let unread = |source: Source| {
            if source.goes_beyond_reading() {
                active::not_asked(source)
            } else {
                Gap::not_requested(source, "--no-cluster asks nobody").because(GapKind::ClusterSwitchedOff)
            }
        };
        let one = |one: &Written| {
            let mut evidence = Evidence::unread(one.target.clone(), Context::default(), now, unread);
            evidence.pod = Reading::Known(one.pod.clone());
            let account = one.pod.as_ref().map_or(one.target.name.as_str(), Pod::service_account);
            if let Some(account) = self.service_account(&one.target.namespace, account) {
                evidence.service_account = Reading::Known(Some(account.clone()));
            }
            if let Some(owner) = &one.owner {
                let is_job = owner.api_version.starts_with("batch/");
                let (owner, job) = if is_job { (None, Some(owner.clone())) } else { (Some(owner.clone()), None) };
                (evidence.owner, evidence.job) = (Reading::Known(owner), Reading::Known(job));
            }
            evidence
        };
        self.written.iter().map(one).collect()
    }

    /// The service account of a name, if the manifests have it.
    pub fn service_account(&self, namespace: &str, name: &str) -> Option<&ServiceAccount> {
        let own = |one: &&ServiceAccount| one.metadata.namespace == namespace && one.metadata.name == name;
        self.service_accounts.iter().find(own)
    }
}

/// What is null is absent to Kubernetes; charts write it.
fn without_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, field| !field.is_null());
            fields.values_mut().for_each(without_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(without_nulls),
        _ => {}
    }
}

/// The API server takes the older name of the field where the newer one is empty.
fn name_service_account(spec: &mut serde_json::Map<String, Value>) {
    let named = spec.get("serviceAccountName").and_then(Value::as_str).is_some_and(|name| !name.is_empty());
    if let Some(older) = spec.get("serviceAccount").filter(|_| !named).cloned() {
        spec.insert("serviceAccountName".to_owned(), older);
    }
}

/// Reads an object. An error says no value: it may be a secret.
fn parsed<T: DeserializeOwned>(place: &str, document: Value) -> Result<T, Error> {
    serde_json::from_value(document).map_err(|error| {
        let error = error.to_string();
        let expected = error.rsplit_once(", expected ").map(|(_, expected)| format!(": one should be {expected}"));
        Error::usage(format!("{place} has a field of another type than in Kubernetes{}", expected.unwrap_or_default()))
            .hint("kubectl apply --dry-run=server -f FILE names the field")
    })
}

/// The target, whose metadata gets the namespace that it will have.
fn target(
    place: &str,
    kind: TargetKind,
    metadata: &mut Metadata,
    home: Home<'_>,
    generated: &str,
) -> Result<Target, Error> {
    if metadata.namespace.is_empty() {
        home.namespace.clone_into(&mut metadata.namespace);
    }
    if home.is_typed && metadata.namespace != home.namespace {
        return Err(Error::usage(format!("{place} names another namespace than -n"))
            .hint("leave out -n: each object is judged in the namespace that it names"));
    }
    if metadata.name.is_empty() {
        generated.clone_into(&mut metadata.name);
    }
    if !is_object_name(&metadata.name) || !is_object_name(&metadata.namespace) {
        return Err(Error::usage(format!("{place} has no name that Kubernetes takes")));
    }
    Ok(Target {
        kind,
        namespace: metadata.namespace.clone(),
        name: metadata.name.clone(),
        is_selected: false,
        is_written: true,
    })
}
