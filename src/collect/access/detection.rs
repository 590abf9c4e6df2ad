//! Which EKS cluster a kubeconfig entry names: its name, region and account, and where that was read.
//!
//! In the order of precedence: flag, ARN, eksctl's names, exec entry. What only answers can tell (the server's host,
//! the agent's arguments) comes after these.

use futures::{StreamExt, stream};
use http::Uri;
use kube::config::ExecConfig;

use crate::collect::access::clients::{AwsAccess, AwsError, classify_aws_error};
use crate::collect::access::exec_auth::{EksEntry, token};
use crate::collect::session::Session;
use crate::evidence::aws::role::Arn;
use crate::evidence::context::Detected;
use crate::evidence::{AgentDaemonSet, Context, Reading};
use crate::nearest::nearest;

/// Arguments of the agent that name the cluster (`cmd/server.go` of the agent).
const CLUSTER_NAME_FLAGS: &[&str] = &["cluster-name", "c"];
/// What the chart leaves in place when nobody says the cluster's name.
const PLACEHOLDER: &str = "EKS_CLUSTER_NAME";

/// Detects what only answers can tell: the host of the API server matched against EKS, then the agent's arguments.
pub async fn late(session: &Session, agents: &Reading<Vec<AgentDaemonSet>>) -> Context {
    let mut context = session.context.clone();
    if context.eks_cluster.is_none() {
        let (by_host, refused) = by_host(session, &context).await.unwrap_or_default();
        context.eks_cluster = by_host.or_else(|| by_agent(agents));
        context.refused_search = refused.filter(|_| context.eks_cluster.is_none());
    }
    context
}

/// The region that the SDK's own chain gives.
pub async fn sdk_region(access: &AwsAccess) -> Option<Detected> {
    access.default_region().await.map(|value| Detected { value, source: "sdk".to_owned() })
}

/// A host that no cluster has, or clusters that may not be listed, leave it to the agent's arguments. With the cluster comes
/// the action that was refused.
async fn by_host(session: &Session, context: &Context) -> Option<(Option<Detected>, Option<String>)> {
    let host = session.server.host()?;
    eks_host(host)?;
    let clients = session.aws.as_ref()?.clients(&context.region.as_ref()?.value).await;
    let hint = context.name.as_deref().unwrap_or_default();
    let read = match_host(&clients.eks, host, hint);
    let answer = tokio::time::timeout_at(session.run.deadline, read).await.ok()?;
    Some(match answer {
        Ok(cluster) => {
            let name = cluster.and_then(|cluster| cluster.name);
            (name.map(|value| Detected { value, source: "serverHost".to_owned() }), None)
        }
        Err(NotCompared { action, error }) => (None, error.is_denied().then(|| action.to_owned())),
    })
}

fn by_agent(agents: &Reading<Vec<AgentDaemonSet>>) -> Option<Detected> {
    let named = agents.known()?.iter().find_map(|set| set.spec.template.spec.agent()?.flag(CLUSTER_NAME_FLAGS))?;
    (!named.is_empty() && named != PLACEHOLDER)
        .then(|| Detected { value: named.to_owned(), source: "agentArguments".to_owned() })
}

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
pub fn candidates(hints: &Hints<'_>) -> Candidates {
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
        let entry = token::names(exec);
        found.add("execArguments", entry.cluster.as_deref(), entry.region.as_deref());
    }
    if let Some(host) = hints.server.and_then(Uri::host).and_then(eks_host) {
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
    (!cluster.is_empty() && is_region(region)).then_some((cluster, region))
}

/// What an EKS host tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EksHost<'a> {
    /// `eu-west-1`.
    pub region: String,
    /// `aws`, `aws-cn`, `aws-us-gov` …
    pub partition: &'a str,
}

/// What follows the region in a host, with the partition; `GovCloud` shares the hosts of `aws`.
///
/// From the user guide, "Cluster API server endpoint": `….REGION.eks.amazonaws.com`, and `….REGION.api.aws` for IPv6
/// clusters since October 2024. The other partitions' suffixes are those of botocore's `partitions.json`.
const SUFFIXES: [(&str, &str); 10] = [
    (".eks.amazonaws.com", "aws"),
    (".api.aws", "aws"),
    (".eks.amazonaws.com.cn", "aws-cn"),
    (".api.amazonwebservices.com.cn", "aws-cn"),
    (".eks.amazonaws.eu", "aws-eusc"),
    (".api.amazonwebservices.eu", "aws-eusc"),
    (".eks.c2s.ic.gov", "aws-iso"),
    (".eks.sc2s.sgov.gov", "aws-iso-b"),
    (".eks.cloud.adc-e.uk", "aws-iso-e"),
    (".eks.csp.hci.ic.gov", "aws-iso-f"),
];

