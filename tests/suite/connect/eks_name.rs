//! Which EKS cluster, region and account flags and kubeconfig name, and in which order.

use http::Uri;

use super::exec_entry::exec;
use podid::collect::access::detection::{Candidates, Hints, candidates};
use podid::collect::access::exec_auth::understand;

const ARN: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";

/// `value (source)` for each candidate.
fn words(list: &[podid::evidence::context::Detected]) -> Vec<String> {
    list.iter().map(|it| format!("{} ({})", it.value, it.source)).collect()
}

fn check(hints: &Hints<'_>, clusters: &[&str], regions: &[&str]) -> Candidates {
    let found = candidates(hints);
    assert_eq!(words(&found.clusters), clusters, "{hints:?}");
    assert_eq!(words(&found.regions), regions, "{hints:?}");
    found
}

#[test]
fn an_arn_names_cluster_region_account_and_partition() {
    for hints in [
        Hints { context: Some(ARN), ..Hints::default() },
        Hints { context: Some("prod"), cluster_entry: Some(ARN), ..Hints::default() },
        Hints { context: Some("prod"), user_entry: Some(ARN), ..Hints::default() },
    ] {
        let found = check(&hints, &["prod (contextArn)"], &["eu-west-1 (contextArn)"]);
        assert_eq!((found.account.as_deref(), found.partition.as_deref()), (Some("111122223333"), Some("aws")));
    }
    let china = Hints { context: Some("arn:aws-cn:eks:cn-north-1:1:cluster/x"), ..Hints::default() };
    assert_eq!(check(&china, &["x (contextArn)"], &["cn-north-1 (contextArn)"]).partition.as_deref(), Some("aws-cn"));
    for other in ["arn:aws:iam::1:role/x", "arn:aws:eks:eu-west-1:1:nodegroup/x", "prod", "admin@prod"] {
        check(&Hints { context: Some(other), ..Hints::default() }, &[], &[]);
    }
}

#[test]
fn the_entry_whose_server_is_asked_outranks_the_contexts_name() {
    let hints =
        Hints { context: Some("arn:aws:eks:us-west-2:1:cluster/old"), cluster_entry: Some(ARN), ..Hints::default() };
    let found = check(
        &hints,
        &["prod (contextArn)", "old (contextArn)"],
        &["eu-west-1 (contextArn)", "us-west-2 (contextArn)"],
    );
    assert_eq!(found.account.as_deref(), Some("111122223333"));
}

#[test]
fn flags_come_first() {
    let hints =
        Hints { cluster_flag: Some("mine"), region_flag: Some("us-east-1"), context: Some(ARN), ..Hints::default() };
    check(&hints, &["mine (flag)", "prod (contextArn)"], &["us-east-1 (flag)", "eu-west-1 (contextArn)"]);
}

#[test]
fn eksctls_names_are_taken_apart() {
    for name in ["jane@prod.eu-west-1.eksctl.io", "prod.eu-west-1.eksctl.io", "j@x.com@prod.eu-west-1.eksctl.io"] {
        let hints = Hints { context: Some(name), ..Hints::default() };
        check(&hints, &["prod (eksctlName)"], &["eu-west-1 (eksctlName)"]);
    }
    for name in ["prod.eksctl.io", "jane@prod.somewhere.eksctl.io", "jane@.eu-west-1.eksctl.io"] {
        check(&Hints { context: Some(name), ..Hints::default() }, &[], &[]);
    }
}

#[test]
fn exec_entries_name_it_even_when_they_are_not_understood() {
    for line in [
        "aws eks get-token --cluster-name prod --region eu-west-1",
        "aws --region=eu-west-1 eks get-token --cluster-name=prod --debug",
        "aws-vault exec dev -- aws eks get-token --cluster-name prod --region eu-west-1",
        "aws-iam-authenticator token -i prod --region eu-west-1",
        "/opt/aws-iam-authenticator token --cluster-id prod --token-only --region eu-west-1",
    ] {
        let exec = exec(line, &[]);
        let entry = understand(&exec, &|_| None);
        let hints = Hints { exec: Some(&exec), eks_entry: entry.as_ref(), ..Hints::default() };
        check(&hints, &["prod (execArguments)"], &["eu-west-1 (execArguments)"]);
    }
    let exec = exec("aws eks get-token --cluster-name prod --debug", &[("AWS_REGION", "eu-west-2")]);
    check(&Hints { exec: Some(&exec), ..Hints::default() }, &["prod (execArguments)"], &["eu-west-2 (execArguments)"]);
}

#[test]
fn a_local_clusters_id_is_no_name() {
    let exec = exec("aws eks get-token --cluster-id 0b9f --region eu-west-1", &[]);
    let entry = understand(&exec, &|_| None);
    let hints = Hints { exec: Some(&exec), eks_entry: entry.as_ref(), ..Hints::default() };
    check(&hints, &[], &["eu-west-1 (execArguments)"]);
}

#[test]
fn the_host_names_the_region_only() {
    let server: Uri = "https://ABCDEF0123.gr7.us-gov-west-1.eks.amazonaws.com".parse().unwrap();
    let found = check(&Hints { server: Some(&server), ..Hints::default() }, &[], &["us-gov-west-1 (serverHost)"]);
    assert_eq!((found.partition.as_deref(), found.has_eks_host), (Some("aws-us-gov"), true));
    let other: Uri = "https://k8s.example.com".parse().unwrap();
    assert!(!check(&Hints { server: Some(&other), ..Hints::default() }, &[], &[]).has_eks_host);
}
