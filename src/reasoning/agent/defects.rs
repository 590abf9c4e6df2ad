//! Known defects of versions of the agent and of its add-on, each with the condition under which it matters.
//!
//! It is separate because it is a table: a defect of a later version is one more row. Sources: the history of
//! aws/eks-pod-identity-agent (the commits named), and the Amazon EKS user guide.

use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::kubernetes::node::{COMPUTE_TYPE, Compute, Node};
use crate::evidence::{AgentContainer, Evidence, Gap, GapReason, Source};
use crate::reasoning::agent::configuration::{AgentHere, Version};
use crate::reasoning::agent::placement::obstacles;

/// Which version a row is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Counted {
    /// The agent's own, from the tag of its image.
    Agent,
    /// The add-on's.
    AddOn,
}

/// One known defect.
#[derive(Debug)]
pub struct Defect {
    /// Which version counts.
    pub counted: Counted,
    /// The first version that has it.
    pub since: Version,
    /// The first version that has it no more.
    pub fixed_in: Version,
    /// What it does, as a clause behind the version.
    pub does: &'static str,
    /// Whether it matters for this agent; a gap where that cannot be told.
    pub matters: fn(&Evidence, &AgentHere<'_>) -> Result<bool, Gap>,
}

/// All of them.
pub static DEFECTS: &[Defect] = &[
    // c9106bb gave the client a transport of its own, 44a0d3e let that one read the environment again.
    Defect {
        counted: Counted::Agent,
        since: Version(0, 1, 32),
        fixed_in: Version(0, 1, 36),
        does: "does not honour the proxy that is set for it",
        matters: has_proxy,
    },
    // c9106bb set 600 ms for the whole answer of EKS Auth, 5acc5ea one second.
    Defect {
        counted: Counted::Agent,
        since: Version(0, 1, 32),
        fixed_in: Version(0, 1, 34),
        does: "waits for 600 ms only for an answer of EKS Auth",
        matters: waits_in_vain,
    },
    // Amazon EKS user guide, "Set up the Amazon EKS Pod Identity Agent": the affinity that leaves out Auto Mode nodes.
    Defect {
        counted: Counted::AddOn,
        since: Version(0, 0, 0),
        fixed_in: Version(1, 3, 4),
        does: "puts agents on Auto Mode nodes, where they cannot start",
        matters: goes_to_auto_mode,
    },
    // Amazon EKS user guide, "Configure add-ons for hybrid nodes".
    Defect {
        counted: Counted::AddOn,
        since: Version(0, 0, 0),
        fixed_in: Version(1, 3, 3),
        does: "does not support hybrid nodes",
        matters: is_hybrid,
    },
];

impl Defect {
    /// Whether a version has it.
    pub fn is_in(&self, version: Version) -> bool {
        (self.since..self.fixed_in).contains(&version)
    }
}

/// Go takes the proxy for an https address from these two.
fn has_proxy(evidence: &Evidence, agent: &AgentHere<'_>) -> Result<bool, Gap> {
    let own = agent.container()?;
    let host = evidence.eks_auth_host();
    let lists = ["NO_PROXY", "no_proxy"].into_iter().filter_map(|name| own.variable(name)?.text());
    if lists.flat_map(|list| list.split(',')).any(|entry| leaves_out(entry.trim(), &host)) {
        // What goes past the proxy needs none.
        return Ok(false);
    }
    let set = |name: &&str| own.variable(name).is_some_and(|variable| variable.text() != Some(""));
    if ["HTTPS_PROXY", "https_proxy"].iter().any(set) {
        return Ok(true);
    }
    if own.env_from.is_empty() {
        return Ok(false);
    }
    Err(Gap::undecidable(agent.source, format!("envFrom of {} may bring a proxy", agent.name)))
}

/// Whether an entry of `NO_PROXY` names a host or a domain that it is in.
fn leaves_out(entry: &str, host: &str) -> bool {
    let domain = entry.trim_start_matches('*').trim_start_matches('.');
    entry == "*" || !domain.is_empty() && (host == domain || host.ends_with(&format!(".{domain}")))
}

/// Whether the log has an answer that came too late.
fn waits_in_vain(evidence: &Evidence, _: &AgentHere<'_>) -> Result<bool, Gap> {
    let Ok(own) = evidence.own_log()? else { return Ok(false) };
    Ok(own.standing_error(|kind| kind == AgentError::NoAnswer).is_some())
}

/// Whether the cluster has Auto Mode and a daemon set of the agent does not keep off its nodes, or an agent pod is on one.
fn goes_to_auto_mode(evidence: &Evidence, _: &AgentHere<'_>) -> Result<bool, Gap> {
    let Some(cluster) = evidence.cluster.get()? else { return Ok(false) };
    if !cluster.has_auto_mode() {
        return Ok(false);
    }
    let is_beside = evidence.agent_pods.known().is_some_and(|pods| !pods.is_empty());
    if is_beside && evidence.compute() == Ok(Compute::Auto) {
        return Ok(true);
    }
    let mut node = Node::default();
    for (key, value) in [(COMPUTE_TYPE, "auto"), ("kubernetes.io/os", "linux"), ("kubernetes.io/arch", "amd64")] {
        node.metadata.labels.insert(key.to_owned(), value.to_owned());
    }
    let sets = evidence.agent_daemon_sets.get()?;
    Ok(sets.iter().any(|set| !set.is_hybrid() && obstacles(&set.spec.template.spec, &node).is_empty()))
}

fn is_hybrid(evidence: &Evidence, _: &AgentHere<'_>) -> Result<bool, Gap> {
    Ok(evidence.node_name().is_some() && evidence.compute()? == Compute::Hybrid)
}

impl Evidence {
    /// The version of the add-on; none where EKS manages none, or says none.
    pub fn add_on_version(&self) -> Result<Option<Version>, Gap> {
        let Some(add_on) = self.add_on.get()? else { return Ok(None) };
        let text = add_on.addon_version.as_deref().unwrap_or_default();
        let unknown = || Gap::new(Source::AddOn, GapReason::Insufficient, format!("{text} is no version"));
        Version::read(text).map(Some).ok_or_else(unknown)
    }
}

/// The version of an agent; a gap where its image does not say it.
pub fn agent_version(agent: &AgentHere<'_>, own: &AgentContainer) -> Result<Version, Gap> {
    let image = own.image.as_deref().unwrap_or("no image");
    let unknown =
        || Gap::new(agent.source, GapReason::Insufficient, format!("the image {image} does not say a version"));
    own.version().ok_or_else(unknown)
}
