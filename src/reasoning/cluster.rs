//! Whether AWS answered about the cluster that kubectl talks to, also by its certificates: a namesake elsewhere must never be judged.
//!
//! It is separate because EKS takes names, not ARNs: credentials of another account, or a name and a region that were only
//! guessed, may find another cluster or none at all, and neither says anything about this one.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::webhook;
use crate::evidence::{Cluster, Container, Evidence, Gap, GapReason, Source};

/// What the version of an API server of EKS carries.
pub const EKS_VERSION: &str = "-eks-";

/// What AWS tells about a cluster, and about the roles that are known from there only.
const ABOUT_A_CLUSTER: [Source; 12] = [
    Source::Associations,
    Source::Association,
    Source::AddOn,
    Source::Role,
    Source::TargetRole,
    Source::TargetRoleSimulation,
    Source::RoleContextKeys,
    Source::NodeGroup,
    Source::AccessEntries,
    Source::NodeAccessEntries,
    Source::NodeRoleSimulation,
    Source::Assume,
];

impl Cluster {
    /// Its certificate authority, as DER bytes; empty where EKS told none that can be read.
    pub fn authority(&self) -> Vec<Vec<u8>> {
        self.certificate_authority.as_ref().map_or_else(Vec::new, |own| certificates_in_base64(&own.data))
    }
}

impl Evidence {
    /// Leaves out what AWS told about another cluster than the one that kubectl talks to.
    pub fn of_this_cluster(&self) -> Cow<'_, Self> {
        let Err(gap) = self.is_this_cluster(Source::Cluster) else { return Cow::Borrowed(self) };
        let mut rest = self.clone();
        for source in ABOUT_A_CLUSTER.into_iter().filter(|source| self.source_gap(*source).is_none()) {
            rest.lose(Gap { source, ..gap.clone() });
        }
        Cow::Owned(rest)
    }

    /// Gives a gap for `source` if AWS was asked about another cluster than the one that kubectl talks to: in another account
    /// than the context means, or by a guess that the certificates disprove.
    ///
    /// The account in the ARN of the described cluster says it best; without it the caller's own account does. Names of
    /// contexts are free, so the same certificate authority outweighs them.
    pub fn is_this_cluster(&self, source: Source) -> Result<(), Gap> {
        let same = self.same_authority();
        let described = self.cluster.present().and_then(|cluster| Arn::parse(&cluster.arn)).map(|arn| arn.account);
        let asked = described.or_else(|| self.caller_identity.known().map(|caller| caller.account.as_str()));
        match (self.context.account.as_deref(), asked) {
            (Some(meant), Some(asked)) if meant != asked && same != Some(true) => {
                let words =
                    format!("AWS was asked in account {asked} and the context means a cluster in account {meant}");
                return Err(Gap::new(source, GapReason::WrongAccount, words));
            }
            _ => {}
        }
        match self.another_cluster() {
            Some(gap) => Err(Gap { source, ..gap }),
            None => Ok(()),
        }
    }

    /// The gap of a run that looked up another EKS cluster than the one that kubectl talks to: proven by the certificates, or,
    /// where these cannot be compared, by the hosts that EKS gives to two clusters. Nothing that was read belongs together then.
    pub fn another_cluster(&self) -> Option<Gap> {
        let cluster = self.cluster.present()?;
        let same = self.same_authority();
        let is_another = same == Some(false) && !self.has_host_of(cluster)
            || same.is_none() && !self.is_proven(cluster) && self.has_another_host(cluster);
        let words = || format!("kubectl talks to another cluster than {}", cluster.name);
        is_another.then(|| Gap::new(Source::Cluster, GapReason::OtherCluster, words()))
    }

    /// The gap of a run against something that does not look like Amazon EKS in any respect, where AWS could not be asked
    /// about it: a virtual cluster, a cluster of another vendor, one on a laptop.
    pub fn not_amazon_eks(&self) -> Option<Gap> {
        // What AWS says of a cluster, also that it knows none, is judged by the check that asks whether this is EKS.
        if self.context.eks_cluster.is_some() {
            self.cluster.gap()?;
        }
        let version = self.version.known().filter(|version| !version.git_version.is_empty())?;
        let node = self.node.present()?;
        let looks_like_it = version.git_version.contains(EKS_VERSION)
            || node.has_eks_label()
            || self.context.server.as_deref().is_some_and(|server| is_of_eks(&host(server)))
            || !webhook::pod_identity(self.webhooks.known()?).is_empty()
            || !self.agent_daemon_sets.known()?.is_empty()
            || !self.agent_pods.known()?.is_empty()
            || self.containers().is_ok_and(|all| all.iter().any(Container::has_pod_identity_variables));
        let words = || {
            format!(
                "this API server does not look like Amazon EKS: version {}, no EKS label on node {}, no Pod Identity webhook, no agent \
                 (a virtual cluster, kind, k3s or another vendor's?)",
                version.git_version, node.metadata.name
            )
        };
        (!looks_like_it).then(|| Gap::new(Source::Version, GapReason::OtherCluster, words()))
    }

    /// Whether what these sources tell may be about another cluster: one that was only guessed, and that nothing proves to be
    /// the one kubectl talks to.
    pub fn rests_on_a_guess(&self, sources: &[Source]) -> bool {
        let described = self.cluster.present();
        let of_cluster = |one: &Source| ABOUT_A_CLUSTER.contains(one) || *one == Source::Cluster && described.is_some();
        let is_proven = described.is_some_and(|cluster| self.is_proven(cluster));
        !is_proven && self.context.guess().is_some() && sources.iter().any(of_cluster)
    }

    /// Whether a cluster is the one that kubectl talks to: by its certificates, as pods or the kubeconfig have them, or by its host.
    pub fn is_proven(&self, cluster: &Cluster) -> bool {
        let trusted = self.context.certificate_authority.as_deref().map(certificates).unwrap_or_default();
        match self.same_authority() {
            Some(same) => same,
            None => self.has_host_of(cluster) || share_a_certificate(&cluster.authority(), &trusted) == Some(true),
        }
    }

    /// Whether kubectl asks the very endpoint that EKS tells for a cluster.
    pub fn has_host_of(&self, cluster: &Cluster) -> bool {
        match (self.context.server.as_deref(), cluster.endpoint.as_deref()) {
            (Some(server), Some(endpoint)) => !host(server).is_empty() && host(server) == host(endpoint),
            _ => false,
        }
    }

    /// Whether kubectl asks the endpoint of another cluster of EKS: each has a host of its own.
    fn has_another_host(&self, cluster: &Cluster) -> bool {
        let hosts =
            [self.context.server.as_deref(), cluster.endpoint.as_deref()].map(|one| host(one.unwrap_or_default()));
        let id = |host: &String| host.split_once('.').map(|(id, _)| id.to_owned());
        hosts.iter().all(|host| is_of_eks(host)) && id(&hosts[0]) != id(&hosts[1])
    }

    /// Whether the described cluster is signed as the API server is, by the `ConfigMap` that holds the same through every
    /// proxy; `None` where one of them cannot be read.
    pub fn same_authority(&self) -> Option<bool> {
        let published = certificates(&self.root_certificates.present()?.data.certificates);
        share_a_certificate(&self.cluster.present()?.authority(), &published)
    }

    /// The EKS cluster; a gap where it was not read, not found, or is another one than kubectl talks to.
    pub fn described_cluster(&self) -> Result<&Cluster, Gap> {
        let cluster = self.cluster.get()?;
        self.is_this_cluster(Source::Cluster)?;
        cluster.as_ref().ok_or_else(|| Gap::no_such_cluster(self.where_not_found()))
    }

    /// Says which cluster was not found, and where it was looked for.
    pub fn where_not_found(&self) -> String {
        let name = self.cluster_name().unwrap_or("of this name");
        let account = self.caller_identity.known().map(|caller| format!("account {}", caller.account));
        let region = self.context.region.as_ref().map(|region| format!("region {}", region.value));
        let place = [account, region].into_iter().flatten().collect::<Vec<_>>().join(" and ");
        let place = if place.is_empty() { place } else { format!(" in {place}") };
        let near = self.context.similar_clusters.join(", ");
        let near = if near.is_empty() { near } else { format!("; nearest: {near}") };
        format!("EKS knows no cluster {name}{place}{near}")
    }
}

