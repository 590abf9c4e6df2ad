//! No way to AWS, or to the wrong part of it: what the cluster says is judged, and nothing is called healthy or broken.

use podid_doubles::aws::{Fault, Kind};
use serde_json::{Value, json};

use crate::support::run::{Run, in_one_line};
use crate::support::world::{OTHER_ACCOUNT_KEY, World, causes, check};

/// Makes sure that AWS was unknown for a reason, and that nothing was concluded from that.
#[track_caller]
fn unknown(run: impl Fn(&[&str]) -> Run, reason: &str, told: &str) -> Value {
    let document = run(&["-o", "json"]).ends_with(3).json();
    assert_eq!((&document["verdict"], causes(&document)), (&json!("inconclusive"), vec![]), "{document:#}");
    let association = check(&document, "PID210");
    assert_eq!((&association["status"], &association["gap"]["reason"]), (&json!("unknown"), &json!(reason)));
    assert_eq!(check(&document, "PID340")["status"], "passed", "the cluster was read all the same");
    assert_eq!(document["association"]["state"], "unknown");
    let table = in_one_line(&run(&[]).ends_with(3).stdout);
    assert!(table.contains(told), "{told}: {table}");
    run(&["-o", "short"]).ends_with(3);
    document
}

fn doctor(world: &World) -> impl Fn(&[&str]) -> Run {
    |more| world.doctor(more)
}

#[test]
fn a_session_that_has_expired() {
    let world = World::healthy();
    world.aws.change(|state| state.access_keys.values_mut().for_each(|key| key.expired = true)).expect("a change");
    let document = unknown(doctor(&world), "noCredentials", "expired");
    assert_eq!(document["missingPermissions"], json!([]), "no permission would help");
}

#[test]
fn keys_that_nobody_knows() {
    let world = World::healthy();
    let run = |more: &[&str]| {
        world.command(&[&["doctor", "api-7c9f"], more].concat()).variable("AWS_ACCESS_KEY_ID", "AKIANOBODY").run()
    };
    unknown(run, "noCredentials", "invalid");
}

#[test]
fn no_credentials_at_all() {
    let world = World::healthy();
    let run = |more: &[&str]| {
        let command = world.command(&[&["doctor", "api-7c9f"], more].concat());
        command
            .without(&["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"])
            .variable("AWS_EC2_METADATA_DISABLED", "true")
            .run()
    };
    unknown(run, "noCredentials", "no AWS credentials were found");
    assert!(world.aws.requests().is_empty());
}

#[test]
fn a_profile_that_is_not_there_or_broken() {
    let world = World::healthy();
    let told = "the AWS configuration files have no profile named nobody";
    unknown(|more| world.doctor(&[&["--aws-profile", "nobody"], more].concat()), "noCredentials", told);
    world.write(
        ".aws/config",
        "[profile broken]\nsource_profile = broken\nrole_arn = arn:aws:iam::111122223333:role/x\n[profile",
    );
    unknown(|more| world.doctor(&[&["--aws-profile", "broken"], more].concat()), "noCredentials", "");
}

#[test]
fn a_single_sign_on_session_that_is_not_there() {
    let world = World::healthy();
    let config = "[profile sso]\nsso_session = work\nsso_account_id = 111122223333\nsso_role_name = dev\n\
        [sso-session work]\nsso_region = eu-west-1\nsso_start_url = https://work.awsapps.com/start\n";
    world.write(".aws/config", config);
    let run = |more: &[&str]| world.doctor(&[&["--aws-profile", "sso"], more].concat());
    unknown(run, "noCredentials", "");
    run(&[]).says(&["next: aws sso login --profile sso"]);
    // So does a profile whose role is assumed with the session.
    world.write(
        ".aws/config",
        &format!("{config}[profile role]\nsource_profile = sso\nrole_arn = arn:aws:iam::111122223333:role/x\n"),
    );
    world.doctor(&["--aws-profile", "role"]).says(&["next: aws sso login --profile sso"]);
}

#[test]
fn denied_by_aws_is_told_with_the_permission() {
    let world = World::healthy();
    world.aws.fault(Fault::on("eks:*", Kind::AccessDenied { message: None }));
    let document = unknown(doctor(&world), "denied", "eks:ListPodIdentityAssociations");
    let missing: Vec<&Value> = document["missingPermissions"].as_array().expect("a list").iter().collect();
    assert!(missing.iter().any(|one| one["permission"] == "eks:ListPodIdentityAssociations"), "{missing:#?}");
    assert!(missing.iter().all(|one| one["system"] == "aws"), "{missing:#?}");
}

#[test]
fn credentials_of_another_account_that_has_the_same_names() {
    let world = World::healthy();
    let run = |more: &[&str]| {
        let command = world.command(&[&["doctor", "api-7c9f"], more].concat());
        command.variable("AWS_ACCESS_KEY_ID", OTHER_ACCOUNT_KEY).run()
    };
    let document = unknown(run, "wrongAccount", "444455556666");
    assert_eq!(check(&document, "PID810")["status"], "unknown", "a role of the same name is not judged");
    assert!(world.aws.requests().iter().all(|request| request.operation != "GetRole"), "nor asked for");
}

