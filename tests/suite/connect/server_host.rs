//! What the host of an API server tells, and which cluster of the account it belongs to.

use podid_doubles::aws::{Fault, Kind, Server, State};
use serde_json::json;

use super::aws_errors::eks;
use podid::collect::access::clients::AwsErrorKind;
use podid::collect::access::detection::{eks_host, is_region, match_host};

#[test]
fn hosts_of_eks_tell_region_and_partition() {
    for (host, region, partition) in [
        ("ABCDEF0123456789.gr7.us-west-2.eks.amazonaws.com", "us-west-2", "aws"),
        ("abcdef0123456789.sk1.us-gov-east-1.eks.amazonaws.com", "us-gov-east-1", "aws-us-gov"),
        ("ABCDEF.yl4.cn-northwest-1.eks.amazonaws.com.cn", "cn-northwest-1", "aws-cn"),
        ("ABCDEF.gr7.eu-central-1.api.aws", "eu-central-1", "aws"),
        ("ABCDEF.gr7.us-gov-west-1.api.aws", "us-gov-west-1", "aws-us-gov"),
        ("ABCDEF.gr7.cn-north-1.api.amazonwebservices.com.cn", "cn-north-1", "aws-cn"),
        ("ABCDEF.gr7.eusc-de-east-1.eks.amazonaws.eu", "eusc-de-east-1", "aws-eusc"),
        ("ABCDEF.gr7.us-west-2.eks.amazonaws.com.", "us-west-2", "aws"),
    ] {
        let found = eks_host(host).unwrap();
        assert_eq!((found.region.as_str(), found.partition), (region, partition), "{host}");
    }
}

#[test]
fn other_hosts_tell_nothing() {
    for host in [
        "k8s.example.com",
        "127.0.0.1",
        "eks.amazonaws.com",
        "us-west-2.eks.amazonaws.com",
        "ABC.gr7.somewhere.eks.amazonaws.com",
        "ABC.gr7.us-west-2.eks.amazonaws.com.evil.example",
        "ABC.gr7.us-west-2.eks.amazonaws.com.de",
    ] {
        assert_eq!(eks_host(host), None, "{host}");
    }
}

#[test]
fn regions_have_a_shape() {
    for region in ["eu-west-1", "us-gov-east-1", "ap-southeast-7", "eusc-de-east-1", "us-iso-east-1", "mx-central-1"] {
        assert!(is_region(region), "{region}");
    }
    for word in ["", "eu", "eu-west", "eu-west-x", "EU-WEST-1", "a-b-c-d-1", "eu-west-123", "eu--1", "global"] {
        assert!(!is_region(word), "{word}");
    }
}

fn world() -> Server {
    let clusters: serde_json::Map<_, _> = (0..12)
        .map(|number| {
            let endpoint = format!("https://ID{number}.gr7.eu-west-1.eks.amazonaws.com");
            (format!("c{number}"), json!({ "describe": { "endpoint": endpoint } }))
        })
        .collect();
    let state: State = serde_json::from_value(json!({
        "accessKeys": { "AKIDEXAMPLE": { "account": "111122223333", "arn": "arn:aws:iam::111122223333:user/jane" } },
        "accounts": { "111122223333": { "regions": { "eu-west-1": { "clusters": clusters } } } },
    }))
    .unwrap();
    Server::start(state).unwrap()
}

const HOST: &str = "id7.gr7.eu-west-1.eks.amazonaws.com";

#[tokio::test]
async fn the_cluster_with_the_host_is_found() {
    let aws = world();
    let found = match_host(&eks(&aws), HOST, "").await.unwrap();
    assert_eq!(found.unwrap().name(), Some("c7"));
    assert!(match_host(&eks(&aws), "none.gr7.eu-west-1.eks.amazonaws.com", "").await.unwrap().is_none());
}

#[tokio::test]
async fn a_name_that_the_context_holds_is_tried_first() {
    let aws = world();
    match_host(&eks(&aws), HOST, "admin@c7").await.unwrap();
    // Eight are asked at a time, and arrive in any order; by its name alone it would be the tenth.
    let described = aws.requests().into_iter().filter(|request| request.operation == "DescribeCluster");
    let first: Vec<String> = described.take(8).map(|request| request.input).collect();
    assert!(first.iter().any(|input| input.contains("\"c7\"")), "{first:?}");
}

#[tokio::test]
async fn a_cluster_that_may_not_be_read_could_be_the_one() {
    let aws = world();
    aws.fault(Fault::on("eks:DescribeCluster", Kind::AccessDenied { message: None }).for_value("c3"));
    assert!(match_host(&eks(&aws), HOST, "").await.unwrap().is_some());
    let refused = match_host(&eks(&aws), "none.example", "").await.unwrap_err();
    let error = refused.error;
    assert!(refused.action == "eks:DescribeCluster");
    assert!(error.is_denied() && error.kind == AwsErrorKind::Service);
    aws.fault(Fault::on("eks:ListClusters", Kind::AccessDenied { message: None }));
    let refused = match_host(&eks(&aws), HOST, "").await.unwrap_err();
    assert!(refused.action == "eks:ListClusters" && refused.error.is_denied(), "{refused:?}");
}
