//! Whose account AWS answered from: a namesake in another account must never be judged.
//!
//! It is separate because EKS takes names, not ARNs: credentials of another account may find a cluster of the same name
//! there, or none at all, and neither says anything about the cluster that the context means.

use super::arn::Arn;
use super::{Cluster, Evidence, Gap, GapReason, Source};

impl Evidence {
    /// Gives a gap for `source` if AWS was asked in another account than the one the context means.
    ///
    /// The account in the ARN of the described cluster says it best; without it the caller's own account does.
    pub fn same_account(&self, source: Source) -> Result<(), Gap> {
        let described = self.cluster.present().and_then(|cluster| Arn::parse(&cluster.arn)).map(|arn| arn.account);
        let asked = described.or_else(|| self.caller_identity.known().map(|caller| caller.account.as_str()));
        match (self.context.account.as_deref(), asked) {
            (Some(meant), Some(asked)) if meant != asked => Err(Gap::new(
                source,
                GapReason::WrongAccount,
                format!("the context means a cluster in account {meant}, and AWS was asked in account {asked}"),
            )),
            _ => Ok(()),
        }
    }

    /// The EKS cluster; a gap where it was not read, not found, or found in another account than the context means.
    pub fn described_cluster(&self) -> Result<&Cluster, Gap> {
        let cluster = self.cluster.get()?;
        self.same_account(Source::Cluster)?;
        cluster.as_ref().ok_or_else(|| Gap::new(Source::Cluster, GapReason::Insufficient, self.where_not_found()))
    }

    /// Says which cluster was not found, and where it was looked for.
    pub fn where_not_found(&self) -> String {
        let name = self.cluster_name().unwrap_or("of this name");
        let account = self.caller_identity.known().map(|caller| format!(" in account {}", caller.account));
        let region = self.context.region.as_ref().map(|region| format!(" in region {}", region.value));
        let place = [account, region].into_iter().flatten().collect::<Vec<_>>().join(",");
        format!("EKS knows no cluster {name}{place}")
    }
}
