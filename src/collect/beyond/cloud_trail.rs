//! Asks CloudTrail what AWS recorded of the pod: sessions that EKS got for it, calls that were refused, changes of its role and association.
//!
//! It is a read, and slow: two requests a second are allowed in an account and region, so that nobody asks unless told to, and pages are few.

use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tokio::time::Instant;

use crate::collect::access::clients::cloud_trail::{Lookup, Page};
use crate::collect::access::clients::{AwsAccess, AwsError};
use crate::collect::gap;
use crate::collect::session::Session;
use crate::evidence::asked::assume::{Answer, Recorded, TrailChange, TrailRefusal, TrailSession};
use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::agent_log::AgentError;
use crate::evidence::{Association, Evidence, Gap, GapReason, Pod, Reading, Source, Trail};
use crate::reasoning::iam::calls::POD_IDENTITY_SERVICE;

/// Between two requests: CloudTrail takes two a second, of everybody in an account and region together.
const PAUSE: Duration = Duration::from_millis(550);
/// The waits before a request that was throttled is sent again.
const AGAIN: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(3)];
/// The most pages of one question.
const PAGES: usize = 3;
/// What is kept of the time of the run for what comes behind.
const REST: Duration = Duration::from_secs(1);
/// How a role and its trust policy come and go.
const ROLE_CHANGES: [&str; 3] = ["UpdateAssumeRolePolicy", "CreateRole", "DeleteRole"];
/// How an association is changed.
const ASSOCIATION_CHANGES: [&str; 3] =
    ["CreatePodIdentityAssociation", "UpdatePodIdentityAssociation", "DeletePodIdentityAssociation"];

/// Whose turn it is: the requests of one run go one after the other, whatever number of pods are asked about. And whether that was said.
pub type Turn = tokio::sync::Mutex<bool>;

