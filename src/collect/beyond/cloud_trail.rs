//! Asks CloudTrail what AWS recorded of the pod: sessions that EKS got for it, refusals of its node, changes of its role and association.
//!
//! It is a read, and slow: two requests a second are allowed for a whole account, so that nobody asks unless told to, and pages are few.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::collect::access::clients::cloud_trail::{Lookup, Page};
use crate::collect::access::clients::{AwsAccess, AwsError};
use crate::collect::gap;
use crate::collect::session::Session;
use crate::evidence::asked::assume::{TrailChange, TrailRefusal, TrailSession};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::aws::role::Arn;
use crate::evidence::{Association, Evidence, Gap, GapReason, Pod, Reading, Source, Trail};
use crate::reasoning::iam::calls::POD_IDENTITY_SERVICE;

/// Between two requests: CloudTrail takes two a second, of everybody in the account together.
const PAUSE: Duration = Duration::from_millis(550);
/// The waits before a request that was throttled is sent again.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];
/// The most pages of one question.
const PAGES: usize = 3;
/// What is kept of the time of the run for what comes behind.
const REST: Duration = Duration::from_secs(3);
/// How an association is changed.
const CHANGES: [&str; 3] =
    ["CreatePodIdentityAssociation", "UpdatePodIdentityAssociation", "DeletePodIdentityAssociation"];

/// Whose turn it is: the requests of one run go one after the other, whatever number of pods are asked about.
pub type Turn = tokio::sync::Mutex<()>;

/// Asks what concerns the pod, its role and its association, whether there is one or not.
pub async fn ask(session: &Session, evidence: &Evidence, period: Duration) -> Reading<Trail> {
    match able(session, evidence) {
        Ok(asked) => asked.trail(period).await,
        Err(gap) => Reading::Unavailable(gap),
    }
}

/// What is asked about.
struct Asked<'a> {
    session: &'a Session,
    aws: &'a AwsAccess,
    region: &'a str,
    cluster_arn: &'a str,
    cluster: &'a str,
    namespace: &'a str,
    service_account: &'a str,
    pod: Option<&'a Pod>,
    association: Option<&'a Association>,
    instance: Option<&'a str>,
}

fn able<'a>(session: &'a Session, evidence: &'a Evidence) -> Result<Asked<'a>, Gap> {
    let lacking = |words: &str| Gap::new(Source::Trail, GapReason::Insufficient, words);
    let behind = |first: Gap| Gap::blocked_by(Source::Trail, &first);
    let aws = session.aws.as_ref().ok_or_else(|| lacking("AWS is left out"))?;
    let cluster = evidence.cluster_name().ok_or_else(|| lacking("the EKS cluster is not known"))?;
    let region = evidence.context.region.as_ref().ok_or_else(|| lacking("the region is not known"))?;
    evidence.is_this_cluster(Source::Trail)?;
    let cluster_arn = evidence.cluster_arn().ok_or_else(|| lacking("the ARN of the cluster is not known"))?;
    let service_account = evidence.service_account_name().map_err(behind)?;
    let association = evidence.association.get().map_err(behind)?.as_ref();
    let pod = evidence.live_pod().map_err(behind)?;
    let of_provider = evidence.node.present().and_then(|node| node.spec.provider_id.as_deref()?.rsplit('/').next());
    let instance = of_provider.filter(|id| id.starts_with("i-"));
    let namespace = &evidence.target.namespace;
    let region = &region.value;
    Ok(Asked { session, aws, region, cluster_arn, cluster, namespace, service_account, pod, association, instance })
}

/// A record of CloudTrail, as much of it as is looked at: nothing of credentials.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    event_time: Timestamp,
    event_name: String,
    #[serde(default)]
    user_identity: Identity,
    #[serde(default)]
    request_parameters: Value,
    #[serde(default)]
    response_elements: Option<Response>,
    error_code: Option<String>,
    error_message: Option<String>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Identity {
    arn: Option<String>,
    invoked_by: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    assumed_role_user: Option<User>,
    association: Option<Changed>,
}

#[derive(Debug, Clone, Deserialize)]
struct User {
    arn: String,
}

/// An association, as the answer to its change has it.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Changed {
    cluster_name: String,
    namespace: String,
    service_account: String,
}

/// The answers to one question, the newest first.
#[derive(Debug, Clone, Default)]
struct Records {
    all: Vec<Record>,
    is_cut_off: bool,
    /// How many could not be read.
    unread: usize,
}

