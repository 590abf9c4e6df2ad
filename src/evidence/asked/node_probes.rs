//! What `nodes --probe` saw: on each node the report of a pod that was made for it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::evidence::asked::probe::ProbeReport;
use crate::evidence::{Pod, Reading};

/// One probe on every node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeProbes {
    /// The namespace of the pods.
    pub namespace: String,
    /// Their service account.
    pub service_account: String,
    /// What was seen on each node that is to have a pod, by its name; or why there are no pods at all.
    pub nodes: Reading<BTreeMap<String, NodeProbe>>,
    /// What stays, in words.
    pub side_effects: Vec<String>,
}

/// The probe on one node.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NodeProbe {
    /// The pod on it; `None` where none came up.
    pub pod: Option<Pod>,
    /// What was seen from it.
    pub seen: Reading<ProbeReport>,
}
