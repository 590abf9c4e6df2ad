//! How the agent is configured: addresses, cluster, region, proxy.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::evidence::kubernetes::agent::{AgentContainer, AgentPodSpec};
use crate::evidence::kubernetes::environment::{EnvValue, EnvVar};
use crate::evidence::kubernetes::metadata::{IPV4_URI, IPV6_URI};
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};

/// The agent's address on IPv4 clusters.
pub const IPV4: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 23);
/// The agent's address on IPv6 clusters.
const IPV6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);
/// The agent's port.
pub const PORT: u16 = 80;

impl Evidence {
    /// The agent's address for this pod: from its variables, else by the family of its own address or of the cluster.
    pub fn agent_address(&self) -> Result<IpAddr, Gap> {
        let of_variable = |container: &Container<'_>| address_in(container);
        if let Some(address) = self.containers()?.iter().find_map(of_variable) {
            return Ok(address);
        }
        let own = self.live_pod()?.and_then(|pod| pod.status.pod_ip.as_deref());
        if let Some(own) = own.and_then(|own| own.parse::<IpAddr>().ok()) {
            return Ok(of_family(own.is_ipv6()));
        }
        let unknown = || Gap::no_such_cluster("EKS knows no cluster of that name");
        let cluster = self.cluster.get()?.as_ref().ok_or_else(unknown)?;
        let family = cluster.kubernetes_network_config.as_ref().and_then(|config| config.ip_family.as_deref());
        Ok(of_family(family == Some("ipv6")))
    }
}

/// The address of the agent that a container's variable names.
pub fn address_in(container: &Container<'_>) -> Option<IpAddr> {
    match container.full_uri().and_then(EnvVar::text) {
        Some(IPV4_URI) => Some(IPV4.into()),
        Some(IPV6_URI) => Some(IPV6.into()),
        _ => None,
    }
}

fn of_family(is_ipv6: bool) -> IpAddr {
    if is_ipv6 { IPV6.into() } else { IPV4.into() }
}

/// The variables that the agent's SDK takes its region from, in order (`config/env_config.go` of the AWS SDK for Go v2).
const REGION: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];
/// Variables that let a file bring the region.
const FILES: &[&str] = &["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"];

/// The agent that counts for the pod.
#[derive(Debug, Clone, Copy)]
pub struct AgentHere<'e> {
    /// What told its specification.
    pub source: Source,
    /// The name of the pod, or of the daemon set.
    pub name: &'e str,
    /// The specification.
    pub spec: &'e AgentPodSpec,
}

/// A value of a container, as far as the specification tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Configured<'e> {
    /// It is this.
    Value(&'e str),
    /// It is not set, or set to nothing.
    Missing,
    /// It comes from where nothing is read; from where in words.
    Elsewhere(String),
}

impl Evidence {
    /// The agent pods on the node that something made; a copy that a person made by hand, to look into it, serves nobody.
    pub fn made_agents(&self) -> Result<Vec<&crate::evidence::AgentPod>, Gap> {
        let all = self.agent_pods.get()?;
        let made: Vec<_> = all.iter().filter(|pod| pod.metadata.controller().is_some()).collect();
        Ok(if made.is_empty() { all.iter().collect() } else { made })
    }

    /// The agents that count for the pod: those on its node that stay, or the daemon sets where there is no node.
    pub fn agents_here(&self) -> Result<Vec<AgentHere<'_>>, Gap> {
        if self.node_name().is_some() {
            let pods = self.made_agents()?;
            let stays = |pod: &crate::evidence::AgentPod| pod.metadata.deletion_timestamp.is_none();
            let any_stays = pods.iter().any(|pod| stays(pod));
            // Of two agents only one has the address; the one that is ready serves.
            let any_serves = pods.iter().any(|pod| stays(pod) && pod.is_ready());
            return Ok(pods
                .into_iter()
                .filter(|pod| !any_stays || stays(pod))
                .filter(|pod| !any_serves || pod.is_ready())
                .map(|pod| AgentHere { source: Source::AgentPods, name: &pod.metadata.name, spec: &pod.spec })
                .collect());
        }
        let sets = self.agent_daemon_sets.get()?;
        let here = |set: &'_ crate::evidence::AgentDaemonSet| !set.is_hybrid();
        Ok(sets
            .iter()
            .filter(|set| here(set) || sets.iter().all(crate::evidence::AgentDaemonSet::is_hybrid))
            .map(|set| AgentHere {
                source: Source::AgentDaemonSets,
                name: &set.metadata.name,
                spec: &set.spec.template.spec,
            })
            .collect())
    }
}

