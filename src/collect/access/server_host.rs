//! Reads the host of an EKS API server, and finds the cluster it belongs to.

use futures::{StreamExt, stream};

use crate::collect::access::clients::{AwsError, classify_aws_error};

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
pub fn read(host: &str) -> Option<EksHost<'static>> {
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
    let mut names: Vec<String> = client
        .list_clusters()
        .into_paginator()
        .items()
        .send()
        .try_collect()
        .await
        .map_err(|error| NotCompared { action: "eks:ListClusters", error: classify_aws_error(&error) })?;
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

fn has_host(url: &str, host: &str) -> bool {
    let found = url.parse::<http::Uri>().ok();
    found.as_ref().and_then(http::Uri::host).is_some_and(|found| found.eq_ignore_ascii_case(host))
}
