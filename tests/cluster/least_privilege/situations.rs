//! Which situation uses what a plain pod does not need. A rule that stands in neither list is one that a plain pod uses.

/// The pod of a plain namespace.
pub const PLAIN: &str = "api";
/// The pod of a deployment, by its own name, which is only known once it is there.
pub const OF_WEB: &str = "POD_OF_WEB";
/// Nothing but the server's host tells the cluster.
pub const DETECTED: &str = "CLUSTER_OF_HOST";

/// What is used only in a cluster that is set otherwise: with a role whose one policy stands in it, with Cilium, with a webhook
/// that looks at labels of namespaces, and
/// with an agent that does not say the cluster's name.
pub const OTHERWISE: &[&str] = &[
    "get namespaces",
    "list ciliumnetworkpolicies",
    "list ciliumclusterwidenetworkpolicies",
    "eks:ListClusters",
    "iam:ListRolePolicies",
];

/// Rules and actions that a plain pod does not need, and the target that does.
const NEEDS: &[(&str, &str)] = &[
    ("list serviceaccounts", "sa/missing"),
    ("list replicasets", "rs/missing"),
    ("list deployments", "deploy/missing"),
    ("list statefulsets", "sts/missing"),
    ("list jobs", "job/missing"),
    ("list cronjobs", "cj/missing"),
    ("list pods", OF_WEB),
    ("get replicasets", OF_WEB),
    ("get deployments", "deploy/web"),
    ("get statefulsets", "sts/db"),
    ("get daemonsets", "ds/collector"),
    ("get jobs", "job/import"),
    ("get cronjobs", "cj/nightly"),
    ("list events", "sa/api"),
    ("get nodeclasses", "of-auto"),
    ("get ec2nodeclasses", "of-karpenter"),
    ("iam:GetInstanceProfile", "of-karpenter"),
    ("get configmaps in kube-system", "of-entries"),
    ("eks:ListAccessEntries", "of-entries"),
    ("eks:DescribeAccessEntry", "of-entries"),
    ("iam:ListOpenIDConnectProviders", "of-irsa"),
    ("iam:GetOpenIDConnectProvider", "of-irsa"),
    ("iam:GetContextKeysForPrincipalPolicy", "of-chain"),
    ("eks:ListClusters", DETECTED),
];

/// The target that needs a rule or an action.
pub fn needs(name: &str) -> &'static str {
    NEEDS.iter().find(|(known, _)| *known == name).map_or(PLAIN, |(_, target)| target)
}

/// Names of all rules and actions that have a situation of their own.
pub fn named() -> impl Iterator<Item = &'static str> {
    NEEDS.iter().map(|(name, _)| *name)
}
