//! A small AWS of two accounts, and calls to it as signed requests look.

use std::io;

use podid_doubles::aws::{Server, State};
use serde_json::Value;

use super::client::{Ask, Reply};

pub type Outcome = Result<(), Box<dyn std::error::Error>>;

pub const STATE: &str = r#"
accessKeys:
  AKIADEV: {account: "111122223333", arn: "arn:aws:iam::111122223333:user/dev", userId: AIDADEV}
  AKIAREAD: {account: "111122223333", arn: "arn:aws:iam::111122223333:user/read", allowedActions: ["eks:Describe*"]}
  AKIABARRED: {account: "111122223333", arn: "arn:aws:iam::111122223333:user/barred", deniedActions: ["eks:List*"]}
  AKIAOTHER: {account: "444455556666", arn: "arn:aws:iam::444455556666:user/dev"}
  ASIAOLD: {account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/x/y", expired: true}
  ASIASESSION: {account: "111122223333", arn: "arn:aws:sts::111122223333:assumed-role/x/y", sessionToken: right}
accounts:
  "111122223333":
    regions:
      eu-west-1:
        clusters:
          prod:
            describe: {endpoint: "https://127.0.0.1:16443", platformVersion: eks.1, logging: null}
            addons: {eks-pod-identity-agent: {status: DEGRADED}}
            nodegroups: {workers: {nodeRole: "arn:aws:iam::111122223333:role/workers"}}
            associations:
            - {namespace: shop, serviceAccount: api, roleArn: "arn:aws:iam::111122223333:role/api",
               associationId: a-api, createdAt: "2026-11-20T14:00:00.250Z"}
      cn-north-1: {clusters: {prod: {}}}
    roles:
      api: {assumeRolePolicyDocument: {Statement: [{Effect: Allow, Action: "sts:*"}]}, roleId: AROAAPI}
      node: {assumeRolePolicyDocument: {}, path: /nodes/, allowedActions: ["ec2:*", "eks-auth:*"], deniedActions: ["ec2:Run*"]}
  "444455556666":
    regions: {eu-west-1: {clusters: {prod: {describe: {version: "1.31"}}}}}
"#;

/// Starts the played AWS.
pub fn start() -> io::Result<Server> {
    Server::start(State::read(STATE).map_err(io::Error::other)?)
}

/// Starts the played AWS with a role that trusts EKS Pod Identity.
pub fn start_trusting() -> io::Result<Server> {
    let aws = start()?;
    let policy = r#"{"Statement":[{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},"Action":["sts:AssumeRole","sts:TagSession"]}]}"#;
    let policy: Value = serde_json::from_str(policy)?;
    aws.change(|state| {
        let account = state.accounts.get_mut("111122223333");
        if let Some(role) = account.and_then(|account| account.roles.get_mut("api")) {
            role.assume_role_policy_document = policy;
        }
    })?;
    Ok(aws)
}

/// Who calls, and for which region.
#[derive(Clone, Copy)]
pub struct Caller<'a> {
    pub key: &'a str,
    pub region: &'a str,
    pub token: &'a str,
}

pub const DEV: Caller<'static> = Caller { key: "AKIADEV", region: "eu-west-1", token: "" };

impl Caller<'_> {
    /// Calls EKS.
    pub fn eks(&self, aws: &Server, method: &str, target: &str, body: &str) -> io::Result<Reply> {
        self.ask(aws, "eks", &Ask { method, target, headers: &[], body })
    }

    /// Calls IAM with a form.
    pub fn iam(&self, aws: &Server, form: &str) -> io::Result<Reply> {
        self.form(aws, "iam", &format!("Version=2010-05-08&{form}"))
    }

    /// Calls STS with a form.
    pub fn sts(&self, aws: &Server, form: &str) -> io::Result<Reply> {
        self.form(aws, "sts", &format!("Version=2011-06-15&{form}"))
    }

    fn form(&self, aws: &Server, service: &str, body: &str) -> io::Result<Reply> {
        self.ask(aws, service, &Ask { method: "POST", target: "/", headers: &[], body })
    }

    fn ask(&self, aws: &Server, service: &str, ask: &Ask<'_>) -> io::Result<Reply> {
        let scope = format!("{}/20261121/{}/{service}/aws4_request", self.key, self.region);
        let signature = format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0");
        let headers = [("authorization", signature.as_str()), ("x-amz-security-token", self.token)];
        Ask { headers: &headers, ..*ask }.plain(&address(aws))
    }
}

/// Uses the controls over HTTP.
pub fn control(aws: &Server, method: &str, path: &str, body: &str) -> io::Result<Reply> {
    Ask { method, target: &format!("/_control/{path}"), headers: &[], body }.plain(&address(aws))
}

pub fn address(aws: &Server) -> String {
    aws.url().trim_start_matches("http://").to_owned()
}