/// How many clusters are described at the same time.
const AT_ONCE: usize = 8;
/// The most clusters that are described: more would take longer than a user waits for a name they can type.
const MOST: usize = 300;

/// Reads a host; none if it is not one of EKS.
pub fn eks_host(host: &str) -> Option<EksHost<'static>> {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let (rest, partition) = SUFFIXES.iter().find_map(|(end, partition)| Some((host.strip_suffix(end)?, *partition)))?;
    let (id, region) = rest.rsplit_once('.')?;
    if id.is_empty() || !is_region(region) {
        return None;
    }
    let partition = if region.starts_with("us-gov-") { "aws-us-gov" } else { partition };
    Some(EksHost { region: region.to_owned(), partition })
}

/// Whether a word has the shape of a region: `eu-west-1`, `us-gov-east-1`, `ap-southeast-7`.
pub fn is_region(word: &str) -> bool {
    let parts: Vec<&str> = word.split('-').collect();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return false };
    let letters = |part: &&&str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_lowercase());
    (3..=4).contains(&parts.len())
        && (2..=4).contains(&first.len())
        && parts[..parts.len() - 1].iter().all(|part| letters(&part))
        && last.bytes().all(|byte| byte.is_ascii_digit())
        && (1..=2).contains(&last.len())
}

/// Why the clusters could not be compared with a host.
#[derive(Debug)]
pub struct NotCompared {
    /// The action that failed.
    pub action: &'static str,
    /// Its error.
    pub error: AwsError,
}

/// Finds the cluster of this region whose endpoint has this host. Those whose name stands in `hint` are tried first.
///
/// `None` means that each cluster was read and none has the host; one that could not be read makes the answer an error.
pub async fn match_host(
    client: &aws_sdk_eks::Client,
    host: &str,
    hint: &str,
) -> Result<Option<aws_sdk_eks::types::Cluster>, NotCompared> {
    let not_listed = |error| NotCompared { action: "eks:ListClusters", error };
    let mut names = names(client).await.map_err(not_listed)?;
    names.sort_by_key(|name| !hint.contains(name.as_str()));
    let too_many = names.len() > MOST;
    let mut first_error = None;
    let mut described = stream::iter(names.into_iter().take(MOST))
        .map(|name| async move { client.describe_cluster().name(name).send().await })
        .buffered(AT_ONCE);
    while let Some(answer) = described.next().await {
        match answer {
            Ok(answer) => match answer.cluster {
                Some(cluster) if cluster.endpoint().is_some_and(|url| has_host(url, host)) => return Ok(Some(cluster)),
                _ => {}
            },
            Err(error) => first_error = first_error.or_else(|| Some(classify_aws_error(&error))),
        }
    }
    let limit = || AwsError::insufficient(format!("only {MOST} clusters were compared with the host"));
    let error = first_error.or_else(|| too_many.then(limit));
    error.map_or(Ok(None), |error| Err(NotCompared { action: "eks:DescribeCluster", error }))
}

/// The names of the clusters of a region.
async fn names(client: &aws_sdk_eks::Client) -> Result<Vec<String>, AwsError> {
    let listed = client.list_clusters().into_paginator().items().send().try_collect().await;
    listed.map_err(|error| classify_aws_error(&error))
}

/// How many names a reader is offered.
const MOST_ALIKE: usize = 2;

/// The clusters of a region with a name like one that EKS does not know; none where they may not be listed.
pub async fn alike(client: &aws_sdk_eks::Client, name: &str) -> Vec<String> {
    let names = names(client).await.unwrap_or_default();
    nearest(name, names.iter().map(String::as_str), MOST_ALIKE).into_iter().map(str::to_owned).collect()
}

fn has_host(url: &str, host: &str) -> bool {
    let found = url.parse::<http::Uri>().ok();
    found.as_ref().and_then(http::Uri::host).is_some_and(|found| found.eq_ignore_ascii_case(host))
}
