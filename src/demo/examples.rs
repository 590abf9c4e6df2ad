//! The examples, in the order of the chain. Each is a case of the tests; `UPDATE=1 cargo test` writes the files.

/// One example.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// The name on the command line.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    /// The case it is, by its path below `tests/cases`; `None` for the healthy pod.
    pub case: Option<&'static str>,
    /// The evidence, YAML.
    pub evidence: &'static str,
}

/// All examples.
pub static EXAMPLES: &[Example] = &[
    Example {
        name: "healthy",
        about: "a pod that gets its identity",
        case: None,
        evidence: include_str!("healthy.yaml"),
    },
    Example {
        name: "other-cluster",
        about: "kubectl talks to another cluster than the one that was looked up",
        case: Some("cluster/same_cluster/another_cluster"),
        evidence: include_str!("other-cluster.yaml"),
    },
    Example {
        name: "fargate",
        about: "the pod runs on Fargate, where Pod Identity does not work",
        case: Some("cluster/node_supported/fargate"),
        evidence: include_str!("fargate.yaml"),
    },
    Example {
        name: "no-association",
        about: "no association gives the service account a role",
        case: Some("association/exists/none"),
        evidence: include_str!("no-association.yaml"),
    },
    Example {
        name: "other-namespace",
        about: "the association is in another namespace",
        case: Some("association/exists/other_namespace"),
        evidence: include_str!("other-namespace.yaml"),
    },
    Example {
        name: "created-before-association",
        about: "the pod is older than its association",
        case: Some("association/created_before_pod/five_minutes_after"),
        evidence: include_str!("created-before-association.yaml"),
    },
    Example {
        name: "no-webhook",
        about: "the webhook's configuration was deleted",
        case: Some("injection/webhook/absent"),
        evidence: include_str!("no-webhook.yaml"),
    },
    Example {
        name: "skip-label",
        about: "a label leaves the pod out",
        case: Some("injection/pod_selected/skip_label"),
        evidence: include_str!("skip-label.yaml"),
    },
    Example {
        name: "preset-variable",
        about: "the template sets one of the two variables itself",
        case: Some("injection/variables_not_preset/address_in_template"),
        evidence: include_str!("preset-variable.yaml"),
    },
    Example {
        name: "static-keys",
        about: "an access key in the environment outranks Pod Identity",
        case: Some("container/static_keys/in_env"),
        evidence: include_str!("static-keys.yaml"),
    },
    Example {
        name: "left-over-irsa",
        about: "IRSA variables left in the template outrank Pod Identity",
        case: Some("container/web_identity/left_in_template"),
        evidence: include_str!("left-over-irsa.yaml"),
    },
    Example {
        name: "profile",
        about: "a profile in the environment outranks Pod Identity",
        case: Some("container/profile/in_env"),
        evidence: include_str!("profile.yaml"),
    },
    Example {
        name: "network-policy",
        about: "a network policy keeps the pod from the agent",
        case: Some("network/policies/default_deny"),
        evidence: include_str!("network-policy.yaml"),
    },
    Example {
        name: "no-agent",
        about: "the agent is not installed",
        case: Some("agent/installed/no_daemon_set"),
        evidence: include_str!("no-agent.yaml"),
    },
    Example {
        name: "agent-crashes",
        about: "the agent cannot listen because the node has no IPv6",
        case: Some("agent/ready/no_ipv6"),
        evidence: include_str!("agent-crashes.yaml"),
    },
    Example {
        name: "node-role",
        about: "the node's role may not call EKS Auth",
        case: Some("eks_auth/node_role/no_policy"),
        evidence: include_str!("node-role.yaml"),
    },
    Example {
        name: "no-way-to-eks-auth",
        about: "the agent does not find EKS Auth by its name",
        case: Some("eks_auth/reachable/no_host"),
        evidence: include_str!("no-way-to-eks-auth.yaml"),
    },
    Example {
        name: "trust-for-irsa",
        about: "the role trusts an OIDC provider, and not EKS Pod Identity",
        case: Some("role/trusts_service/irsa_role"),
        evidence: include_str!("trust-for-irsa.yaml"),
    },
    Example {
        name: "no-tag-session",
        about: "the trust policy lacks sts:TagSession",
        case: Some("role/allows_tag_session/missing"),
        evidence: include_str!("no-tag-session.yaml"),
    },
    Example {
        name: "trust-for-another-namespace",
        about: "the trust policy's condition names another namespace",
        case: Some("role/conditions/other_namespace"),
        evidence: include_str!("trust-for-another-namespace.yaml"),
    },
    Example {
        name: "target-role",
        about: "the target role asks for another external id",
        case: Some("role/target_role/wrong_external_id"),
        evidence: include_str!("target-role.yaml"),
    },
];

/// Finds an example by its name.
pub fn find(name: &str) -> Option<&'static Example> {
    EXAMPLES.iter().find(|example| example.name == name)
}
