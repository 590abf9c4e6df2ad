//! How Kubernetes and AWS are reached.

use std::path::PathBuf;

use clap::Parser as _;

/// Where the cluster is and as whom it is asked. An empty value is no value, as in kubectl.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Connection")]
pub struct ConnectionFlags {
    /// Path to the kubeconfig file
    #[arg(long, global = true, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
    /// Name of the kubeconfig context
    #[arg(long, global = true, value_name = "NAME")]
    pub context: Option<String>,
    /// Name of the kubeconfig cluster (not of the EKS cluster)
    #[arg(long, global = true, value_name = "NAME")]
    pub cluster: Option<String>,
    /// Name of the kubeconfig user
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// Namespace
    #[arg(short, long, global = true, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Address and port of the API server
    #[arg(short, long, global = true, value_name = "URL")]
    pub server: Option<String>,
    /// Bearer token for the API server
    #[arg(long, global = true, value_name = "TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// File with the certificate authority of the API server
    #[arg(long, global = true, value_name = "FILE")]
    pub certificate_authority: Option<PathBuf>,
    /// File with the client certificate
    #[arg(long, global = true, value_name = "FILE")]
    pub client_certificate: Option<PathBuf>,
    /// File with the key of the client certificate
    #[arg(long, global = true, value_name = "FILE")]
    pub client_key: Option<PathBuf>,
    /// Do not check the API server's certificate
    #[arg(long, global = true, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub insecure_skip_tls_verify: Option<bool>,
    /// Name the API server's certificate is checked against
    #[arg(long, global = true, value_name = "NAME")]
    pub tls_server_name: Option<String>,
    /// Longest time one request may take: 10s, 2m; 0 for no limit
    #[arg(long, global = true, value_name = "DURATION")]
    pub request_timeout: Option<String>,
    /// User to impersonate
    #[arg(long = "as", global = true, value_name = "USER")]
    pub impersonate: Option<String>,
    /// Group to impersonate, may be repeated
    #[arg(long = "as-group", global = true, value_name = "GROUP")]
    pub impersonate_group: Vec<String>,
    /// UID to impersonate
    #[arg(long = "as-uid", global = true, value_name = "UID")]
    pub impersonate_uid: Option<String>,
    /// How `aws eks get-token` and `aws-iam-authenticator token` of a kubeconfig are answered
    #[arg(long, global = true, value_enum, value_name = "WAY", default_value_t)]
    pub exec_auth: ExecAuth,
}

/// Reads the flags of the connection alone; `None` where they are not to be understood.
pub fn read(flags: &[String]) -> Option<ConnectionFlags> {
    let words = ["kubectl-podid", "doctor"].into_iter().chain(flags.iter().map(String::as_str));
    super::Cli::try_parse_from(words).ok().map(|cli| cli.connection)
}

/// How an exec entry of a kubeconfig is answered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ExecAuth {
    /// In this process where the entry is understood, else (or if that fails) as written
    #[default]
    Auto,
    /// In this process, or not at all
    Native,
    /// As written: the command is run
    Exec,
}

/// The AWS side. What is not given is detected.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "AWS")]
pub struct AwsFlags {
    /// Name of the EKS cluster, if it cannot be detected
    #[arg(long, global = true, value_name = "NAME")]
    pub eks_cluster: Option<String>,
    /// AWS region, if it cannot be detected
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Option<String>,
    /// Profile of the AWS configuration
    #[arg(long, global = true, value_name = "NAME")]
    pub aws_profile: Option<String>,
    /// Ask the cluster only
    #[arg(long, global = true)]
    pub no_aws: bool,
}
