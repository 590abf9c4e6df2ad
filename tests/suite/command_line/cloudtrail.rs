//! `doctor --cloudtrail`: what AWS recorded of the pod as proof, what it refused, and who changed what.

use podid_doubles::aws::{Fault, Kind as AwsKind};
use serde_json::{Value, json};

use crate::support::kubernetes::Kind;
use crate::support::run::Run;

use crate::support::world::{World, check};

const UID: &str = "5f0c1d7e-8f4e-4d7e-9f3a-2b1c0d9e8f7a";
const CLUSTER: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
const ROLE: &str = "arn:aws:iam::111122223333:role/api";
const INSTANCE: &str = "i-0123456789abcdef0";

/// A pod of which no log can be read, as on a node of Auto Mode.
fn unseen() -> World {
    let world = World::unproven();
    world.kubernetes.fault("/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-4k2mz/log", Kind::Forbidden);
    world
}

fn record(world: &World, records: Vec<Value>) {
    world.aws.change(|state| state.trail.get_or_insert_with(Vec::new).extend(records)).expect("a change");
}

/// The record of a session that EKS got for a pod, and of the call by a node before it.
fn session(time: &str, uid: &str, role: &str) -> Value {
    json!({
        "eventTime": time, "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole", "awsRegion": "eu-west-1",
        "userIdentity": { "type": "AWSService", "invokedBy": "pods.eks.amazonaws.com" },
        "requestParameters": { "roleArn": ROLE, "tags": [
            { "key": "eks-cluster-arn", "value": CLUSTER }, { "key": "kubernetes-pod-uid", "value": uid } ] },
        "responseElements": { "assumedRoleUser": { "arn": format!("arn:aws:sts::111122223333:assumed-role/{role}/eks-prod-x") },
            "credentials": { "accessKeyId": "MARKED-SECRET-key", "sessionToken": "MARKED-SECRET-session" } },
        "resources": [{ "ARN": ROLE, "type": "AWS::IAM::Role" }],
    })
}

fn call(time: &str, error: Option<(&str, &str)>) -> Value {
    let mut record = json!({
        "eventTime": time, "eventSource": "eks-auth.amazonaws.com", "eventName": "AssumeRoleForPodIdentity",
        "awsRegion": "eu-west-1", "requestParameters": { "clusterName": "prod", "token": "HIDDEN_DUE_TO_SECURITY_REASONS" },
        "userIdentity": { "type": "AssumedRole", "arn": format!("arn:aws:sts::111122223333:assumed-role/node/{INSTANCE}") },
        "responseElements": null,
    });
    if let Some((code, message)) = error {
        record["errorCode"] = json!(code);
        record["errorMessage"] = json!(message);
    }
    record
}

/// Somebody of single sign-on, whose role has a name that is longer than a secret key.
const CALLER: &str =
    "arn:aws:sts::111122223333:assumed-role/AWSReservedSSO_AdministratorAccess_0123456789abcdef/jan@example.com";

fn changed(time: &str, name: &str, parameters: &Value, region: &str) -> Value {
    json!({ "eventTime": time, "eventName": name, "awsRegion": region, "requestParameters": parameters,
        "userIdentity": { "type": "AssumedRole", "arn": CALLER } })
}

fn trail(world: &World, more: &[&str]) -> Run {
    world.run(&[&["doctor", "api-7c9f", "--cloudtrail"], more].concat())
}

fn found(world: &World) -> Value {
    check(&trail(world, &["-o", "json"]).json(), "PID980").clone()
}

#[test]
fn a_recorded_session_is_told_and_settles_nothing() {
    let world = unseen();
    record(&world, vec![session("2026-11-20T14:00:00Z", UID, "api"), call("2026-11-20T14:00:01Z", None)]);
    let run = trail(&world, &[]).ends_with(0);
    // Whoever has a token of the pod makes such a session: nobody saw the pod itself get it.
    run.says(&["CloudTrail 2026-11-20 14:00: EKS assumed role api for this pod", "nobody saw it work"]);
    let run = trail(&world, &["-o", "json", "--save", "-"]);
    assert!(!run.stdout.contains("MARKED-SECRET"), "no credentials of a record are kept");
    // What may have been changed since, and comes late, is not excused.
    world.aws.fault(Fault::on("iam:GetRole", AwsKind::AccessDenied { message: None }));
    trail(&world, &[]).ends_with(3);
    // The session of another pod is none.
    let world = unseen();
    record(&world, vec![session("2026-11-20T14:00:00Z", "another", "api")]);
    trail(&world, &[]).says(&["no session of the associated role for this pod since 2026-11-20 02:07"]);
}