#[test]
fn a_cluster_of_another_region_or_name_is_not_taken_for_a_missing_association() {
    let world = World::healthy();
    for (arguments, told) in [
        (["--region", "us-east-1"], "EKS knows no cluster prod"),
        (
            ["--eks-cluster", "prob"],
            "EKS knows no cluster prob in account 111122223333 and region eu-west-1; nearest: prod",
        ),
    ] {
        let run = |more: &[&str]| world.doctor(&[&arguments[..], more].concat());
        let document = run(&["-o", "json"]).ends_with(3).json();
        assert_eq!(causes(&document), Vec::<&str>::new(), "{document:#}");
        assert_eq!(check(&document, "PID210")["status"], "unknown", "{document:#}");
        let table = in_one_line(&run(&[]).stdout);
        assert!(table.contains(told), "{table}");
    }
}

#[test]
fn another_cluster_of_the_same_name_is_told_apart_by_its_certificates() {
    let world = World::healthy();
    super::verdicts::change_cluster(&world, |cluster| {
        cluster
            .describe
            .insert("certificateAuthority".into(), json!({ "data": base64_of(&world.kubernetes.authority) }));
    });
    let named = ["--eks-cluster", "prod", "--region", "eu-west-1"];
    // Whether the name was typed or guessed, what was read of another cluster says nothing about the pod.
    for named in [&named[..], &[]] {
        let document = world.doctor(&[named, &["-o", "json"]].concat()).ends_with(3).json();
        assert_eq!(causes(&document), Vec::<&str>::new());
        assert_eq!(document["summary"], "kubectl talks to another cluster than prod");
        for code in ["PID120", "PID210", "PID340"] {
            assert_eq!(check(&document, code)["status"], "unknown", "{code}");
            assert_eq!(check(&document, code)["gap"]["reason"], "otherCluster", "{code}");
        }
    }
}

fn base64_of(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

#[test]
fn a_cluster_that_is_not_eks() {
    let patch = json!({
        "cluster": "absent", "association": "absent", "associations": { "associations": [] },
        "version": { "gitVersion": "v1.34.1+k3s1" },
        "node": { "metadata": { "labels": { "eks.amazonaws.com/nodegroup": null } } },
    });
    let world = World::patched(&patch);
    let document = world.doctor(&["-o", "json"]).ends_with(1).json();
    assert_eq!(causes(&document), ["PID110"], "{document:#}");
    // Without the account in the context's name nothing says that the right account was asked.
    let document = world.doctor(&["-o", "json", "--no-aws"]).ends_with(3).json();
    assert_eq!(causes(&document), Vec::<&str>::new());
}

#[test]
fn an_endpoint_that_is_not_there() {
    let world = World::healthy();
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port");
    let run = |more: &[&str]| {
        let command = world.command(&[&["doctor", "api-7c9f"], more].concat());
        command.variable("AWS_ENDPOINT_URL", &format!("http://{free}")).run()
    };
    // One form only: the SDK asks again, and takes its time.
    let document = run(&["-o", "json"]).ends_with(3).json();
    let gap = &check(&document, "PID210")["gap"];
    assert_eq!(gap["reason"], "unreachable");
    assert!(gap["detail"].as_str().is_some_and(|detail| detail.contains("refused")), "{gap}");
}

#[test]
fn an_answer_without_end_is_not_held() {
    let world = World::healthy();
    world.aws.fault(Fault::on("eks:DescribeCluster", Kind::Huge { bytes: 9 << 20 }));
    let document = world.doctor(&["-o", "json"]).ends_with(3).json();
    let gap = &check(&document, "PID140")["gap"];
    assert_eq!(
        (&gap["reason"], &gap["detail"]),
        (&json!("malformed"), &json!("the answer is longer than 8 MiB")),
        "{gap}"
    );
}

#[test]
fn a_page_in_the_place_of_an_answer_is_told_as_such() {
    let world = World::healthy();
    world.aws.fault(Fault::on("*", Kind::Garbage));
    world.doctor(&[]).ends_with(3).says(&[
        "not checked: an answer of AWS could not be understood — HTTP 200 with a page that is none of the service's",
        "next: see what answers in the place of AWS, such as a proxy; -vv shows each request",
    ]);
    let world = World::healthy();
    world.aws.fault(Fault::on("*", Kind::Cut));
    world.doctor(&[]).ends_with(3).says(&["not checked: AWS unreachable — ", "this machine reach AWS"]);
}

#[test]
fn xml_that_was_cut_off_is_not_taken_for_a_shorter_list() {
    let cut = |operation: &str| Kind::Page {
        status: 200,
        content_type: "text/xml".to_owned(),
        body: format!("<{operation}Response xmlns=\"https://iam.amazonaws.com/doc/2010-05-08/\"><{operation}Result><"),
    };
    for operation in ["ListAttachedRolePolicies", "ListRolePolicies", "GetRole", "ListOpenIDConnectProviders"] {
        let world = World::healthy();
        world.aws.fault(Fault::on(&format!("iam:{operation}"), cut(operation)));
        let document = world.diagnosis(&[]);
        let checks = document["checks"].as_array().expect("checks");
        let failed: Vec<&Value> = checks.iter().filter(|check| check["status"] == "failed").collect();
        assert!(failed.is_empty(), "{operation}: {failed:#?}");
    }
}
