//! The daemon set that has a pod on every node run the probe, and what it says of itself: whose it is, and until when.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::copied::USER;
use super::image::Image;
use crate::collect::beyond::leftovers::RUN_LABEL;

/// The container that runs the probe.
pub(super) const CONTAINER: &str = "probe";
/// The label of what this plugin makes.
pub(super) const MANAGER: (&str, &str) = ("app.kubernetes.io/managed-by", "kubectl-podid");
/// Until when the daemon set is of use: what a run has left after that, the next one takes away.
pub(super) const UNTIL: &str = "kubectl-podid/until";

/// What makes one daemon set differ from another.
pub(super) struct Wanted<'a> {
    /// Its name, which is that of the run.
    pub name: &'a str,
    /// The service account of its pods.
    pub service_account: &'a str,
    /// The labels of the nodes, as a selector; none for all.
    pub expressions: Vec<Value>,
    /// The image of its pods.
    pub image: &'a Image,
    /// What they run.
    pub command: Vec<String>,
    /// Until when it is of use.
    pub until: Timestamp,
}

/// The object. Its pods are as the Pod Security Standard *restricted* wants them, ask for next to nothing, and run on nodes with
/// any taint.
pub(super) fn object(wanted: Wanted<'_>) -> Value {
    let Wanted { name, service_account, mut expressions, image, command, until } = wanted;
    // A pod for a node of Fargate would wait for ever.
    expressions.extend([
        json!({ "key": "kubernetes.io/os", "operator": "NotIn", "values": ["windows"] }),
        json!({ "key": "eks.amazonaws.com/compute-type", "operator": "NotIn", "values": ["fargate"] }),
    ]);
    let labels = json!({ MANAGER.0: MANAGER.1, RUN_LABEL: name });
    let container = json!({
        "name": CONTAINER,
        "image": image.name,
        "imagePullPolicy": image.pull_policy(),
        "command": command,
        "stdin": true,
        "stdinOnce": true,
        "resources": {
            "requests": { "cpu": "10m", "memory": "16Mi" },
            "limits": { "cpu": "100m", "memory": "64Mi" },
        },
        "securityContext": {
            "runAsNonRoot": true,
            "runAsUser": USER,
            "allowPrivilegeEscalation": false,
            "capabilities": { "drop": ["ALL"] },
            "seccompProfile": { "type": "RuntimeDefault" },
        },
    });
    json!({
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": { "name": name, "labels": labels, "annotations": { UNTIL: until.to_string() } },
        "spec": {
            "selector": { "matchLabels": { RUN_LABEL: name } },
            "template": {
                "metadata": { "labels": labels },
                "spec": {
                    "serviceAccountName": service_account,
                    "automountServiceAccountToken": false,
                    "enableServiceLinks": false,
                    "terminationGracePeriodSeconds": 1,
                    "tolerations": [{ "operator": "Exists" }],
                    "affinity": { "nodeAffinity": { "requiredDuringSchedulingIgnoredDuringExecution": {
                        "nodeSelectorTerms": [{ "matchExpressions": expressions }],
                    } } },
                    "containers": [container],
                },
            },
        },
    })
}

/// The terms of a label selector as node affinity has them; `None` where it is not understood.
///
/// Both mean the same by each operator: `labels.NewRequirement` of `k8s.io/apimachinery` stands behind both.
pub(super) fn expressions(selector: &str) -> Option<Vec<Value>> {
    terms(selector).into_iter().map(expression).collect()
}

/// Cuts at commas that stand in no brackets.
fn terms(selector: &str) -> Vec<&str> {
    let mut depth = 0;
    let at_comma = |c: char| {
        depth += match c {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        c == ',' && depth == 0
    };
    selector.split(at_comma).map(str::trim).filter(|term| !term.is_empty()).collect()
}

fn expression(term: &str) -> Option<Value> {
    let made = |key: &str, operator: &str, values: Vec<&str>| {
        let is_key = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let key = key.trim();
        let is_whole = !key.is_empty() && key.chars().all(is_key);
        is_whole.then(|| json!({ "key": key, "operator": operator, "values": values }))
    };
    if let Some((before, values)) = term.strip_suffix(')').and_then(|term| term.split_once('(')) {
        let values = values.split(',').map(str::trim).collect();
        let (key, word) = before.trim().split_once(char::is_whitespace)?;
        let operator = match word.trim() {
            "in" => "In",
            "notin" => "NotIn",
            _ => return None,
        };
        return made(key, operator, values);
    }
    if let Some((key, value)) = term.split_once("!=") {
        return made(key, "NotIn", vec![value.trim()]);
    }
    if let Some((key, value)) = term.split_once('=') {
        return made(key, "In", vec![value.trim_start_matches('=').trim()]);
    }
    match term.strip_prefix('!') {
        Some(key) => made(key, "DoesNotExist", Vec::new()),
        None => made(term, "Exists", Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::expressions;

    #[test]
    fn a_label_selector_becomes_expressions() {
        let found = expressions("a=b, c in (d, e),f.example/g!=h,!i,j==k,l,m notin (n)");
        let expected = json!([
            { "key": "a", "operator": "In", "values": ["b"] },
            { "key": "c", "operator": "In", "values": ["d", "e"] },
            { "key": "f.example/g", "operator": "NotIn", "values": ["h"] },
            { "key": "i", "operator": "DoesNotExist", "values": [] },
            { "key": "j", "operator": "In", "values": ["k"] },
            { "key": "l", "operator": "Exists", "values": [] },
            { "key": "m", "operator": "NotIn", "values": ["n"] },
        ]);
        assert_eq!(found.map(serde_json::Value::Array), Some(expected));
        for unknown in ["a around (b)", "a b", "=b", "in (a)"] {
            assert_eq!(expressions(unknown), None, "{unknown}");
        }
    }
}