/// Whether a host is one that EKS gives to clusters: `ID.gr7.REGION.eks.amazonaws.com`, `ID.REGION.api.aws`.
fn is_of_eks(host: &str) -> bool {
    let mut parts = host.split('.');
    parts.by_ref().next().is_some_and(|id| id.len() >= 8)
        && (parts.any(|part| part == "eks") || host.ends_with(".api.aws"))
}

/// The host of an address, without port and path, in lower case.
fn host(address: &str) -> String {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host =
        authority.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).map_or(authority, |(host, _)| host);
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// Takes the certificates out of PEM text, as DER bytes; anything between or around them is left out.
pub fn certificates(pem: &str) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    let mut rest = pem;
    while let Some(start) = rest.find("-----BEGIN CERTIFICATE-----") {
        let body = &rest[start + "-----BEGIN CERTIFICATE-----".len()..];
        let Some(end) = body.find("-----END CERTIFICATE-----") else { break };
        let text: String = body[..end].chars().filter(|character| !character.is_whitespace()).collect();
        if let Ok(der) = STANDARD.decode(text) {
            found.push(der);
        }
        rest = &body[end..];
    }
    found
}

/// Takes the certificates out of PEM text that stands in base64, as EKS and kubeconfig give it.
pub fn certificates_in_base64(data: &str) -> Vec<Vec<u8>> {
    STANDARD
        .decode(data.trim())
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map_or_else(Vec::new, |pem| certificates(&pem))
}

/// Whether two bundles share a certificate; `None` if one of them has none that can be read.
///
/// While a certificate authority is rotated one side may already list two.
pub fn share_a_certificate(one: &[Vec<u8>], other: &[Vec<u8>]) -> Option<bool> {
    (!one.is_empty() && !other.is_empty()).then(|| one.iter().any(|certificate| other.contains(certificate)))
}
