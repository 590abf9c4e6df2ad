//! The names and values that EKS Pod Identity gives to pods: what the webhook writes and the agent expects.
//!
//! Sources: `main.go` and `pkg/handler/handler.go` of the webhook, and the recordings in `tests/recorded`.

/// The variable that tells SDKs where the agent is.
pub const FULL_URI: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
/// The variable that tells SDKs where the token is.
pub const TOKEN_FILE: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE";
/// The agent's address on IPv4 clusters.
pub const IPV4_URI: &str = "http://169.254.170.23/v1/credentials";
/// The agent's address on IPv6 clusters.
pub const IPV6_URI: &str = "http://[fd00:ec2::23]/v1/credentials";
/// Where the token volume is mounted.
pub const TOKEN_MOUNT_PATH: &str = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount";
/// The token file.
pub const TOKEN_PATH: &str = "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount/eks-pod-identity-token";
/// The name of the token volume, and of the file in it.
pub const TOKEN_NAME: &str = "eks-pod-identity-token";
/// Whom the token is for; also the service principal that assumes the role.
pub const AUDIENCE: &str = "pods.eks.amazonaws.com";
/// The annotation that leaves single containers out.
pub const SKIP_CONTAINERS: &str = "eks.amazonaws.com/skip-containers";
/// The label that leaves a pod out, with any value.
pub const SKIP_LABEL: &str = "eks.amazonaws.com/skip-pod-identity-webhook";
/// The label that the webhook gives the pods it has changed; older ones give none.
pub const INJECTED_LABEL: &str = "eks.amazonaws.com/pod-identity";
/// The annotation of a service account that IRSA reads.
pub const ROLE_ANNOTATION: &str = "eks.amazonaws.com/role-arn";
/// The annotation that gives tokens of IRSA another audience.
pub const AUDIENCE_ANNOTATION: &str = "eks.amazonaws.com/audience";
/// The audience that tokens of IRSA have otherwise.
pub const STS_AUDIENCE: &str = "sts.amazonaws.com";
/// The name of the webhook inside its configuration.
pub const WEBHOOK: &str = "iam-for-pods.amazonaws.com";
/// The name of the webhook's configuration.
pub const WEBHOOK_CONFIGURATION: &str = "pod-identity-webhook";
/// The name of the agent's add-on and of its daemon set.
pub const AGENT: &str = "eks-pod-identity-agent";
/// The variable of IRSA that names the role.
pub const ROLE_ARN: &str = "AWS_ROLE_ARN";
/// The variable of IRSA that names the token file.
pub const WEB_IDENTITY_TOKEN_FILE: &str = "AWS_WEB_IDENTITY_TOKEN_FILE";

/// Whether an address is one that the webhook writes.
pub fn is_agent_uri(uri: &str) -> bool {
    uri == IPV4_URI || uri == IPV6_URI
}

/// Whether a path is the token file that the webhook writes, on Linux or on Windows.
pub fn is_token_path(path: &str) -> bool {
    path == TOKEN_PATH || path.replace('\\', "/").trim_start_matches("C:") == TOKEN_PATH
}
