//! Which exec entries are understood in every word, and as whom they ask.

use std::collections::{BTreeMap, HashMap};

use kube::config::ExecConfig;

use podid::collect::access::clients::{AssumedRole, AwsIdentity, Profile};
use podid::collect::access::exec_auth::entry::Program;
use podid::collect::access::exec_auth::{EksEntry, token, understand};

/// An entry from a line of words and its variables.
pub fn exec(line: &str, variables: &[(&str, &str)]) -> ExecConfig {
    let mut words = line.split(' ').map(str::to_owned);
    let entry = |(name, value): &(&str, &str)| {
        HashMap::from([("name".to_owned(), (*name).to_owned()), ("value".to_owned(), (*value).to_owned())])
    };
    ExecConfig {
        command: words.next(),
        args: Some(words.collect()),
        env: Some(variables.iter().map(entry).collect()),
        ..ExecConfig::default()
    }
}

fn read(line: &str, own: &[(&str, &str)], process: &[(&str, &str)]) -> Option<EksEntry> {
    let process: BTreeMap<_, _> = process.iter().copied().collect();
    understand(&exec(line, own), &|name| process.get(name).map(|value| (*value).to_owned()))
}

#[test]
fn an_entry_of_update_kubeconfig_is_understood() {
    let line = "aws --region eu-west-1 eks get-token --cluster-name prod --output json";
    let entry = read(line, &[("AWS_PROFILE", "dev")], &[("AWS_PROFILE", "other")]).unwrap();
    assert!(entry.is_understood);
    assert_eq!((entry.signed_cluster.as_str(), entry.cluster_name.as_deref()), ("prod", Some("prod")));
    assert_eq!(entry.region.as_deref(), Some("eu-west-1"));
    assert_eq!(entry.identity.profile, Profile::FromEnvironment("dev".into()));
    assert_eq!(entry.identity.region.as_deref(), Some("eu-west-1"));
}

#[test]
fn other_words_are_not_understood() {
    for line in [
        "aws eks get-token",
        "aws eks get-token --cluster-name",
        "aws eks get-token --cluster-name --no-cli-pager",
        "aws eks get-token --cluster-name prod --endpoint-url http://x",
        "aws eks get-token --cluster-name prod --no-verify-ssl",
        "aws eks get-token --cluster-name prod --query status.token",
        "aws eks get-token --cluster-name prod --output text",
        "aws eks get-token --cluster-name prod --cluster-id x",
        "aws eks get-token --cluster-name prod --cluster prod",
        "aws eks get-token extra --cluster-name prod",
        "aws eks update-kubeconfig --name prod",
        "aws-vault exec dev -- aws eks get-token --cluster-name prod",
        "sh -c aws",
        "aws-iam-authenticator token",
        "aws-iam-authenticator verify -i prod",
        "aws-iam-authenticator token -i prod --token-only",
        "aws-iam-authenticator token -i prod --config x",
        "aws-iam-authenticator token -i prod -r arn --forward-session-name",
        "gke-gcloud-auth-plugin",
    ] {
        assert_eq!(read(line, &[], &[]), None, "{line}");
    }
}

#[test]
fn variables_that_may_change_the_answer_must_be_known() {
    let line = "aws eks get-token --cluster-name prod";
    let understood = |name| read(line, &[(name, "x")], &[]).unwrap().is_understood;
    assert!(understood("AWS_PROFILE") && understood("AWS_STS_REGIONAL_ENDPOINTS") && understood("AWS_PAGER"));
    for name in ["AWS_ENDPOINT_URL_STS", "AWS_CA_BUNDLE", "AWS_ROLE_ARN", "HTTPS_PROXY", "HOME", "AWS_VAULT"] {
        assert!(!understood(name), "{name}");
    }
}

#[test]
fn a_profile_by_argument_is_chosen_and_one_by_variable_is_not() {
    let chosen = read("aws eks get-token --cluster-name p --profile dev", &[("AWS_PROFILE", "x")], &[]).unwrap();
    assert_eq!(chosen.identity.profile, Profile::Chosen("dev".into()));
    let inherited = read("aws eks get-token --cluster-name p", &[], &[("AWS_PROFILE", "x")]).unwrap();
    assert_eq!(inherited.identity.profile, Profile::FromEnvironment("x".into()));
    assert_eq!(inherited.region, None);
}