impl AgentHere<'_> {
    /// The container that serves credentials; a gap where the specification has none.
    pub fn container(&self) -> Result<&AgentContainer, Gap> {
        self.spec.agent().ok_or_else(|| Gap::new(self.source, GapReason::Insufficient, "the agent has no container"))
    }
}

impl AgentContainer {
    /// The cluster that it is told to serve.
    pub fn cluster_name(&self) -> Configured<'_> {
        self.flag(&["cluster-name", "c"]).map_or(Configured::Missing, argument)
    }

    /// The hosts that it listens on; an empty list stands for the default, both addresses.
    pub fn bind_hosts(&self) -> Vec<Configured<'_>> {
        self.flags(&["bind-hosts", "b"]).into_iter().map(argument).collect()
    }

    /// The region that its SDK takes.
    pub fn region(&self) -> Configured<'_> {
        for name in REGION {
            match self.variable(name).map(configured) {
                None | Some(Configured::Missing) => {}
                Some(found) => return found,
            }
        }
        if let Some(from) = self.env_from.first() {
            let reference = from.config_map_ref.as_ref().map(|one| format!("ConfigMap {}", one.name));
            let reference = reference.or_else(|| from.secret_ref.as_ref().map(|one| format!("Secret {}", one.name)));
            return Configured::Elsewhere(format!("envFrom, {}", reference.unwrap_or_default()));
        }
        match FILES.iter().find(|name| self.variable(name).is_some()) {
            Some(name) => Configured::Elsewhere(format!("the file that {name} chooses")),
            None => Configured::Missing,
        }
    }

    /// The version in the tag of the image: `0.1.37`; none for a digest or a tag of one's own.
    pub fn version(&self) -> Option<Version> {
        let name = self.image.as_deref()?.split('@').next()?;
        Version::read(name.rsplit('/').next()?.split_once(':')?.1)
    }
}

/// What an argument says; `$(NAME)` is filled in by the kubelet.
fn argument(value: &str) -> Configured<'_> {
    if value.contains("$(") {
        Configured::Elsewhere(format!("the variable in {value}"))
    } else if value.trim().is_empty() {
        Configured::Missing
    } else {
        Configured::Value(value)
    }
}

/// What a variable says.
fn configured(variable: &EnvVar) -> Configured<'_> {
    match &variable.value {
        EnvValue::Shown(value) if value.contains("$(") => Configured::Elsewhere(format!("the variable in {value}")),
        EnvValue::Shown(value) => Configured::Value(value),
        EnvValue::Empty => Configured::Missing,
        EnvValue::Hidden => Configured::Elsewhere("a value that is not kept".to_owned()),
        EnvValue::ConfigMapKey(key) => Configured::Elsewhere(format!("key {} of ConfigMap {}", key.key, key.name)),
        EnvValue::SecretKey(key) => Configured::Elsewhere(format!("key {} of Secret {}", key.key, key.name)),
        EnvValue::Field => Configured::Elsewhere("a field of the pod".to_owned()),
    }
}

/// A version: major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub u32, pub u32, pub u32);

impl Version {
    /// Reads `v1.3.10-eksbuild.2`, `0.1.37`; none for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let number = text.strip_prefix('v').unwrap_or(text).split(['-', '+', '_']).next()?;
        let mut parts = number.split('.').map(str::parse);
        let version = Self(parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
        parts.next().is_none().then_some(version)
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}.{}", self.0, self.1, self.2)
    }
}