/// Asks what concerns the pod, its role and its association, whether there is one or not.
pub async fn ask(session: &Session, evidence: &Evidence, period: Duration) -> Reading<Trail> {
    match able(session, evidence) {
        Ok(asked) => {
            let since = session.now() - SignedDuration::try_from(period).unwrap_or(SignedDuration::from_hours(12));
            let trail = asked.trail(since).await;
            // Where nothing at all was answered, it was not asked.
            match trail.association_changes.gap().filter(|_| trail.is_unanswered()) {
                Some(gap) => Reading::Unavailable(gap.clone()),
                None => Reading::Known(trail),
            }
        }
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
    association: Result<Option<&'a Association>, Gap>,
    instance: Option<&'a str>,
    /// When to stop.
    end: Instant,
}

fn able<'a>(session: &'a Session, evidence: &'a Evidence) -> Result<Asked<'a>, Gap> {
    let behind = |first: Gap| Gap::blocked_by(Source::Trail, &first);
    let aws = session.aws.as_ref().ok_or_else(|| lacking("AWS is left out"))?;
    let cluster = evidence.cluster_name().ok_or_else(|| lacking("the EKS cluster is not known"))?;
    let region = evidence.context.region.as_ref().ok_or_else(|| lacking("the region is not known"))?;
    evidence.is_this_cluster(Source::Trail)?;
    let cluster_arn = evidence.cluster_arn().ok_or_else(|| lacking("the ARN of the cluster is not known"))?;
    let service_account = evidence.service_account_name().map_err(behind)?;
    let association = evidence.association.get().map(Option::as_ref).map_err(behind);
    let pod = evidence.live_pod().map_err(behind)?;
    let of_provider = evidence.node.present().and_then(|node| node.spec.provider_id.as_deref()?.rsplit('/').next());
    let instance = of_provider.filter(|id| id.starts_with("i-"));
    let namespace = &evidence.target.namespace;
    let region = &region.value;
    let left = session.run.deadline.saturating_duration_since(Instant::now());
    // A probe that comes behind has its half.
    let end = session.run.deadline - if session.active.probe.is_some() { left / 2 } else { REST.min(left) };
    Ok(Asked {
        session,
        aws,
        region,
        cluster_arn,
        cluster,
        namespace,
        service_account,
        pod,
        association,
        instance,
        end,
    })
}

/// A record of CloudTrail. Of its parts only those are looked at that say what happened: nothing of credentials is kept.
struct Record {
    time: Timestamp,
    whole: Value,
}

impl Record {
    fn read(text: &str) -> Option<Self> {
        let whole: Value = serde_json::from_str(text).ok()?;
        let time = whole["eventTime"].as_str()?.parse().ok()?;
        Some(Self { time, whole })
    }

    fn text(&self, path: &str) -> Option<&str> {
        self.whole.pointer(path)?.as_str()
    }

    fn name(&self) -> &str {
        self.text("/eventName").unwrap_or_default()
    }

    fn has(&self, path: &str, value: &str) -> bool {
        self.text(path) == Some(value)
    }

    /// What EKS Auth refused: that AWS was busy or failed is no refusal.
    fn refusal(&self) -> Option<TrailRefusal> {
        let code = self.text("/errorCode")?;
        let message = self.text("/errorMessage").unwrap_or_default();
        let is_fault = matches!(Answer::kind(code, message), AgentError::Throttled | AgentError::ServiceFault);
        (!is_fault).then(|| self.refused(code, message))
    }

    /// What AWS did not allow the caller. Of the message only the form that all services share is kept: others name what nobody redacts.
    fn denial(&self) -> Option<TrailRefusal> {
        const DENIED: [&str; 5] = ["AccessDenied", "Unauthorized", "NotAuthorized", "Forbidden", "AuthorizationError"];
        let code = self.text("/errorCode").filter(|code| DENIED.iter().any(|denied| code.contains(denied)))?;
        let message = self.text("/errorMessage").filter(|message| message.starts_with("User: arn:"));
        Some(self.refused(code, message.unwrap_or_default()))
    }

    fn refused(&self, code: &str, message: &str) -> TrailRefusal {
        let service = self.text("/eventSource").unwrap_or_default().split('.').next().unwrap_or_default();
        TrailRefusal {
            time: self.time,
            action: ForeignText::new(&format!("{service}:{}", self.name())),
            code: ForeignText::new(code),
            message: ForeignText::new(message),
        }
    }

    /// Who did it, if it was done.
    fn change(&self) -> Option<TrailChange> {
        let caller = self.text("/userIdentity/arn").or_else(|| self.text("/userIdentity/invokedBy"));
        let caller = caller.map_or("a caller that is not recorded".to_owned(), caller_name);
        let change = TrailChange { time: self.time, action: self.name().to_owned(), caller };
        self.text("/errorCode").is_none().then_some(change)
    }
}

/// The ARN as it is, whose names may be longer than a key is; of what is no ARN what may be kept.
fn caller_name(caller: &str) -> String {
    const LONGEST: usize = 300;
    let is_of_arn = |one: char| one.is_ascii_alphanumeric() || ":/_+=,.@-".contains(one);
    let is_arn = caller.starts_with("arn:") && caller.len() <= LONGEST && caller.chars().all(is_of_arn);
    if is_arn { caller.to_owned() } else { ForeignText::new(caller).as_str().to_owned() }
}

/// The answers to one question, the newest first.
#[derive(Clone)]
struct Records {
    all: Arc<Vec<Record>>,
    back_to: Timestamp,
}

impl Asked<'_> {
    /// What many pods share is asked first, and what fails takes nothing from the others.
    async fn trail(&self, since: Timestamp) -> Trail {
        let sessions = self.sessions(since).await;
        let last =
            sessions.known().and_then(|all| all.events.first()).and_then(|one| one.session_arn.rsplit('/').next());
        let denied_calls = match last {
            Some(name) => self.refused(name, since, Record::denial).await,
            None => nothing_to_ask("no session of the pod is known"),
        };
        let refusals = match (self.instance, self.associated().ok()) {
            (Some(instance), Some(_association)) => {
                let of_cluster = |record: &Record| {
                    let is_meant = record.name() == "AssumeRoleForPodIdentity"
                        && record.has("/requestParameters/clusterName", self.cluster);
                    record.refusal().filter(|_| is_meant)
                };
                self.refused(instance, since, of_cluster).await
            }
            (None, _) => nothing_to_ask("the EC2 instance of the node is not known"),
            (_, None) => nothing_to_ask("no association is known"),
        };
        Trail {
            since,
            role_changes: self.role_changes(since).await,
            association_changes: self.association_changes(since).await,
            sessions,
            denied_calls,
            refusals,
        }
    }

    fn associated(&self) -> Result<&Association, Gap> {
        let nothing = || Gap::nothing_to_ask(Source::Trail, "the service account has no association");
        self.association.clone()?.ok_or_else(nothing)
    }

    /// The sessions that EKS got for this very pod.
    async fn sessions(&self, since: Timestamp) -> Reading<Recorded<TrailSession>> {
        let association = match self.associated() {
            Ok(association) => association,
            Err(gap) => return Reading::Unavailable(gap),
        };
        let Some(pod) = self.pod else { return nothing_to_ask("there is no pod to ask about") };
        if !association.has_session_tags() {
            return nothing_to_ask("sessions without tags cannot be told from those of other pods");
        }
        let uid = pod.metadata.uid.as_str();
        let records = self.lookup(self.region, "ResourceName", &association.role_arn, since).await;
        recorded(records, |record| self.session_of(record, uid))
    }

    /// What was refused to whoever CloudTrail calls by this name.
    async fn refused(
        &self,
        user: &str,
        since: Timestamp,
        read: impl Fn(&Record) -> Option<TrailRefusal>,
    ) -> Reading<Recorded<TrailRefusal>> {
        recorded(self.lookup(self.region, "Username", user, since).await, read)
    }

    /// Who made the role or changed its trust policy, which IAM records in one region of its partition.
    async fn role_changes(&self, since: Timestamp) -> Reading<Recorded<TrailChange>> {
        let association = match self.associated() {
            Ok(association) => association,
            Err(gap) => return Reading::Unavailable(gap),
        };
        let role = Arn::parse(&association.role_arn).and_then(|arn| arn.role_name());
        let (Some(role), Some(home)) = (role, home_of_iam(self.region)) else {
            return Reading::Unavailable(lacking("the region in which IAM records its calls is not known"));
        };
        self.changed(home, &ROLE_CHANGES, since, |record| record.has("/requestParameters/roleName", role)).await
    }

    async fn association_changes(&self, since: Timestamp) -> Reading<Recorded<TrailChange>> {
        self.changed(self.region, &ASSOCIATION_CHANGES, since, |record| self.is_of_association(record)).await
    }

    /// Who made calls of these names; one that cannot be read leaves unknown what there is of the others.
    async fn changed(
        &self,
        region: &str,
        names: &[&str],
        since: Timestamp,
        is_meant: impl Fn(&Record) -> bool,
    ) -> Reading<Recorded<TrailChange>> {
        let mut all = Recorded { back_to: since, events: Vec::new() };
        for name in names {
            let records = self.lookup(region, "EventName", name, since).await;
            match recorded(records, |record| record.change().filter(|_| is_meant(record))) {
                Reading::Known(more) => {
                    all.back_to = all.back_to.max(more.back_to);
                    all.events.extend(more.events);
                }
                Reading::Unavailable(gap) => return Reading::Unavailable(gap),
            }
        }
        all.events.sort_by_key(|change| std::cmp::Reverse(change.time));
        Reading::Known(all)
    }

    /// The session, if EKS got it for this very pod.
    fn session_of(&self, record: &Record, uid: &str) -> Option<TrailSession> {
        let tags = record.whole.pointer("/requestParameters/tags")?.as_array()?;
        let has = |key: &str, value: &str| tags.iter().any(|tag| tag["key"] == key && tag["value"] == value);
        let is_own = record.name() == "AssumeRole"
            && record.text("/errorCode").is_none()
            && record.has("/userIdentity/invokedBy", POD_IDENTITY_SERVICE)
            && has("eks-cluster-arn", self.cluster_arn)
            && has("kubernetes-pod-uid", uid);
        let arn = record.text("/responseElements/assumedRoleUser/arn").filter(|_| is_own)?;
        Some(TrailSession { time: record.time, session_arn: arn.to_owned() })
    }

    /// Whether an association of this service account in this cluster was changed, be it the one that is there now or not.
    fn is_of_association(&self, record: &Record) -> bool {
        const ANSWERED: &str = "/responseElements/association";
        let is_here = ["/requestParameters/clusterName", "/requestParameters/name"]
            .iter()
            .any(|path| record.has(path, self.cluster))
            || record.has(&format!("{ANSWERED}/clusterName"), self.cluster);
        let id = self.associated().ok().map(|one| one.association_id.as_str());
        let is_own = id.is_some_and(|id| record.has("/requestParameters/associationId", id))
            || ["/requestParameters", ANSWERED].iter().any(|of| {
                record.has(&format!("{of}/namespace"), self.namespace)
                    && record.has(&format!("{of}/serviceAccount"), self.service_account)
            });
        is_here && is_own
    }

    /// The answers to a question, which all pods of a run share.
    async fn lookup(&self, region: &str, key: &str, value: &str, since: Timestamp) -> Reading<Records> {
        let what = format!("{region} {key}={value}");
        let read = async {
            match tokio::time::timeout_at(self.end, self.pages(region, (key, value), since)).await {
                Ok(Ok(records)) => Reading::Known(records),
                Ok(Err(error)) => Reading::Unavailable(gap::of_aws(Source::Trail, &error)),
                Err(_elapsed) => {
                    Reading::Unavailable(Gap::new(Source::Trail, GapReason::TimedOut, "no answer before the run ended"))
                }
            }
        };
        self.session.once_until_done(Source::Trail, what, read).await
    }

    /// As many pages as are read. An event that cannot be read ends them: it may be any.
    async fn pages(&self, region: &str, attribute: (&str, &str), since: Timestamp) -> Result<Records, AwsError> {
        let mut all = Vec::new();
        let mut next = None;
        for _page in 0..PAGES {
            let lookup = Lookup { attribute, since, next: next.take() };
            let page = self.page(region, &lookup).await?;
            for event in &page.events {
                let Some(record) = Record::read(&event.cloud_trail_event) else { return Ok(self.until(all)) };
                all.push(record);
            }
            next = page.next_token.filter(|token| !token.is_empty());
            if next.is_none() {
                return Ok(Records { all: Arc::new(all), back_to: since });
            }
        }
        Ok(self.until(all))
    }

    /// What was read of more; of nothing, nothing is known before now.
    fn until(&self, all: Vec<Record>) -> Records {
        let back_to = all.last().map_or(self.session.now(), |record| record.time);
        Records { all: Arc::new(all), back_to }
    }

    /// One page, when it is this question's turn; once more where others in the account were faster.
    async fn page(&self, region: &str, lookup: &Lookup<'_>) -> Result<Page, AwsError> {
        let mut is_announced = self.session.trail_turn.lock().await;
        if !std::mem::replace(&mut *is_announced, true) {
            self.session.active.announce.note("asking CloudTrail, which takes some seconds");
        }
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

/// What is read of records.
fn recorded<T>(records: Reading<Records>, read: impl Fn(&Record) -> Option<T>) -> Reading<Recorded<T>> {
    match records {
        Reading::Known(records) => {
            Reading::Known(Recorded { back_to: records.back_to, events: records.all.iter().filter_map(read).collect() })
        }
        Reading::Unavailable(gap) => Reading::Unavailable(gap),
    }
}

fn lacking(words: &str) -> Gap {
    Gap::new(Source::Trail, GapReason::Insufficient, words)
}

fn nothing_to_ask<T>(words: &str) -> Reading<T> {
    Reading::Unavailable(Gap::nothing_to_ask(Source::Trail, words))
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
