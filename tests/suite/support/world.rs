//! A world to run the binary in: a played Kubernetes API, a played AWS, a home with a kubeconfig, all made from evidence.

mod amazon;
mod cluster;

use std::path::{Path, PathBuf};
use std::time::Duration;

use podid_doubles::aws;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::case::{self, merge};
use super::kubernetes::Kubernetes;
use super::run::{Command, Run};

/// What must never come out, wherever it goes in.
pub const SECRET: &str = "MARKED-SECRET";
/// The bearer token of the kubeconfig.
pub const TOKEN: &str = "MARKED-SECRET-bearer-token";
/// The access key that all rights of the account belong to.
pub const ACCESS_KEY: &str = "AKIAHEALTHY";
/// The access key of another account with a cluster and a role of the same names.
pub const OTHER_ACCOUNT_KEY: &str = "AKIAOTHER";
/// The context of the kubeconfig.
pub const CONTEXT: &str = "arn:aws:eks:eu-west-1:111122223333:cluster/prod";
/// The healthy pod.
pub const POD: &str = "/api/v1/namespaces/shop/pods/api-7c9f";

/// Two servers and a home; all end when this is dropped.
pub struct World {
    /// The Kubernetes API.
    pub kubernetes: Kubernetes,
    /// EKS, IAM and STS.
    pub aws: aws::Server,
    home: TempDir,
}

impl World {
    /// The world of the healthy pod, on a node whose agent was answered within the hour.
    pub fn healthy() -> Self {
        Self::patched(&json!({ "agentLog": { "node": { "lastFetched": "2026-11-20T13:50:00Z" } } }))
    }

    /// The same, and the agent's log does not show that EKS Auth answers it.
    pub fn unproven() -> Self {
        Self::of(&case::healthy())
    }

    /// The healthy world, changed by a merge patch over its evidence.
    pub fn patched(patch: &Value) -> Self {
        let mut evidence = case::healthy();
        merge(&mut evidence, patch);
        Self::of(&evidence)
    }

    /// The world that this evidence is of.
    pub fn of(evidence: &Value) -> Self {
        let kubernetes = Kubernetes::start(cluster::objects(evidence), &cluster::date(evidence), TOKEN);
        let aws = aws::Server::start(amazon::state(evidence)).expect("a free port");
        let home = tempfile::tempdir().expect("a directory");
        let world = Self { kubernetes, aws, home };
        world.write("kubeconfig", &world.kubeconfig().to_string());
        world
    }

    /// Makes each answer of both servers come so much later.
    pub fn set_latency(&self, latency: Duration) {
        self.kubernetes.set_latency(latency);
        self.aws.set_latency(latency);
    }

    /// A kubeconfig for the API; tests change it and write it again.
    pub fn kubeconfig(&self) -> Value {
        use base64::Engine as _;
        let authority = base64::engine::general_purpose::STANDARD.encode(&self.kubernetes.authority);
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": CONTEXT,
            "contexts": [{ "name": CONTEXT, "context": { "cluster": CONTEXT, "user": CONTEXT, "namespace": "shop" } }],
            "clusters": [{ "name": CONTEXT, "cluster": {
                "server": self.kubernetes.url(), "certificate-authority-data": authority } }],
            "users": [{ "name": CONTEXT, "user": { "token": TOKEN } }],
        })
    }

    /// Changes the kubeconfig by a function and writes it.
    pub fn configure(&self, change: impl FnOnce(&mut Value)) {
        let mut kubeconfig = self.kubeconfig();
        change(&mut kubeconfig);
        self.write("kubeconfig", &kubeconfig.to_string());
    }

    /// Gives the kubeconfig a user with this exec entry instead of the token.
    pub fn log_in_by(&self, exec: &Value) {
        self.configure(|kubeconfig| kubeconfig["users"][0]["user"] = json!({ "exec": exec }));
    }

    /// A path in the home of this world.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// The same, as text for the command line.
    pub fn argument(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    /// Writes a file into the home of this world.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("/"))).expect("a directory");
        std::fs::write(path, text).expect("a file");
    }

    /// Reads a file of the home of this world.
    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).expect("a file")
    }

    /// The binary in this world, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        Command::new(self.home.path(), arguments)
            .variable("KUBECONFIG", &self.argument("kubeconfig"))
            .variable("AWS_ENDPOINT_URL", &self.aws.url())
            .variable("AWS_ACCESS_KEY_ID", ACCESS_KEY)
            .variable("AWS_SECRET_ACCESS_KEY", &format!("{SECRET}-access-key"))
    }

    /// Runs the binary in this world.
    pub fn run(&self, arguments: &[&str]) -> Run {
        self.command(arguments).run()
    }

    /// Runs `doctor POD` with more arguments.
    pub fn doctor(&self, more: &[&str]) -> Run {
        self.run(&[&["doctor", "api-7c9f"], more].concat())
    }

    /// Runs `doctor POD -o json` with more arguments, and reads the document.
    pub fn diagnosis(&self, more: &[&str]) -> Value {
        self.doctor(&[&["-o", "json"], more].concat()).json()
    }
}

/// A check of a diagnosis, by its code.
pub fn check<'a>(diagnosis: &'a Value, code: &str) -> &'a Value {
    let checks = diagnosis["checks"].as_array().expect("checks");
    checks.iter().find(|check| check["code"] == code).unwrap_or_else(|| panic!("there is no {code}"))
}

/// The codes of the causes of a diagnosis.
pub fn causes(diagnosis: &Value) -> Vec<&str> {
    let causes = diagnosis["causes"].as_array().expect("causes");
    causes.iter().map(|cause| cause["code"].as_str().expect("a code")).collect()
}