impl Asked<'_> {
    /// The sessions first: what comes behind them, and fails, takes nothing from them.
    async fn trail(&self, period: Duration) -> Reading<Trail> {
        let now = self.session.now();
        let since = now - SignedDuration::try_from(period).unwrap_or(SignedDuration::from_hours(12));
        let is_tagged = self.association.is_some_and(Association::has_session_tags);
        let role = self.association.map(|one| one.role_arn.as_str()).filter(|_| is_tagged && self.pod.is_some());
        let records = match role {
            Some(role) => match self.lookup(self.region, "ResourceName", role, since).await {
                Reading::Known(records) => records,
                Reading::Unavailable(gap) => return Reading::Unavailable(gap),
            },
            None => Records::default(),
        };
        if records.unread > 0 && records.all.is_empty() {
            return gap::malformed(Source::Trail, "no event of it could be read");
        }
        let sessions = records.all.iter().filter_map(|record| self.session_of(record)).collect();
        Reading::Known(Trail {
            since,
            sessions,
            is_cut_off: records.is_cut_off,
            refusals: self.refusals(since).await,
            changes: self.changes(since).await,
        })
    }

    async fn refusals(&self, since: Timestamp) -> Reading<Vec<TrailRefusal>> {
        let Some(instance) = self.instance.filter(|_| self.association.is_some()) else {
            return Reading::Unavailable(Gap::not_requested(Source::Trail, "the instance of the node is not known"));
        };
        let found = self.lookup(self.region, "Username", instance, since).await;
        whole(found, |records| {
            let asked = records.iter().filter(|record| {
                record.event_name == "AssumeRoleForPodIdentity"
                    && record.request_parameters["clusterName"] == self.cluster
            });
            let refusal = |record: &Record| {
                Some(TrailRefusal {
                    time: record.event_time,
                    code: ForeignText::new(record.error_code.as_deref()?),
                    message: ForeignText::new(record.error_message.as_deref().unwrap_or_default()),
                })
            };
            asked.filter_map(refusal).collect()
        })
    }

    /// Who changed the trust policy, which IAM records in one region of its partition, and the association.
    async fn changes(&self, since: Timestamp) -> Reading<Vec<TrailChange>> {
        let mut found: Vec<TrailChange> = Vec::new();
        let role = self.association.and_then(|one| Arn::parse(&one.role_arn)?.role_name().map(str::to_owned));
        if let (Some(role), Some(home)) = (role, home_of_iam(self.region)) {
            let policy = self.lookup(home, "EventName", "UpdateAssumeRolePolicy", since).await;
            let is_role = |record: &&Record| record.request_parameters["roleName"] == role.as_str();
            match whole(policy, |records| records.iter().filter(is_role).filter_map(change).collect()) {
                Reading::Known(more) => found.extend::<Vec<TrailChange>>(more),
                Reading::Unavailable(gap) => return Reading::Unavailable(gap),
            }
        }
        for name in CHANGES {
            let all = self.lookup(self.region, "EventName", name, since).await;
            let is_own = |record: &&Record| self.is_of_association(record);
            match whole(all, |records| records.iter().filter(is_own).filter_map(change).collect()) {
                Reading::Known(more) => found.extend::<Vec<TrailChange>>(more),
                Reading::Unavailable(gap) => return Reading::Unavailable(gap),
            }
        }
        found.sort_by_key(|change| std::cmp::Reverse(change.time));
        Reading::Known(found)
    }

    /// The session, if EKS got it for this very pod.
    fn session_of(&self, record: &Record) -> Option<TrailSession> {
        let uid = self.pod?.metadata.uid.as_str();
        let tags = record.request_parameters["tags"].as_array()?;
        let has = |key: &str, value: &str| tags.iter().any(|tag| tag["key"] == key && tag["value"] == value);
        let is_own = record.event_name == "AssumeRole"
            && record.error_code.is_none()
            && record.user_identity.invoked_by.as_deref() == Some(POD_IDENTITY_SERVICE)
            && has("eks-cluster-arn", self.cluster_arn)
            && has("kubernetes-pod-uid", uid);
        let arn = &record.response_elements.as_ref().filter(|_| is_own)?.assumed_role_user.as_ref()?.arn;
        Some(TrailSession { time: record.event_time, session_arn: arn.clone() })
    }

    /// Whether an association of this service account in this cluster was changed, be it the one that is there now or not.
    fn is_of_association(&self, record: &Record) -> bool {
        let parameters = &record.request_parameters;
        let has = |name: &str, value: &str| parameters[name] == value;
        let answered = record.response_elements.as_ref().and_then(|response| response.association.as_ref());
        let is_here = ["clusterName", "name"].iter().any(|name| has(name, self.cluster))
            || answered.is_some_and(|one| one.cluster_name == self.cluster);
        let id = self.association.map(|one| one.association_id.as_str());
        let is_own = id.is_some_and(|id| has("associationId", id))
            || has("namespace", self.namespace) && has("serviceAccount", self.service_account)
            || answered
                .is_some_and(|one| one.namespace == self.namespace && one.service_account == self.service_account);
        is_here && is_own
    }

    /// The answers to a question, which all pods of a run share.
    async fn lookup(&self, region: &str, key: &str, value: &str, since: Timestamp) -> Reading<Records> {
        let what = format!("{region} {key}={value}");
        let read = async {
            let end = self.session.run.deadline.checked_sub(REST).unwrap_or(self.session.run.deadline);
            match tokio::time::timeout_at(end, self.pages(region, (key, value), since)).await {
                Ok(Ok(records)) => Reading::Known(records),
                Ok(Err(error)) => Reading::Unavailable(gap::of_aws(Source::Trail, &error)),
                Err(_elapsed) => {
                    Reading::Unavailable(Gap::new(Source::Trail, GapReason::TimedOut, "no answer before the run ended"))
                }
            }
        };
        self.session.once_until_done(Source::Trail, what, read).await
    }

    async fn pages(&self, region: &str, attribute: (&str, &str), since: Timestamp) -> Result<Records, AwsError> {
        let mut records = Records::default();
        let mut next = None;
        for _page in 0..PAGES {
            let lookup = Lookup { attribute, since, next: next.take() };
            let page = self.page(region, &lookup).await?;
            for event in &page.events {
                match serde_json::from_str(&event.cloud_trail_event) {
                    Ok(record) => records.all.push(record),
                    Err(_other_form) => records.unread += 1,
                }
            }
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(records);
            }
        }
        records.is_cut_off = true;
        Ok(records)
    }

    /// One page, when it is this question's turn; once more where others in the account were faster.
    async fn page(&self, region: &str, lookup: &Lookup<'_>) -> Result<Page, AwsError> {
        let _turn = self.session.trail_turn.lock().await;
        let mut waits = AGAIN.iter();
        loop {
            let page = self.aws.lookup_events(region, lookup).await;
            tokio::time::sleep(PAUSE).await;
            match (page, waits.next()) {
                (Err(error), Some(wait)) if error.is_throttled() => tokio::time::sleep(*wait).await,
                (page, _) => return page,
            }
        }
    }
}

