//! The played AWS answers the real AWS CLI, for each call the plugin makes.
//!
//! `AWSCLI=/path/to/aws cargo test -p podid-doubles --test awscli`. Written against the Python package
//! `awscli` 1.46.2; any later one should do.

use std::io::Write;
use std::net::TcpStream;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use podid_doubles::aws::{Fault, Kind, Server, State};
use serde_json::{Value, json};

type Outcome = Result<(), Box<dyn std::error::Error>>;

const STATE: &str = r#"
accessKeys:
  AKIADEV: {account: "111122223333", arn: "arn:aws:iam::111122223333:user/dev", userId: AIDADEV}
  AKIAREAD: {account: "111122223333", arn: "arn:aws:iam::111122223333:user/read", allowedActions: ["eks:DescribeCluster"]}
  ASIAOLD: {account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/x/y", expired: true}
accounts:
  "111122223333":
    regions:
      eu-west-1:
        clusters:
          prod:
            addons: {eks-pod-identity-agent: {}}
            nodegroups: {workers: {}}
            associations:
            - {namespace: shop, serviceAccount: api, roleArn: "arn:aws:iam::111122223333:role/api",
               associationId: a-api, createdAt: "2026-11-20T14:00:00.250Z"}
    roles:
      api: {assumeRolePolicyDocument: {Version: "2012-10-17", Statement: [{Effect: Allow, Action: "sts:*"}]}}
      node: {assumeRolePolicyDocument: {}, allowedActions: ["eks-auth:*"]}
"#;

struct Cli {
    aws: Server,
    program: String,
}

impl Cli {
    fn new() -> Result<Cli, Box<dyn std::error::Error>> {
        let program = std::env::var("AWSCLI").map_err(|_| {
            "the variable AWSCLI must name the AWS CLI; to have it: python3 -m venv DIR && DIR/bin/pip install awscli==1.46.2, \
             then AWSCLI=DIR/bin/aws"
        })?;
        Ok(Cli { aws: Server::start(State::read(STATE)?)?, program })
    }

    /// Runs the CLI with an access key and nothing else of this machine's.
    fn run(&self, access_key: &str, line: &str) -> std::io::Result<Output> {
        let mut command = Command::new(&self.program);
        command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path)));
        command.envs([
            ("AWS_ENDPOINT_URL", self.aws.url().as_str()),
            ("AWS_ACCESS_KEY_ID", access_key),
            ("AWS_SECRET_ACCESS_KEY", "secret"),
            ("AWS_DEFAULT_REGION", "eu-west-1"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_CONFIG_FILE", "/nonexistent"),
            ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
            ("AWS_MAX_ATTEMPTS", "1"),
            ("AWS_PAGER", ""),
        ]);
        command.args(["--output", "json"]).args(line.split(' ')).output()
    }

    /// Gives what the CLI prints, as JSON.
    fn json(&self, line: &str) -> Result<Value, Box<dyn std::error::Error>> {
        let output = self.run("AKIADEV", line)?;
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "aws {line}: {error}");
        Ok(if output.stdout.is_empty() { Value::Null } else { serde_json::from_slice(&output.stdout)? })
    }

    /// Gives the CLI's complaint.
    fn complaint(&self, access_key: &str, line: &str) -> std::io::Result<String> {
        let output = self.run(access_key, line)?;
        assert!(!output.status.success(), "aws {line} as {access_key} succeeded");
        Ok(String::from_utf8_lossy(&output.stderr).trim().to_owned())
    }
}

#[test]
fn eks_is_read() -> Outcome {
    let cli = Cli::new()?;
    let cluster = cli.json("eks describe-cluster --name prod")?["cluster"].take();
    assert_eq!(cluster["arn"], "arn:aws:eks:eu-west-1:111122223333:cluster/prod");
    assert_eq!((&cluster["status"], &cluster["createdAt"]), (&json!("ACTIVE"), &json!(1_704_067_200.0)));
    assert_eq!(cli.json("eks list-clusters")?, json!({ "clusters": ["prod"] }));
    let list = "eks list-pod-identity-associations --cluster-name prod";
    let listed = cli.json(&format!("{list} --namespace shop --service-account api"))?["associations"].take();
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["associationId"]), (Some(1), &json!("a-api")));
    let described = cli.json("eks describe-pod-identity-association --cluster-name prod --association-id a-api")?;
    assert_eq!(described["association"]["roleArn"], "arn:aws:iam::111122223333:role/api");
    assert_eq!(described["association"]["createdAt"], json!(1_795_183_200.25));
    let addon = cli.json("eks describe-addon --cluster-name prod --addon-name eks-pod-identity-agent")?;
    assert_eq!((&addon["addon"]["status"], &addon["addon"]["health"]["issues"]), (&json!("ACTIVE"), &json!([])));
    assert_eq!(cli.json("eks list-addons --cluster-name prod")?, json!({ "addons": ["eks-pod-identity-agent"] }));
    let group = cli.json("eks describe-nodegroup --cluster-name prod --nodegroup-name workers")?;
    assert_eq!(group["nodegroup"]["nodeRole"], "arn:aws:iam::111122223333:role/node");
    Ok(())
}