#[test]
fn a_region_of_this_process_is_not_the_entrys_own() {
    let line = "aws eks get-token --cluster-name p";
    let entry = read(line, &[], &[("AWS_DEFAULT_REGION", "eu-west-1")]).unwrap();
    assert_eq!((entry.region.as_deref(), entry.identity.region.as_deref()), (None, Some("eu-west-1")));
    let own = read(line, &[("AWS_REGION", "us-west-2")], &[("AWS_REGION", "eu-west-1")]).unwrap();
    assert_eq!((own.region.as_deref(), own.identity.region.as_deref()), (Some("us-west-2"), Some("us-west-2")));
}

#[test]
fn the_authenticators_options_are_understood() {
    let line = "/opt/bin/aws-iam-authenticator.exe token -iprod -r arn:aws:iam::1:role/x -e out -s me --cache";
    let entry = read(line, &[], &[]).unwrap();
    assert_eq!(entry.cluster_name.as_deref(), Some("prod"));
    assert_eq!(entry.program, Program::Authenticator { regional: false });
    let role =
        AssumedRole { arn: "arn:aws:iam::1:role/x".into(), session_name: "me".into(), external_id: Some("out".into()) };
    assert_eq!(entry.identity.role, Some(role));
    let long = read("heptio-authenticator-aws token --cluster-id=prod --region=eu-west-1 --cache=false", &[], &[]);
    assert_eq!(long.unwrap().program, Program::Authenticator { regional: true });
    let by_variable = [("KUBERNETES_AWS_AUTHENTICATOR_CLUSTER_ID", "v"), ("DEFAULT_ROLE", "r")];
    let entry = read("aws-iam-authenticator token", &[], &by_variable).unwrap();
    assert_eq!((entry.signed_cluster.as_str(), entry.identity.role.unwrap().arn.as_str()), ("v", "r"));
}

#[test]
fn keys_are_never_shown() {
    let keys =
        [("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"), ("AWS_SECRET_ACCESS_KEY", "s3cret"), ("AWS_SESSION_TOKEN", "s3cret2")];
    let entry = read("aws eks get-token --cluster-name p", &keys, &[]).unwrap();
    assert!(entry.identity.keys.is_some());
    assert!(!format!("{entry:?}").contains("s3cret"), "{entry:?}");
}

#[test]
fn flags_choose_another_identity() {
    let line = "aws eks get-token --cluster-name p --region eu-west-1 --role-arn r";
    let identity = read(line, &[("AWS_ACCESS_KEY_ID", "A"), ("AWS_SECRET_ACCESS_KEY", "s")], &[]).unwrap().identity;
    let same = identity.clone().overridden_by(None, Some("us-west-2"));
    assert!(same.role.is_some() && same.region.as_deref() == Some("us-west-2") && same.keys.is_some());
    let other = identity.overridden_by(Some("ops"), None);
    assert_eq!(
        (other.profile, other.role, other.keys, other.region),
        (Profile::Chosen("ops".into()), None, None, None)
    );
}

#[test]
fn the_identity_of_an_entry_counts_even_if_it_runs_as_written() {
    let find = |line: &str, own: &[(&str, &str)]| token::identity(&exec(line, own), &|_| None);
    let role = |identity: AwsIdentity| identity.role.map(|role| role.arn);
    for line in [
        "aws eks get-token --cluster-name p --profile dev --role-arn r --region eu-west-1 --debug",
        "aws-vault exec x -- aws --profile=dev eks get-token --cluster-name p --role-arn=r --region eu-west-1",
    ] {
        let found = find(line, &[("AWS_PROFILE", "other")]);
        assert_eq!((&found.profile, found.region.as_deref()), (&Profile::Chosen("dev".into()), Some("eu-west-1")));
        assert_eq!(role(found).as_deref(), Some("r"));
    }
    let found = find("aws-iam-authenticator token -i p -r r --token-only", &[("AWS_PROFILE", "dev")]);
    assert_eq!((&found.profile, role(found.clone()).as_deref()), (&Profile::FromEnvironment("dev".into()), Some("r")));
    let other = find("get-my-token --profile never --role-arn never", &[("AWS_PROFILE", "dev")]);
    assert_eq!((&other.profile, role(other.clone())), (&Profile::FromEnvironment("dev".into()), None));
}