#[test]
fn a_refusal_of_the_node_is_quoted() {
    let world = unseen();
    let message = "Unauthorized Exception! EKS does not have permissions to assume the associated role.";
    record(&world, vec![call("2026-11-20T14:00:00Z", Some(("AccessDenied", message)))]);
    let refused =
        "eks-auth:AssumeRoleForPodIdentity was refused to the agent of the node, for this pod or another: AccessDenied";
    trail(&world, &[]).ends_with(0).says(&[refused]);
    // That AWS was busy is no refusal.
    let world = unseen();
    record(&world, vec![call("2026-11-20T14:00:00Z", Some(("ThrottlingException", "Rate exceeded")))]);
    assert!(!trail(&world, &[]).stdout.contains("was refused"));
}

#[test]
fn what_aws_refused_to_the_pod_is_told() {
    let world = unseen();
    let refused = |name: &str, code: &str, message: &str| {
        json!({
            "eventTime": "2026-11-20T14:02:00Z", "eventSource": "dynamodb.amazonaws.com", "eventName": name,
            "awsRegion": "eu-west-1", "errorCode": code, "errorMessage": message,
            "userIdentity": { "type": "AssumedRole", "arn": "arn:aws:sts::111122223333:assumed-role/api/eks-prod-x" },
        })
    };
    let told = "User: arn:aws:sts::111122223333:assumed-role/api/eks-prod-x is not authorized to perform: dynamodb:DescribeTable";
    let all = [
        session("2026-11-20T14:00:00Z", UID, "api"),
        refused("DescribeTable", "AccessDenied", told),
        refused("ListTables", "ThrottlingException", "Rate exceeded"),
        refused("DescribeBackup", "BackupNotFoundException", "Backup payroll-orders not found"),
        refused("DescribeLimits", "Client.DryRunOperation", "Request would have succeeded"),
    ];
    record(&world, all.to_vec());
    let run =
        trail(&world, &[]).says(&["dynamodb:DescribeTable was refused to this pod: AccessDenied: User: arn:aws:sts"]);
    for other in ["ListTables", "payroll-orders", "DescribeLimits"] {
        assert!(!run.stdout.contains(other), "{run:?}");
    }
}

#[test]
fn who_changed_the_trust_is_named() {
    let world = unseen();
    let change =
        |name: &str, parameters: Value, region: &str| changed("2026-11-20T13:30:00Z", name, &parameters, region);
    // IAM records in its one region, whatever the cluster's is.
    record(
        &world,
        vec![
            change("UpdateAssumeRolePolicy", json!({ "roleName": "api" }), "us-east-1"),
            change("UpdateAssumeRolePolicy", json!({ "roleName": "another" }), "us-east-1"),
        ],
    );
    let own = found(&world);
    assert_eq!((&own["status"], &own["findings"][0]["severity"]), (&json!("failed"), &json!("note")), "{own:#}");
    let words = format!("2026-11-20 13:30 UpdateAssumeRolePolicy by {CALLER}");
    assert_eq!(own["findings"][0]["found"], words, "one change, of this role: {own:#}");
    let redacted = world.run(&["doctor", "api-7c9f", "--cloudtrail", "--redact", "all", "--save", "-"]);
    for secret in ["111122223333", "jan@", "AdministratorAccess"] {
        assert!(!redacted.stdout.contains(secret), "{redacted:?}");
    }
    // The same names in another cluster, and an association that is gone.
    let world = unseen();
    super::verdicts::without_association(&world);
    let gone = |cluster: &str| {
        json!({ "eventTime": "2026-11-20T13:40:00Z", "eventName": "DeletePodIdentityAssociation", "awsRegion": "eu-west-1",
            "requestParameters": { "clusterName": cluster, "associationId": "a-gone" },
            "responseElements": { "association": { "clusterName": cluster, "namespace": "shop", "serviceAccount": "api" } },
            "userIdentity": { "type": "IAMUser", "arn": "arn:aws:iam::111122223333:user/jo" } })
    };
    record(&world, vec![gone("staging")]);
    assert_eq!(found(&world)["findings"], json!([]));
    record(&world, vec![gone("prod")]);
    let own = found(&world);
    assert!(own.to_string().contains("user/jo"), "who deleted it is the question: {own:#}");
}

