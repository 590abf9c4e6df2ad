//! What `check-trust` takes: a policy, and what is known of the pod. What is not given leaves open what hangs on it.

use std::path::PathBuf;

use super::diagnosis::FixFormatFlag;

/// What `check-trust` takes; namespace, EKS cluster and region come from the flags that every verb has.
#[derive(Debug, Clone, clap::Args)]
pub struct CheckTrustArguments {
    /// The trust policy as JSON, or what `aws iam get-role` prints; - reads standard input
    #[arg(short, long, value_name = "FILE", alias = "file")]
    pub filename: PathBuf,
    /// The service account of the pod
    #[arg(long, value_name = "NAME", alias = "serviceaccount")]
    pub service_account: Option<String>,
    /// The name of the pod
    #[arg(long, value_name = "NAME")]
    pub pod: Option<String>,
    /// The UID of the pod
    #[arg(long, value_name = "UID")]
    pub pod_uid: Option<String>,
    /// The AWS account of the EKS cluster
    #[arg(long, value_name = "ID")]
    pub account: Option<String>,
    /// The association switches session tags off
    #[arg(long)]
    pub disable_session_tags: bool,
    /// The policy is that of a target role, and this is the associated role
    #[arg(long, value_name = "ARN")]
    pub source_role: Option<String>,
    /// The external id of the association, which goes to the target role
    #[arg(long, value_name = "ID", requires = "source_role")]
    pub external_id: Option<String>,
    /// The role that the policy is of, so that the fix can be a command
    #[arg(long, value_name = "NAME")]
    pub role_name: Option<String>,
    /// How a change is worded
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub fix_format: FixFormatFlag,
}
