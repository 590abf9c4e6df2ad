//! Which networks run on the pod's node, as far as their daemon sets say.

use crate::evidence::kubernetes::agent::AgentPodSpec;
use crate::evidence::kubernetes::network_engine::{Engine, NetworkDaemonSet};
use crate::evidence::{Evidence, Gap, GapReason, Node, Source};
use crate::reasoning::agent::placement::{Obstacle, obstacles};

impl NetworkDaemonSet {
    /// Whether it runs on the node, as far as labels of the node say; none where the node is not known and matters.
    fn is_on(&self, node: Option<&Node>) -> Option<bool> {
        let spec = &self.spec.template.spec;
        let (node_selector, affinity) = (spec.node_selector.clone(), spec.affinity.clone());
        if node_selector.is_empty() && affinity.is_none() {
            return Some(true);
        }
        let spec = AgentPodSpec { node_selector, affinity, ..AgentPodSpec::default() };
        let taint = |obstacle: &Obstacle| matches!(obstacle, Obstacle::Taint { .. });
        node.map(|node| obstacles(&spec, node).iter().all(taint))
    }
}

impl Evidence {
    /// The daemon sets of networks on the pod's node; those of the whole cluster before it has one.
    pub fn networks(&self) -> Result<Vec<&NetworkDaemonSet>, Gap> {
        let all = &self.network_engines.get()?.daemon_sets;
        if self.node_name().is_none() {
            return Ok(all.iter().collect());
        }
        let node = self.node.present();
        let mut here = Vec::new();
        for set in all {
            match set.is_on(node) {
                Some(true) => here.push(set),
                Some(false) => {}
                None => {
                    self.node.get()?;
                    return Err(Gap::new(Source::Node, GapReason::Insufficient, "the node does not exist"));
                }
            }
        }
        Ok(here)
    }

    /// The daemon set of the VPC CNI, wherever it runs.
    pub fn vpc_cni(&self) -> Result<Option<&NetworkDaemonSet>, Gap> {
        let engines = self.network_engines.get()?;
        let found = engines.daemon_sets.iter().find(|set| set.engine() == Some(Engine::VpcCni));
        if found.is_none() && !engines.everywhere {
            return Err(only_one_namespace());
        }
        Ok(found)
    }
}

/// Why an engine that was not seen may still be there.
pub fn only_one_namespace() -> Gap {
    let detail = "daemon sets could be listed in kube-system only, and a network may be installed elsewhere";
    Gap::new(Source::NetworkEngines, GapReason::Denied, detail)
}