#[test]
fn all_pages_are_read() -> Outcome {
    let cli = Cli::new()?;
    cli.aws.change(|state| {
        let Some(cluster) = state.cluster_mut("111122223333", "eu-west-1", "prod") else { return };
        for number in 0..150 {
            let mut more = cluster.associations[0].clone();
            (more.service_account, more.association_id) = (format!("sa-{number}"), String::new());
            cluster.associations.push(more);
        }
    })?;
    let all = cli.json("eks list-pod-identity-associations --cluster-name prod")?;
    assert_eq!(all["associations"].as_array().map(Vec::len), Some(151));
    assert_eq!(cli.aws.requests().len(), 2, "two pages");
    Ok(())
}

#[test]
fn the_event_history_is_read() -> Outcome {
    let cli = Cli::new()?;
    let event = |number: u32| {
        json!({ "eventTime": format!("2026-11-20T14:{:02}:{:02}Z", number / 60, number % 60), "eventName": "UpdateAssumeRolePolicy",
            "awsRegion": "eu-west-1", "eventSource": "iam.amazonaws.com", "eventID": format!("e-{number}"),
            "userIdentity": { "arn": "arn:aws:iam::111122223333:user/jan" }, "requestParameters": { "roleName": "api" } })
    };
    cli.aws.change(|state| state.trail = Some((0..60).map(event).collect()))?;
    let lookup = "cloudtrail lookup-events --start-time 2026-11-20T14:00:10Z --lookup-attributes";
    let found = cli.json(&format!("{lookup} AttributeKey=EventName,AttributeValue=UpdateAssumeRolePolicy"))?;
    assert_eq!(found["Events"].as_array().map(Vec::len), Some(50), "from the tenth on, in as many pages as it takes");
    assert_eq!((&found["Events"][0]["EventId"], &found["Events"][0]["Username"]), (&json!("e-59"), &json!("jan")));
    let none = cli.json(&format!("{lookup} AttributeKey=Username,AttributeValue=nobody"))?;
    assert_eq!(none["Events"], json!([]));
    cli.aws.fault(Fault::on("cloudtrail:LookupEvents", Kind::Throttled));
    let line = format!("{lookup} AttributeKey=Username,AttributeValue=jan");
    assert!(cli.complaint("AKIADEV", &line)?.contains("(ThrottlingException)"));
    Ok(())
}

#[test]
fn eks_is_changed() -> Outcome {
    let cli = Cli::new()?;
    let create = "eks create-pod-identity-association --cluster-name prod --namespace shop --service-account web \
                  --role-arn arn:aws:iam::111122223333:role/web --tags team=shop";
    let made = cli.json(create)?["association"].take();
    assert_eq!((&made["serviceAccount"], &made["tags"]), (&json!("web"), &json!({ "team": "shop" })));
    assert!(cli.complaint("AKIADEV", create)?.contains("(ResourceInUseException)"));
    let one = format!("--cluster-name prod --association-id {}", made["associationId"].as_str().unwrap_or_default());
    let update = format!("eks update-pod-identity-association {one} --role-arn arn:aws:iam::111122223333:role/new");
    assert_eq!(cli.json(&update)?["association"]["roleArn"], "arn:aws:iam::111122223333:role/new");
    assert_eq!(cli.json(&format!("eks delete-pod-identity-association {one}"))?["association"]["namespace"], "shop");
    assert!(cli.complaint("AKIADEV", &update)?.contains("(ResourceNotFoundException)"));
    Ok(())
}