#[test]
fn many_pods_share_their_questions() {
    let world = unseen();
    record(&world, vec![session("2026-11-20T14:00:00Z", UID, "api")]);
    for name in ["api-a", "api-b", "api-c"] {
        super::list::add_pod(&world, name, |pod| pod["metadata"]["uid"] = json!(format!("uid-of-{name}")));
    }
    world.run(&["doctor", "-l", "app=api", "--cloudtrail", "-o", "json"]);
    let asked = world.aws.requests().into_iter().filter(|request| request.operation == "LookupEvents").count();
    assert!(asked <= 9, "{asked} requests");
}

#[test]
fn what_cannot_be_asked_is_said() {
    let world = unseen();
    world.aws.fault(Fault::on("cloudtrail:LookupEvents", AwsKind::AccessDenied { message: None }));
    let run = trail(&world, &["-o", "json"]).ends_with(3).json();
    assert_eq!(check(&run, "PID980")["gap"]["permission"], "cloudtrail:LookupEvents", "{:#}", check(&run, "PID980"));
    trail(&world, &[]).ends_with(3).says(&["--cloudtrail could not be done", "cloudtrail:LookupEvents"]);
    for kind in [AwsKind::Garbage, AwsKind::Cut] {
        let world = unseen();
        world.aws.fault(Fault::on("cloudtrail:LookupEvents", kind));
        assert_eq!(found(&world)["status"], "unknown");
    }
    // One that others in the account were faster than is sent again.
    let throttled = unseen();
    throttled.aws.fault(Fault { times: Some(1), ..Fault::on("cloudtrail:LookupEvents", AwsKind::Throttled) });
    assert_eq!(found(&throttled)["status"], "passed");
    trail(&world, &["--no-aws"]).ends_with(2).warns(&["--no-aws leaves it out"]);
    world.run(&["doctor", "api-7c9f", "--cloudtrail=soon"]).ends_with(2);
    world.run(&["doctor", "api-7c9f", "--cloudtrail=91d"]).ends_with(2).warns(&["at most 90d"]);
    let plan = trail(&world, &["--plan"]).ends_with(0).stdout;
    assert!(plan.contains("cloudtrail:LookupEvents"), "{plan}");
    // Nobody asks unless told to.
    let quiet = World::healthy();
    quiet.run(&["doctor", "api-7c9f"]).ends_with(0);
    assert!(quiet.aws.requests().iter().all(|request| request.operation != "LookupEvents"));
}

#[test]
fn changes_beyond_the_pages_that_are_read_are_not_known() {
    let world = unseen();
    let others = (0..260).map(|at| {
        let time = format!("2026-11-20T13:{:02}:{:02}Z", at / 60, at % 60);
        changed(&time, "CreateRole", &json!({ "roleName": format!("role-{at}") }), "us-east-1")
    });
    record(&world, others.collect());
    let own = found(&world);
    assert_eq!(own["status"], "unknown", "{own:#}");
    assert!(
        own["gap"]["detail"].as_str().is_some_and(|words| words.contains("only since 2026-11-20 13:01")),
        "{own:#}"
    );
}

#[test]
fn few_pages_are_read_and_the_rest_is_said() {
    let world = unseen();
    let others = (0..260).map(|at| session(&format!("2026-11-20T13:{:02}:{:02}Z", at / 60, at % 60), "another", "api"));
    record(&world, others.collect());
    trail(&world, &[]).says(&["no session of the associated role for this pod since 2026-11-20 13:01"]);
    let asked = world.aws.requests().into_iter().filter(|request| request.operation == "LookupEvents").count();
    assert!(asked <= 3 + 8, "{asked} requests");
}
