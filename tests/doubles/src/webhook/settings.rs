//! What the control plane configures the webhook with; the defaults are those of EKS.

/// The webhook's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// The value of `AWS_REGION` and `AWS_DEFAULT_REGION`; empty: neither is set.
    pub region: String,
    /// Whether `AWS_STS_REGIONAL_ENDPOINTS` is set, unless the service account says otherwise.
    pub regional_sts: bool,
    /// How long tokens live, in seconds, unless the service account or the pod says otherwise.
    pub token_expiration: i64,
    /// The prefix of the annotations.
    pub annotation_prefix: String,
    /// Pod Identity: the value of `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
    pub full_uri: String,
    /// Pod Identity: volume, directory, file and audience of the token.
    pub container_credentials: Token,
    /// IRSA: volume, directory, file and audience of the token.
    pub web_identity: Token,
}

/// A projected service account token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Who the token is for.
    pub audience: String,
    /// The volume's name.
    pub volume: String,
    /// The directory it is mounted at.
    pub mount_path: String,
    /// The file in there.
    pub path: String,
}

/// The default life of a token in seconds; Pod Identity tokens of that life get a random one from [`SHORTEST_DEFAULT`] to it.
pub const DEFAULT_EXPIRATION: i64 = 86_400;
/// The shortest random life of a token in seconds.
pub const SHORTEST_DEFAULT: i64 = 79_200;
/// The shortest life that can be asked for, in seconds.
pub const SHORTEST: i64 = 600;

impl Settings {
    /// Makes the settings of an EKS cluster in a region.
    pub fn eks(region: &str) -> Settings {
        Settings {
            region: region.to_owned(),
            regional_sts: true,
            token_expiration: DEFAULT_EXPIRATION,
            annotation_prefix: "eks.amazonaws.com".into(),
            full_uri: "http://169.254.170.23/v1/credentials".into(),
            container_credentials: Token {
                audience: "pods.eks.amazonaws.com".into(),
                volume: "eks-pod-identity-token".into(),
                mount_path: "/var/run/secrets/pods.eks.amazonaws.com/serviceaccount".into(),
                path: "eks-pod-identity-token".into(),
            },
            web_identity: Token {
                audience: "sts.amazonaws.com".into(),
                volume: "aws-iam-token".into(),
                mount_path: "/var/run/secrets/eks.amazonaws.com/serviceaccount".into(),
                path: "token".into(),
            },
        }
    }

    /// Gives the full name of an annotation.
    pub fn annotation(&self, name: &str) -> String {
        format!("{}/{name}", self.annotation_prefix)
    }
}
