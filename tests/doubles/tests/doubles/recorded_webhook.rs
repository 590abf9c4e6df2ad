//! The played webhook gives what the real one was recorded to give, in all its cases.
//!
//! Around the webhook stands what the API server does, no more than shows in the recording:
//! - the `objectSelector` keeps pods with the skip label from the webhook;
//! - the service account admission goes before it and adds `kube-api-access-…` (the suffix is random: the recorded one is
//!   taken), its mounts behind those that are there, unless the pod says `automountServiceAccountToken: false`;
//! - afterwards `defaultMode` of projected volumes is filled in, and empty variable values are left out;
//! - a mount path may be there only once in a container.
//!
//! The token's life is random where nobody gives one: then the recorded number must only be one of the possible ones.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;

use podid_doubles::webhook::{Identities, ServiceAccount, Settings, mutate};
use serde_json::{Value, json};

use crate::support::json_patch;

const SKIP: &str = "eks.amazonaws.com/skip-pod-identity-webhook";

struct Recording {
    document: Value,
    identities: Identities,
    settings: Settings,
}

impl Recording {
    fn read() -> Result<Recording, Box<dyn Error>> {
        let document: Value = serde_json::from_str(include_str!("../../../recorded/webhook-2026-08-11.json"))?;
        let identities = Identities::read(&document.to_string())?;
        let mut settings = Settings::eks(document["settings"]["region"].as_str().ok_or("no region")?);
        settings.regional_sts = document["settings"]["regionalSts"] == true;
        Ok(Recording { document, identities, settings })
    }

    fn cases(&self) -> &[Value] {
        self.document["cases"].as_array().map(Vec::as_slice).unwrap_or_default()
    }

    fn service_account(&self, name: &str) -> Result<ServiceAccount, Box<dyn Error>> {
        let found = self.document["serviceAccounts"].get(format!("shop/{name}"));
        let annotations: BTreeMap<String, String> =
            found.cloned().map_or_else(|| Ok(BTreeMap::new()), serde_json::from_value)?;
        Ok(ServiceAccount::read(&annotations, &self.settings))
    }

    /// Gives the pod of a case as it is after admission, before it is validated.
    fn admit(&self, case: &Value, random: u64) -> Result<Value, Box<dyn Error>> {
        let mut pod = case["sent"].clone();
        add_service_account_volume(&mut pod, &case["admitted"]);
        let account = self.service_account(pod["spec"]["serviceAccountName"].as_str().unwrap_or_default())?;
        if pod["metadata"]["labels"].get(SKIP).is_none() {
            let patch = mutate(&pod, "shop", &self.identities, &account, &self.settings, random);
            json_patch::apply(&mut pod, &patch.unwrap_or_default())?;
        }
        fill_in_defaults(&mut pod);
        Ok(pod)
    }
}

#[test]
fn every_admitted_pod_is_the_recorded_one() -> Result<(), Box<dyn Error>> {
    let recording = Recording::read()?;
    let mut compared = 0;
    for case in recording.cases().iter().filter(|case| case.get("admitted").is_some()) {
        let admitted = &case["admitted"];
        let random = token_life(admitted).and_then(|life| u64::try_from(life - 79_200).ok()).unwrap_or_default();
        let pod = recording.admit(case, random)?;
        assert_eq!(&shown(&pod), admitted, "{}", case["name"]);
        compared += 1;
    }
    assert_eq!(compared, 37);
    Ok(())
}

#[test]
fn the_one_refused_pod_has_a_mount_path_twice() -> Result<(), Box<dyn Error>> {
    let recording = Recording::read()?;
    let refused: Vec<&Value> = recording.cases().iter().filter(|case| case.get("refused").is_some()).collect();
    assert_eq!(refused.len(), 1);
    let pod = recording.admit(refused[0], 0)?;
    let repeated = repeated_mount_path(&pod).ok_or("no mount path is there twice")?;
    let error = refused[0]["refused"].as_str().unwrap_or_default();
    assert!(
        error.contains(&format!("{}.mountPath: Invalid value: \"{}\"", repeated.0, repeated.1)),
        "{repeated:?}: {error}"
    );
    for case in recording.cases().iter().filter(|case| case.get("admitted").is_some()) {
        assert_eq!(repeated_mount_path(&recording.admit(case, 0)?), None, "{}", case["name"]);
    }
    Ok(())
}

