//! The played AWS: its own API for associations, its controls for everything else.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};

use http::Request;
use jiff::{Timestamp, ToSpan};
use podid_doubles::aws::Recorded;
use serde_json::{Value, json};

use super::api::{Api, merged};

/// The account of the cluster.
pub const ACCOUNT: &str = "111122223333";
/// The region of the cluster.
pub const REGION: &str = "eu-west-1";
/// The cluster's name in EKS.
pub const CLUSTER: &str = "prod";

// The list of associations can only be replaced as a whole.
static ASSOCIATIONS: Mutex<()> = Mutex::new(());
static KEYS: AtomicU32 = AtomicU32::new(0);

/// The played AWS, and an access key that only one test uses.
pub struct Amazon {
    api: Api,
    /// The access key id.
    pub key: String,
}

impl Amazon {
    /// Makes an administrator's access key in the cluster's account.
    pub fn new() -> Self {
        let api = Api::plain(&std::env::var("AWS_ENDPOINT_URL").expect("run by scripts/cluster test"));
        let key = format!("AKIA{:08}{:08}", std::process::id(), KEYS.fetch_add(1, Ordering::Relaxed));
        let amazon = Self { api, key };
        // The principal that the cluster's access entries know.
        amazon.change_key(json!({ "account": ACCOUNT, "arn": format!("arn:aws:iam::{ACCOUNT}:user/admin") }));
        amazon
    }

    /// Changes whose the access key is and what it may do.
    pub fn change_key(&self, key: Value) {
        self.change(json!({ "accessKeys": { &self.key: key } }));
    }

    /// Changes the played world by a merge patch.
    pub fn change(&self, patch: Value) {
        self.api.patch("/_control/state", &patch);
    }

    /// Changes the cluster by a merge patch.
    pub fn change_cluster(&self, patch: Value) {
        self.change(json!({ "accounts": { ACCOUNT: { "regions": { REGION: { "clusters": { CLUSTER: patch } } } } } }));
    }

    /// Makes a role with a trust policy, or replaces it, and gives its ARN.
    pub fn role(&self, name: &str, trust: Value) -> String {
        self.change(json!({ "accounts": { ACCOUNT: { "roles": { name: { "assumeRolePolicyDocument": trust } } } } }));
        format!("arn:aws:iam::{ACCOUNT}:role/{name}")
    }

    /// Takes a role away.
    pub fn remove_role(&self, name: &str) {
        self.change(json!({ "accounts": { ACCOUNT: { "roles": { name: null } } } }));
    }

    /// Makes an association as `aws eks create-pod-identity-association` does, and gives its id.
    pub fn associate(&self, namespace: &str, service_account: &str, role_arn: &str) -> String {
        self.associate_with(namespace, service_account, role_arn, json!({}))
    }

    /// The same with further parameters.
    pub fn associate_with(&self, namespace: &str, service_account: &str, role_arn: &str, more: Value) -> String {
        let body = json!({ "namespace": namespace, "serviceAccount": service_account, "roleArn": role_arn });
        let body = merged(body, more);
        let answer = self.call("POST", "", &body);
        answer["association"]["associationId"].as_str().expect("an id").to_owned()
    }

    /// Deletes an association as `aws eks delete-pod-identity-association` does.
    pub fn dissociate(&self, id: &str) {
        self.call("DELETE", &format!("/{id}"), &Value::Null);
    }

    /// Gives the ids of the associations of a namespace.
    pub fn associations(&self, namespace: &str) -> Vec<String> {
        let all = self.call("GET", &format!("?namespace={namespace}"), &Value::Null);
        let all = all["associations"].as_array().expect("a list");
        all.iter().filter_map(|one| Some(one["associationId"].as_str()?.to_owned())).collect()
    }

    /// Calls EKS about associations with the administrator's own access key.
    fn call(&self, method: &str, rest: &str, body: &Value) -> Value {
        let _alone = ASSOCIATIONS.lock().unwrap_or_else(PoisonError::into_inner);
        let path = format!("/clusters/{CLUSTER}/pod-identity-associations{rest}");
        let scope = format!("AKIAIOSFODNN7EXAMPLE/20261121/{REGION}/eks/aws4_request");
        let request = Request::builder()
            .method(method)
            .uri(&path)
            .header("content-type", "application/json")
            .header("authorization", format!("AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"))
            .body(if body.is_null() { Vec::new() } else { body.to_string().into_bytes() })
            .expect("a request");
        self.api.send(request).unwrap_or_else(|(_, error)| panic!("{method} {path}: {error}"))
    }

    /// Lets an association be an hour old: long in the webhook's file.
    pub fn age(&self, id: &str) {
        let _alone = ASSOCIATIONS.lock().unwrap_or_else(PoisonError::into_inner);
        let state = self.api.get("/_control/state");
        let mut all = state["accounts"][ACCOUNT]["regions"][REGION]["clusters"][CLUSTER]["associations"].clone();
        for association in all.as_array_mut().into_iter().flatten().filter(|one| one["associationId"] == id) {
            association["createdAt"] = json!(Timestamp::now() - 1.hour());
        }
        self.change_cluster(json!({ "associations": all }));
    }

    /// Gives the requests made with the test's access key, in the order they came.
    pub fn requests(&self) -> Vec<Recorded> {
        let all: Vec<Recorded> =
            serde_json::from_value(self.api.get("/_control/requests")).expect("the log of requests");
        all.into_iter().filter(|request| request.access_key.as_ref() == Some(&self.key)).collect()
    }

    /// Befalls what EKS Auth is asked for pods of a namespace, by whomever.
    pub fn fault_for_pods(&self, namespace: &str, kind: Value) {
        let mut fault = kind;
        fault["action"] = json!("eks-auth:*");
        fault["value"] = json!(namespace);
        self.api.create("/_control/faults", &fault);
    }

    /// Befalls the calls made with the test's access key.
    pub fn fault(&self, action: &str, kind: Value) {
        let mut fault = kind;
        fault["action"] = json!(action);
        fault["accessKey"] = json!(self.key);
        self.api.create("/_control/faults", &fault);
    }
}