/// What is read of records; where there were more of them than are read, nothing is known of the older ones.
fn whole<T>(records: Reading<Records>, read: impl FnOnce(&[Record]) -> T) -> Reading<T> {
    match records {
        Reading::Known(records) if records.is_cut_off || records.unread > 0 => Reading::Unavailable(Gap::new(
            Source::Trail,
            GapReason::Insufficient,
            "CloudTrail has more events than are read",
        )),
        Reading::Known(records) => Reading::Known(read(&records.all)),
        Reading::Unavailable(gap) => Reading::Unavailable(gap),
    }
}

fn change(record: &Record) -> Option<TrailChange> {
    let caller = record.user_identity.arn.as_deref().or(record.user_identity.invoked_by.as_deref())?;
    let is_done = record.error_code.is_none();
    let (time, action) = (record.event_time, record.event_name.clone());
    is_done.then(|| TrailChange { time, action, caller: ForeignText::new(caller) })
}

/// The region in which IAM records its calls; `None` for a partition of which that is not known.
fn home_of_iam(region: &str) -> Option<&'static str> {
    let homes = [
        ("cn-", "cn-north-1"),
        ("us-gov-", "us-gov-west-1"),
        ("us-iso-", "us-iso-east-1"),
        ("us-isob-", "us-isob-east-1"),
        ("eusc-", "eusc-de-east-1"),
    ];
    let own = homes.iter().find(|(prefix, _)| region.starts_with(prefix)).map(|(_, home)| *home);
    let is_public =
        ["us-", "eu-", "ap-", "ca-", "sa-", "af-", "me-", "il-", "mx-"].iter().any(|one| region.starts_with(one));
    let is_secret = region.starts_with("eu-iso") || region.starts_with("us-iso");
    own.or((is_public && !is_secret).then_some("us-east-1"))
}