#[test]
fn a_token_nobody_gave_a_life_gets_one_of_the_possible_ones() -> Result<(), Box<dyn Error>> {
    let recording = Recording::read()?;
    let mut lives = BTreeSet::new();
    for random in [0, 1, 7_200, 7_201, u64::MAX] {
        lives.extend(token_life(&shown(&recording.admit(&recording.cases()[0], random)?)));
    }
    assert_eq!(lives.first(), Some(&79_200));
    assert_eq!(lives.last(), Some(&86_400));
    Ok(())
}

/// What the API server's service account admission does before any webhook is asked.
fn add_service_account_volume(pod: &mut Value, admitted: &Value) {
    if pod["spec"]["automountServiceAccountToken"] == false {
        return;
    }
    let recorded = admitted["volumes"].as_array().into_iter().flatten();
    let own = recorded
        .into_iter()
        .find(|volume| volume["name"].as_str().is_some_and(|name| name.starts_with("kube-api-access-")));
    let volume = own.cloned().unwrap_or_else(|| json!({ "name": "kube-api-access-00000" }));
    let mount = json!({
        "name": volume["name"], "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "readOnly": true,
    });
    push(&mut pod["spec"], "volumes", volume);
    for list in ["initContainers", "containers"] {
        for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            push(container, "volumeMounts", mount.clone());
        }
    }
}

fn push(object: &mut Value, member: &str, entry: Value) {
    match object.get_mut(member).and_then(Value::as_array_mut) {
        Some(entries) => entries.push(entry),
        None => object[member] = json!([entry]),
    }
}

/// What the API server fills in and leaves out when it takes the pod.
fn fill_in_defaults(pod: &mut Value) {
    for volume in pod["spec"].get_mut("volumes").and_then(Value::as_array_mut).into_iter().flatten() {
        if volume["projected"].is_object() {
            volume["projected"]["defaultMode"] = json!(420);
        }
    }
    for list in ["initContainers", "containers"] {
        for container in pod["spec"].get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            for variable in container.get_mut("env").and_then(Value::as_array_mut).into_iter().flatten() {
                if let Some(members) =
                    variable.as_object_mut().filter(|members| members["name"] != "" && members["value"] == "")
                {
                    members.remove("value");
                }
            }
        }
    }
}

/// Gives of a pod what the recording holds of it.
fn shown(pod: &Value) -> Value {
    let containers = |list: &str| -> Vec<Value> {
        let found = pod["spec"][list].as_array().into_iter().flatten();
        let kept = ["name", "env", "envFrom", "volumeMounts", "restartPolicy"];
        let shown = |container: &Value| {
            kept.iter().filter_map(|name| Some(((*name).to_owned(), container.get(name)?.clone()))).collect()
        };
        found.map(|container| Value::Object(shown(container))).collect()
    };
    let or_empty = |value: &Value| {
        if value.is_null() { json!({}) } else { value.clone() }
    };
    json!({
        "labels": or_empty(&pod["metadata"]["labels"]),
        "annotations": or_empty(&pod["metadata"]["annotations"]),
        "volumes": pod["spec"]["volumes"].as_array().cloned().unwrap_or_default(),
        "initContainers": containers("initContainers"),
        "containers": containers("containers"),
    })
}

fn token_life(shown: &Value) -> Option<i64> {
    let volume = shown["volumes"].as_array()?.iter().find(|volume| volume["name"] == "eks-pod-identity-token")?;
    volume["projected"]["sources"][0]["serviceAccountToken"]["expirationSeconds"].as_i64()
}

/// Gives where the first repeated mount path stands, as the API server names it, and the path.
fn repeated_mount_path(pod: &Value) -> Option<(String, String)> {
    for (at, container) in pod["spec"]["containers"].as_array()?.iter().enumerate() {
        let mut seen = BTreeSet::new();
        for (index, mount) in container["volumeMounts"].as_array().into_iter().flatten().enumerate() {
            let path = mount["mountPath"].as_str().unwrap_or_default();
            if !seen.insert(path) {
                return Some((format!("spec.containers[{at}].volumeMounts[{index}]"), path.to_owned()));
            }
        }
    }
    None
}
