//! Asks EKS Auth from here, with a token that is made for the pod, and STS whose credentials came.
//!
//! Token and credentials live in this function's memory and nowhere else: what is kept of them holds no secret.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use aws_credential_types::Credentials;
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::json;

use crate::collect::access::access_review::demand;
use crate::collect::access::clients::{AwsAccess, AwsError, KubernetesError, classify_aws_error};
use crate::collect::gap;
use crate::collect::read::kubernetes::encode;
use crate::collect::session::Session;
use crate::evidence::asked::assume::{Answer, Given};
use crate::evidence::kubernetes::metadata::AUDIENCE;
use crate::evidence::reading::GapKind;
use crate::evidence::{Assumed, BoundToken, Evidence, Gap, GapReason, Pod, Reading, Source};

/// The shortest life of a token that the API server grants, in seconds.
const TOKEN_LIFE: u32 = 600;

/// What was learnt, and what was left behind.
pub struct Asked {
    /// About the token.
    pub bound_token: Reading<BoundToken>,
    /// About the credentials.
    pub assume: Reading<Assumed>,
    /// What stays, in words.
    pub side_effect: Option<String>,
}

/// Which pod stands for its service account: all of its pods have one association, so one is asked for in a run.
#[derive(Default)]
pub struct Claims(Mutex<BTreeMap<(String, String), String>>);

impl Claims {
    /// Takes a pod to stand for its service account; gives the name of another one that does already.
    fn claim(&self, namespace: &str, pod: &Pod) -> Option<String> {
        let account = (namespace.to_owned(), pod.service_account().to_owned());
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let first = known.entry(account).or_insert_with(|| pod.metadata.name.clone());
        (*first != pod.metadata.name).then(|| first.clone())
    }
}

/// A token, and what may be known of it.
struct Token {
    secret: SecretString,
    known: BoundToken,
}

#[derive(Deserialize)]
struct TokenRequest {
    status: TokenStatus,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TokenStatus {
    token: String,
    expiration_timestamp: Timestamp,
}

/// No token, as far as can be told.
struct Untold {
    first: Gap,
    /// Whether it may have been made all the same.
    is_lost: bool,
}

/// Whether what was asked for may have been given all the same: no answer came, or none that can be read.
fn is_lost(gap: &Gap) -> bool {
    matches!(gap.reason, GapReason::TimedOut | GapReason::Unreachable | GapReason::Malformed)
}

/// Where EKS Auth is asked, and about what.
struct Place<'a> {
    aws: &'a AwsAccess,
    region: &'a str,
    cluster: &'a str,
}

/// Asks, if the pod is there and everything that is needed is known; says so before anything is made.
pub async fn ask(session: &Session, evidence: &Evidence) -> Asked {
    let (pod, place) = match able(session, evidence) {
        Ok(both) => both,
        Err(first) => return Asked::without_token(first),
    };
    let (namespace, name) = (&evidence.target.namespace, &pod.metadata.name);
    if let Some(other) = session.assumed.claim(namespace, pod) {
        let why = format!("pod {other} of the same service account was asked for");
        let gap = Gap::not_requested(Source::BoundToken, why).because(GapKind::AskedForAnotherPod);
        return Asked::without_token(gap);
    }
    let token = match bound_token(session, evidence, pod).await {
        Ok(token) => token,
        Err(Untold { first, is_lost }) => {
            let lost = || {
                format!("a token for pod {namespace}/{name} may have been made, as the answer to the request was lost")
            };
            return Asked { side_effect: is_lost.then(lost), ..Asked::without_token(first) };
        }
    };
    let assume = assumed(session, &place, &token).await;
    let credentials = match (&assume, assume.known().and_then(Assumed::given)) {
        (_, Some(given)) => format!(", and credentials until {}", given.expires_at.strftime("%H:%M:%S")),
        (Reading::Unavailable(gap), None) if is_lost(gap) => ", and perhaps credentials".to_owned(),
        _ => String::new(),
    };
    let life = token.known.expires_at.strftime("%H:%M:%S");
    let side_effect = format!(
        "a token for pod {namespace}/{name} until {life}{credentials}: in memory only, and forgotten; audit log and CloudTrail tell of it"
    );
    Asked { bound_token: Reading::Known(token.known), assume, side_effect: Some(side_effect) }
}

impl Asked {
    fn without_token(first: Gap) -> Self {
        let assume = match first.reason {
            GapReason::NotRequested => Gap { source: Source::Assume, ..first.clone() },
            _ => Gap::blocked_by(Source::Assume, &first),
        };
        Self { bound_token: Reading::Unavailable(first), assume: Reading::Unavailable(assume), side_effect: None }
    }
}

