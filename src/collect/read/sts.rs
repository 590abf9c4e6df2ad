//! Whose credentials ask AWS.

use crate::collect::access::clients::{AwsClients, classify_aws_error};
use crate::collect::gap;
use crate::evidence::{CallerIdentity, Gap, GapReason, Reading, Source};

/// Reads the account and the principal of the credentials. No policy can refuse this call.
pub async fn caller_identity(clients: &AwsClients) -> Reading<CallerIdentity> {
    match clients.sts.get_caller_identity().send().await {
        Ok(answer) => match (answer.account, answer.arn) {
            (Some(account), Some(arn)) => Reading::Known(CallerIdentity { account, arn }),
            _ => Reading::Unavailable(Gap::new(Source::CallerIdentity, GapReason::Malformed, "it names no account")),
        },
        Err(error) => Reading::Unavailable(gap::of_aws(Source::CallerIdentity, &classify_aws_error(&error))),
    }
}
