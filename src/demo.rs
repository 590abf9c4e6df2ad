//! Evidence that ships in the binary: a healthy pod, one example for each common cause in the order of the chain, and the small
//! clusters of `list` and `nodes`. Each example is a case of the tests; `UPDATE=1 cargo test` writes its file.

use crate::error::Error;
use crate::evidence::{Inventory, NodeInventory, Owner, Reading};
use crate::inventory::restart::{Owners, StalePods};
use crate::packed::unpack;

/// One example.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The name on the command line.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// The case it is, by its path below `tests/cases`; `None` for the healthy pod.
    pub case: Option<&'static str>,
}

/// Name and evidence of each, packed.
static PACKED: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/examples.lzma"));

impl Example {
    /// The evidence, YAML.
    pub fn evidence(&self) -> String {
        text(self.name)
    }
}

/// What was packed under a name; empty where nothing was.
pub fn text(name: &str) -> String {
    let all = unpack(PACKED, None).and_then(|all| String::from_utf8(all).ok()).unwrap_or_default();
    let mut parts = all.split('\0');
    while let (Some(known), Some(text)) = (parts.next(), parts.next()) {
        if known == name {
            return text.to_owned();
        }
    }
    String::new()
}

/// All examples.
pub static EXAMPLES: &[Example] = &[
    Example { name: "healthy", about: "a pod that gets its identity", case: None },
    Example {
        name: "other-cluster",
        about: "kubectl talks to another cluster than the one that was looked up",
        case: Some("cluster/same_cluster/another_cluster"),
    },
    Example {
        name: "fargate",
        about: "the pod runs on Fargate, where Pod Identity does not work",
        case: Some("cluster/node_supported/fargate"),
    },
    Example {
        name: "no-association",
        about: "no association gives the service account a role",
        case: Some("association/exists/none"),
    },
    Example {
        name: "other-namespace",
        about: "the association is in another namespace",
        case: Some("association/exists/other_namespace"),
    },
    Example {
        name: "created-before-association",
        about: "the pod is older than its association",
        case: Some("association/created_before_pod/five_minutes_after"),
    },
    Example {
        name: "no-webhook",
        about: "the webhook's configuration was deleted",
        case: Some("injection/webhook/absent"),
    },
    Example {
        name: "skip-label",
        about: "a label leaves the pod out",
        case: Some("injection/pod_selected/skip_label"),
    },
    Example {
        name: "preset-variable",
        about: "the template sets one of the two variables itself",
        case: Some("injection/variables_not_preset/address_in_template"),
    },
    Example {
        name: "static-keys",
        about: "an access key in the environment outranks Pod Identity",
        case: Some("container/static_keys/in_env"),
    },
    Example {
        name: "left-over-irsa",
        about: "IRSA variables left in the template outrank Pod Identity",
        case: Some("container/web_identity/left_in_template"),
    },
    Example {
        name: "profile",
        about: "a profile in the environment outranks Pod Identity",
        case: Some("container/profile/in_env"),
    },
    Example {
        name: "network-policy",
        about: "a network policy keeps the pod from the agent",
        case: Some("network/policies/default_deny"),
    },
    Example { name: "no-agent", about: "the agent is not installed", case: Some("agent/installed/no_daemon_set") },
    Example {
        name: "agent-crashes",
        about: "the agent cannot listen because the node has no IPv6",
        case: Some("agent/ready/no_ipv6"),
    },
    Example {
        name: "node-role",
        about: "the node's role may not call EKS Auth",
        case: Some("eks_auth/node_role/no_policy"),
    },
    Example {
        name: "no-way-to-eks-auth",
        about: "the agent does not find EKS Auth by its name",
        case: Some("eks_auth/reachable/no_host"),
    },
    Example {
        name: "trust-for-irsa",
        about: "the role trusts an OIDC provider, and not EKS Pod Identity",
        case: Some("role/trusts_service/irsa_role"),
    },
    Example {
        name: "no-tag-session",
        about: "the trust policy lacks sts:TagSession",
        case: Some("role/allows_tag_session/missing"),
    },
    Example {
        name: "trust-for-another-namespace",
        about: "the trust policy's condition names another namespace",
        case: Some("role/conditions/other_namespace"),
    },
    Example {
        name: "target-role",
        about: "the target role requires another external id",
        case: Some("role/target_role/wrong_external_id"),
    },
];

/// Finds an example by its name.
pub fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}

/// What was read of it.
pub fn inventory() -> Result<Inventory, Error> {
    let text = text("inventory");
    serde_saphyr::from_str(&text).map_err(|error| Error::bug(format!("the example cannot be read — {error}")))
}

/// What was read of its nodes.
pub fn nodes() -> Result<NodeInventory, Error> {
    let text = text("nodes");
    serde_saphyr::from_str(&text).map_err(|error| Error::bug(format!("the example cannot be read — {error}")))
}

/// The owners of its stale pods: its replica sets are those of deployments, and named by them.
pub fn with_owner(stale: StalePods) -> (StalePods, Owners) {
    let owner = stale.pod.metadata.controller().map(|owner| {
        let of_deployment = owner.name.rsplit_once('-').filter(|_| owner.kind == "ReplicaSet");
        let (kind, name) =
            of_deployment.map_or((owner.kind.as_str(), owner.name.as_str()), |(name, _)| ("Deployment", name));
        Owner { api_version: "apps/v1".to_owned(), kind: kind.to_owned(), name: name.to_owned(), ..Owner::default() }
    });
    (stale, (Reading::Known(owner), Reading::Known(None)))
}
