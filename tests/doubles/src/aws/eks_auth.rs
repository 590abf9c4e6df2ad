//! What EKS Auth answers: the credentials of the role that is associated with the service account of a pod's token.
//!
//! The texts of errors are those that were observed on AWS; where none was observed, this says so in its place.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::call::Call;
use super::refusal::Refusal;
use super::state::{AccessKey, Association, Role, State, session_key};
use crate::token::Claims;

mod trust;

const AUDIENCE: &str = "pods.eks.amazonaws.com";
const NOT_OBSERVED: &str = "(text not observed on AWS)";

/// The parameters that the log of requests and faults see instead of the token: whose it is, and never the token itself.
pub fn without_token(mut input: Map<String, Value>) -> Map<String, Value> {
    let Some(token) = input.remove("token") else { return input };
    match Claims::read(token.as_str().unwrap_or_default().trim_end()) {
        Ok(claims) => {
            let bound = claims.kubernetes;
            let subject = [
                ("namespace", bound.namespace),
                ("serviceAccount", bound.serviceaccount.name),
                ("pod", bound.pod.name),
                ("podUid", bound.pod.uid),
            ];
            input.extend(subject.map(|(name, value)| (name.to_owned(), value.into())));
            input.insert("audience".into(), claims.aud);
            input.insert("expires".into(), json!(claims.exp));
        }
        Err(words) => drop(input.insert("malformed".into(), words.into())),
    }
    input
}

/// Answers a call of a node.
pub fn answer(state: &mut State, call: &Call, account: &str) -> Result<Value, Refusal> {
    let name = call.text("name");
    let cluster = state.cluster(account, &call.region, name).ok_or_else(|| Refusal::no_cluster(name))?;
    accept(call)?;
    let (namespace, service_account) = (call.text("namespace"), call.text("serviceAccount"));
    let mut all = cluster.associations.iter();
    let association = all.find(|one| one.namespace == namespace && one.service_account == service_account).cloned();
    let association = association.ok_or_else(|| Refusal::new(404, "ResourceNotFoundException", NOT_OBSERVED))?;
    let session = Session { call, account, partition: state.partition(account, &call.region) };
    let untrusted = || {
        let message = "Unauthorized Exception! EKS does not have permissions to assume the associated role.";
        Refusal::new(400, "AccessDeniedException", message)
    };
    let role = session.role(state, &association.role_arn).ok_or_else(untrusted)?;
    if !trust::allows(&role.assume_role_policy_document, &session.tags(&association), account) {
        return Err(untrusted());
    }
    let target = association.target_role_arn.as_deref();
    let role = target.map_or(Some(role), |arn| session.role(state, arn)).ok_or_else(untrusted)?.clone();
    Ok(session.begin(state, &association, &role))
}

/// Holds the token against what EKS Auth asks of it.
fn accept(call: &Call) -> Result<(), Refusal> {
    let invalid = || Refusal::new(400, "InvalidTokenException", NOT_OBSERVED);
    let audience = call.input.get("audience").ok_or_else(invalid)?;
    let claims = Claims { aud: audience.clone(), ..Claims::default() };
    if !claims.is_for(AUDIENCE) || call.text("pod").is_empty() {
        return Err(invalid());
    }
    let now = Timestamp::now();
    let expires = call.input.get("expires").and_then(Value::as_i64).and_then(|at| Timestamp::from_second(at).ok());
    match expires {
        Some(expires) if expires > now => Ok(()),
        Some(expires) => Err(Refusal::new(
            400,
            "ExpiredTokenException",
            format!(
                "The token included in the request is expired: current date/time {} must be before the expiration date/time {expires}",
                now.strftime("%Y-%m-%dT%H:%M:%SZ")
            ),
        )),
        None => Err(invalid()),
    }
}

/// A session that EKS begins for a pod.
struct Session<'a> {
    call: &'a Call,
    account: &'a str,
    partition: String,
}

impl Session<'_> {
    fn role<'s>(&self, state: &'s State, arn: &str) -> Option<&'s Role> {
        let account = arn.split(':').nth(4).unwrap_or(self.account);
        state.accounts.get(account)?.roles.get(arn.rsplit('/').next()?)
    }

    fn arn(&self, rest: &str) -> String {
        format!("arn:{}:eks:{}:{}:{rest}", self.partition, self.call.region, self.account)
    }

    /// The tags of the session; none where the association leaves them out.
    fn tags(&self, association: &Association) -> Vec<(&'static str, String)> {
        if association.disable_session_tags {
            return Vec::new();
        }
        let text = |name: &str| self.call.text(name).to_owned();
        vec![
            ("eks-cluster-arn", self.arn(&format!("cluster/{}", self.call.text("name")))),
            ("eks-cluster-name", text("name")),
            ("kubernetes-namespace", text("namespace")),
            ("kubernetes-service-account", text("serviceAccount")),
            ("kubernetes-pod-name", text("pod")),
            ("kubernetes-pod-uid", text("podUid")),
        ]
    }

    /// Gives credentials that the other services know from now on.
    fn begin(&self, state: &mut State, association: &Association, role: &Role) -> Value {
        let (cluster, number) = (self.call.text("name"), state.free_session());
        let ten = |name: &str| name.chars().take(10).collect::<String>();
        let arn = association.target_role_arn.as_ref().unwrap_or(&association.role_arn);
        let (account, name) = (arn.split(':').nth(4).unwrap_or(self.account), arn.rsplit('/').next().unwrap_or(arn));
        let suffix = format!("00000000-0000-4000-9000-{number:012x}");
        let session = format!("eks-{}-{}-{suffix}", ten(cluster), ten(self.call.text("pod")));
        let id = format!("{}:{session}", role.role_id.as_deref().unwrap_or("AROAEXAMPLE"));
        let key = AccessKey {
            account: account.to_owned(),
            arn: format!("arn:{}:sts::{account}:assumed-role/{name}/{session}", self.partition),
            user_id: Some(id.clone()),
            session_token: Some(format!("session-token-{number}")),
            expired: false,
            allowed_actions: role.allowed_actions.clone(),
            denied_actions: role.denied_actions.clone(),
        };
        // Role chaining caps a session at an hour.
        let lasts = if association.target_role_arn.is_some() { 59 * 60 } else { 6 * 3600 };
        let expires = Timestamp::now() + SignedDuration::from_secs(lasts);
        let (key_id, id_of) = (session_key(number), &association.association_id);
        let answer = json!({
            "subject": { "namespace": association.namespace, "serviceAccount": association.service_account },
            "audience": AUDIENCE,
            "podIdentityAssociation": {
                "associationArn": self.arn(&format!("podidentityassociation/{cluster}/{id_of}")), "associationId": id_of,
            },
            "assumedRoleUser": { "arn": key.arn, "assumeRoleId": id },
            "credentials": {
                "accessKeyId": key_id, "secretAccessKey": "played-secret", "sessionToken": key.session_token,
                "expiration": expires.as_second(),
            },
        });
        state.access_keys.insert(key_id, key);
        answer
    }
}