/// The pod and the place, or why nothing can be asked. Nothing is asked of another account's namesake.
fn able<'a>(session: &'a Session, evidence: &'a Evidence) -> Result<(&'a Pod, Place<'a>), Gap> {
    let lacking = |words: &str| Gap::new(Source::BoundToken, GapReason::Insufficient, words);
    let behind = |first: Gap| Gap::blocked_by(Source::BoundToken, &first);
    let pod = evidence.live_pod().map_err(behind)?.filter(|pod| !pod.has_ended());
    let pod = pod.ok_or_else(|| lacking("there is no pod to bind a token to"))?;
    let aws = session.aws.as_ref().ok_or_else(|| lacking("AWS is left out"))?;
    let cluster = evidence.context.eks_cluster.as_ref().ok_or_else(|| lacking("the EKS cluster is not known"))?;
    let region = evidence.context.region.as_ref().ok_or_else(|| lacking("the region is not known"))?;
    evidence.caller_identity.get().map_err(behind)?;
    evidence.is_this_cluster(Source::BoundToken)?;
    Ok((pod, Place { aws, region: &region.value, cluster: &cluster.value }))
}

async fn bound_token(session: &Session, evidence: &Evidence, pod: &Pod) -> Result<Token, Untold> {
    let (namespace, account) = (&evidence.target.namespace, pod.service_account());
    let may = demand(session, Source::BoundToken, "create", "serviceaccounts/token", namespace).await;
    may.map_err(|first| Untold { first, is_lost: false })?;
    session.active.announce.warn(&format!(
        "--assume makes a token for pod {namespace}/{}, asks EKS Auth for its credentials, and forgets both: audit log and CloudTrail tell of it",
        pod.metadata.name,
    ));
    let path = format!("/api/v1/namespaces/{}/serviceaccounts/{}/token", encode(namespace), encode(account));
    let object = json!({
        "apiVersion": "authentication.k8s.io/v1",
        "kind": "TokenRequest",
        "spec": {
            "audiences": [AUDIENCE],
            "expirationSeconds": TOKEN_LIFE,
            "boundObjectRef": {
                "apiVersion": "v1", "kind": "Pod", "name": pod.metadata.name, "uid": pod.metadata.uid,
            },
        },
    });
    let answer = session.kubernetes.post::<TokenRequest>(&path, &object).await;
    let untold = |error: KubernetesError| Untold {
        first: gap::of_kubernetes(Source::BoundToken, &error),
        is_lost: !error.is_refusal(),
    };
    let TokenStatus { token, expiration_timestamp } = answer.map_err(untold)?.status;
    let known = BoundToken { pod_uid: pod.metadata.uid.clone(), expires_at: expiration_timestamp };
    Ok(Token { secret: token.into(), known })
}

async fn assumed(session: &Session, place: &Place<'_>, token: &Token) -> Reading<Assumed> {
    let clients = place.aws.clients(place.region).await;
    let asked_at = session.now();
    let call = clients.eks_auth.assume_role_for_pod_identity();
    let answer = call.cluster_name(place.cluster).token(token.secret.expose_secret()).send().await;
    let answer = match answer {
        Ok(answer) => answer,
        Err(error) => return refused(asked_at, &classify_aws_error(&error)),
    };
    let malformed = || Gap::new(Source::Assume, GapReason::Malformed, "the answer of EKS Auth is incomplete");
    let (Some(user), Some(secret)) = (answer.assumed_role_user, answer.credentials) else {
        return Reading::Unavailable(malformed());
    };
    let Ok(expires_at) = Timestamp::from_second(secret.expiration.secs()) else {
        return Reading::Unavailable(malformed());
    };
    // This type takes its memory back; the strings are moved into it.
    let credentials =
        Credentials::new(secret.access_key_id, secret.secret_access_key, Some(secret.session_token), None, "podid");
    let (caller_arn, caller_gap) = caller(place.aws, place.region, credentials).await;
    let association_id = answer.pod_identity_association.map(|one| one.association_id);
    let given = Given { session_arn: user.arn, association_id, expires_at, caller_arn, caller_gap };
    Reading::Known(Assumed { asked_at, answer: Answer::Given(given) })
}

/// An error about the pod is an answer; one about whoever asks, or about the way, is a gap.
fn refused(asked_at: Timestamp, error: &AwsError) -> Reading<Assumed> {
    let code = error.code.clone().unwrap_or_default();
    let of_pod = match code.as_str() {
        "AccessDeniedException" => error.mentions("EKS does not have permissions to assume"),
        // The session of whoever asks can have expired too: "The security token included in the request is expired".
        "ExpiredTokenException" => !error.mentions("security token"),
        "ResourceNotFoundException"
        | "InvalidTokenException"
        | "InvalidParameterException"
        | "InvalidRequestException" => true,
        _ => false,
    };
    if !of_pod {
        return Reading::Unavailable(gap::of_aws(Source::Assume, error));
    }
    let message = error.told();
    Reading::Known(Assumed { asked_at, answer: Answer::Refused { code, message } })
}

/// As whom STS sees the credentials, or why it does not say.
async fn caller(aws: &AwsAccess, region: &str, credentials: Credentials) -> (Option<String>, Option<String>) {
    match aws.token_service_as(region, credentials).await.get_caller_identity().send().await {
        Ok(answer) if answer.arn.is_some() => (answer.arn, None),
        Ok(_) => (None, Some("it names nobody".to_owned())),
        Err(error) => (None, Some(classify_aws_error(&error).to_string())),
    }
}