#[test]
fn iam_is_read_and_changed() -> Outcome {
    let cli = Cli::new()?;
    let role = cli.json("iam get-role --role-name api")?["Role"].take();
    assert_eq!(role["Arn"], "arn:aws:iam::111122223333:role/api");
    assert_eq!(role["AssumeRolePolicyDocument"]["Statement"][0]["Action"], "sts:*");
    let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny"}]}"#;
    let made = cli.json(&format!("iam create-role --role-name new --assume-role-policy-document {policy}"))?;
    assert_eq!(made["Role"]["RoleName"], "new");
    let changed = policy.replace("Deny", "Allow");
    cli.json(&format!("iam update-assume-role-policy --role-name new --policy-document {changed}"))?;
    let read = cli.json("iam get-role --role-name new")?;
    assert_eq!(read["Role"]["AssumeRolePolicyDocument"]["Statement"][0]["Effect"], "Allow");
    cli.json("iam delete-role --role-name new")?;
    let simulate =
        "iam simulate-principal-policy --policy-source-arn arn:aws:iam::111122223333:role/node --action-names";
    let results = cli.json(&format!("{simulate} eks-auth:AssumeRoleForPodIdentity s3:GetObject"))?;
    let decisions: Vec<&Value> =
        results["EvaluationResults"].as_array().into_iter().flatten().map(|result| &result["EvalDecision"]).collect();
    assert_eq!(decisions, ["allowed", "implicitDeny"]);
    Ok(())
}

#[test]
fn sts_says_who_is_calling() -> Outcome {
    let cli = Cli::new()?;
    let caller = cli.json("sts get-caller-identity")?;
    let expected =
        json!({ "UserId": "AIDADEV", "Account": "111122223333", "Arn": "arn:aws:iam::111122223333:user/dev" });
    assert_eq!(caller, expected);
    let assume = "sts assume-role --role-arn arn:aws:iam::111122223333:role/api --role-session-name me";
    let assumed = cli.json(assume)?;
    assert_eq!(assumed["AssumedRoleUser"]["Arn"], "arn:aws:sts::111122223333:assumed-role/api/me");
    assert!(assumed["Credentials"]["Expiration"].is_string());
    Ok(())
}

#[test]
fn an_eks_token_is_a_call_that_is_answered() -> Outcome {
    let cli = Cli::new()?;
    let token = cli.json("eks get-token --cluster-name prod")?["status"]["token"].take();
    let encoded = token.as_str().and_then(|token| token.strip_prefix("k8s-aws-v1.")).ok_or("no token")?;
    let url = String::from_utf8(URL_SAFE_NO_PAD.decode(encoded)?)?;
    let query = url.split_once('?').map(|(_, query)| query).ok_or("no query")?;
    let address = cli.aws.url().replace("http://", "");
    let mut stream = TcpStream::connect(&address)?;
    write!(stream, "GET /?{query} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let answer = std::io::read_to_string(stream)?;
    assert!(answer.contains("<Arn>arn:aws:iam::111122223333:user/dev</Arn>"), "{answer}");
    Ok(())
}

#[test]
fn errors_are_understood() -> Outcome {
    let cli = Cli::new()?;
    let (eks, iam, sts) = (
        "eks list-pod-identity-associations --cluster-name prod",
        "iam get-role --role-name api",
        "sts get-caller-identity",
    );
    for (access_key, line, error) in [
        ("AKIADEV", "eks describe-cluster --name gone", "(ResourceNotFoundException)"),
        (
            "AKIADEV",
            "eks describe-addon --cluster-name prod --addon-name gone",
            "No addon: gone found in cluster: prod",
        ),
        ("AKIADEV", "iam get-role --role-name gone", "(NoSuchEntity)"),
        ("AKIAREAD", eks, "(AccessDeniedException)"),
        ("AKIAREAD", eks, "is not authorized to perform: eks:ListPodIdentityAssociations on resource: arn:aws:eks:"),
        ("AKIAREAD", iam, "(AccessDenied)"),
        ("ASIAOLD", eks, "(ExpiredTokenException)"),
        ("ASIAOLD", iam, "(ExpiredToken)"),
        ("ASIAOLD", sts, "(ExpiredToken)"),
        ("AKIANOBODY", eks, "(UnrecognizedClientException)"),
        ("AKIANOBODY", iam, "(InvalidClientTokenId)"),
        ("AKIANOBODY", sts, "(InvalidClientTokenId)"),
    ] {
        let complaint = cli.complaint(access_key, line)?;
        assert!(complaint.contains(error), "{access_key} {line}: {complaint}");
    }
    cli.aws.fault(Fault::on("*", Kind::Throttled));
    assert!(cli.complaint("AKIADEV", eks)?.contains("(ThrottlingException)"));
    assert!(cli.complaint("AKIADEV", iam)?.contains("(Throttling)"));
    Ok(())
}
