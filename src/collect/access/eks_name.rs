//! Which EKS cluster and which region are meant: read from flags and kubeconfig, before anything is asked.
//!
//! In the order of precedence: flag, ARN, eksctl's names, exec entry. What only answers can tell (the server's host, the
//! agent's arguments) comes after these; see [`server_host`](crate::collect::server_host).

use http::Uri;
use kube::config::ExecConfig;

use crate::collect::access::exec_auth::{EksEntry, wrapped};
use crate::collect::access::server_host;
use crate::evidence::aws::arn::Arn;
use crate::evidence::context::Detected;

/// Where cluster and region may be written.
#[derive(Debug, Clone, Default)]
pub struct Hints<'a> {
    /// `--eks-cluster`.
    pub cluster_flag: Option<&'a str>,
    /// `--region`.
    pub region_flag: Option<&'a str>,
    /// The context's name.
    pub context: Option<&'a str>,
    /// The name of the kubeconfig's cluster entry.
    pub cluster_entry: Option<&'a str>,
    /// The name of the kubeconfig's user entry.
    pub user_entry: Option<&'a str>,
    /// The user's exec entry.
    pub exec: Option<&'a ExecConfig>,
    /// The same, if it is one that asks for an EKS token.
    pub eks_entry: Option<&'a EksEntry>,
    /// The API server's address.
    pub server: Option<&'a Uri>,
}

/// What the hints say, the one that counts first. Equal values stand once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Candidates {
    /// Names of the cluster.
    pub clusters: Vec<Detected>,
    /// Regions.
    pub regions: Vec<Detected>,
    /// The account, if an ARN names it.
    pub account: Option<String>,
    /// The partition, if an ARN or the host names it: `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: Option<String>,
    /// Whether the API server's host is one of EKS, so that it can be matched against the account's clusters.
    pub has_eks_host: bool,
}

impl Candidates {
    fn add(&mut self, source: &str, cluster: Option<&str>, region: Option<&str>) {
        add(&mut self.clusters, source, cluster);
        add(&mut self.regions, source, region);
    }
}

/// Reads the hints.
pub fn read(hints: &Hints<'_>) -> Candidates {
    let mut found = Candidates::default();
    found.add("flag", hints.cluster_flag, hints.region_flag);
    // The cluster's entry is the one whose server is asked; a context can be named anything.
    let names = [hints.cluster_entry, hints.context, hints.user_entry];
    for arn in names.iter().flatten().filter_map(|name| cluster_arn(name)) {
        found.add("contextArn", arn.resource.strip_prefix("cluster/"), Some(arn.region));
        found.account.get_or_insert(arn.account.to_owned());
        found.partition.get_or_insert(arn.partition.to_owned());
    }
    for (cluster, region) in names.iter().flatten().filter_map(|name| eksctl_name(name)) {
        found.add("eksctlName", Some(cluster), Some(region));
    }
    if let Some(entry) = hints.eks_entry {
        found.add("execArguments", entry.cluster_name.as_deref(), entry.region.as_deref());
    }
    if let Some(exec) = hints.exec {
        let entry = wrapped::names(exec);
        found.add("execArguments", entry.cluster.as_deref(), entry.region.as_deref());
    }
    if let Some(host) = hints.server.and_then(Uri::host).and_then(server_host::read) {
        found.has_eks_host = true;
        found.add("serverHost", None, Some(&host.region));
        found.partition.get_or_insert(host.partition.to_owned());
    }
    found
}

fn add(list: &mut Vec<Detected>, source: &str, value: Option<&str>) {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return };
    if list.iter().all(|known| known.value != value) {
        list.push(Detected { value: value.to_owned(), source: source.to_owned() });
    }
}

fn cluster_arn(name: &str) -> Option<Arn<'_>> {
    Arn::parse(name).filter(|arn| arn.service == "eks" && arn.resource.starts_with("cluster/"))
}

/// Takes `USER@NAME.REGION.eksctl.io` apart. Names of EKS clusters hold no dot.
fn eksctl_name(name: &str) -> Option<(&str, &str)> {
    let rest = name.rsplit_once('@').map_or(name, |(_, rest)| rest).strip_suffix(".eksctl.io")?;
    let (cluster, region) = rest.split_once('.')?;
    (!cluster.is_empty() && server_host::is_region(region)).then_some((cluster, region))
}
