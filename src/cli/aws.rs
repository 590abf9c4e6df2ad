//! Which EKS cluster is meant and as whom AWS is asked.

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
