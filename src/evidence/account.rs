//! Whose account AWS answered from: a namesake in another account must never be judged.
//!
//! It is separate because EKS takes names, not ARNs: credentials of another account may find a cluster of the same name
//! there, or none at all, and neither says anything about the cluster that the context means.

use super::arn::Arn;
use super::certificate::{certificates, certificates_in_base64, share_a_certificate};
use super::{Cluster, Evidence, Gap, GapReason, Source};

impl Cluster {
    /// Its certificate authority, as DER bytes; empty where EKS told none that can be read.
    pub fn authority(&self) -> Vec<Vec<u8>> {
        self.certificate_authority.as_ref().map_or_else(Vec::new, |own| certificates_in_base64(&own.data))
    }
}

impl Evidence {
    /// Gives a gap for `source` if AWS was asked in another account than the one the context means.
    ///
    /// The account in the ARN of the described cluster says it best; without it the caller's own account does. Names of
    /// contexts are free, so the same certificate authority outweighs them.
    pub fn same_account(&self, source: Source) -> Result<(), Gap> {
        let described = self.cluster.present().and_then(|cluster| Arn::parse(&cluster.arn)).map(|arn| arn.account);
        let asked = described.or_else(|| self.caller_identity.known().map(|caller| caller.account.as_str()));
        match (self.context.account.as_deref(), asked) {
            (Some(meant), Some(asked)) if meant != asked && self.same_authority() != Some(true) => Err(Gap::new(
                source,
                GapReason::WrongAccount,
                format!("AWS was asked in account {asked} and the context means a cluster in account {meant}"),
            )),
            _ => Ok(()),
        }
    }

    /// Whether the described cluster is signed as the API server is, by the `ConfigMap` that holds the same through every
    /// proxy; `None` where one of them cannot be read.
    pub fn same_authority(&self) -> Option<bool> {
        let published = certificates(&self.root_certificates.present()?.data.certificates);
        share_a_certificate(&self.cluster.present()?.authority(), &published)
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
        let account = self.caller_identity.known().map(|caller| format!("account {}", caller.account));
        let region = self.context.region.as_ref().map(|region| format!("region {}", region.value));
        let place = [account, region].into_iter().flatten().collect::<Vec<_>>().join(" and ");
        let place = if place.is_empty() { place } else { format!(" in {place}") };
        format!("EKS knows no cluster {name}{place}")
    }
}
