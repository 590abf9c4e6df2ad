//! The two clients everything is read through, and what their failures mean.
//!
//! [`kubernetes`] asks the API server, [`aws`] the AWS services. Both count their requests, bound them and turn
//! failures into [`KubernetesError`] and [`AwsError`]: plain data that keeps what the classification into absence or gap
//! needs to know, and nothing that could hold a secret.

pub mod aws;
pub mod aws_credentials;
pub mod aws_error;
pub mod aws_http;
pub mod cloud_trail;
pub mod connect_failure;
pub mod kubernetes;
pub mod kubernetes_error;
mod lines;
mod timeline;

pub use aws::{AwsAccess, AwsClients};
pub use aws_credentials::{AssumedRole, AwsIdentity, Profile};
pub use aws_error::{AwsError, AwsErrorKind, classify_aws_error};
pub use connect_failure::ConnectFailure;
pub use kubernetes::{KubernetesClient, TimeLimits, malformed};
pub use kubernetes_error::{ApiStatus, KubernetesError};
pub use lines::each_line_of;
