//! Where the pod has to reach the agent: the address in its variable, or the one that the webhook would write.
//!
//! It is separate because every question about the way there needs it, also for a pod that was never injected.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::pod_identity::{IPV4_URI, IPV6_URI};
use crate::evidence::{Container, Evidence, Gap};

/// The agent's address on IPv4 clusters.
pub const IPV4: Ipv4Addr = Ipv4Addr::new(169, 254, 170, 23);
/// The agent's address on IPv6 clusters.
pub const IPV6: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23);
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
