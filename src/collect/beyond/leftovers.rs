//! What was made and has to be taken away again: also where the run is interrupted or its time is over. What could not be
//! taken away is told.

use std::sync::Mutex;
use std::time::Duration;

use serde::Deserialize;
use serde_json::json;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::evidence::Metadata;

/// The label by which a run knows what it made.
pub(super) const RUN_LABEL: &str = "kubectl-podid/run";
/// How long one deletion may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much later an object may come about than its creation was given up.
const LATE: Duration = Duration::from_secs(1);
/// How often it is tried; then the object's own deadline has to do.
const TRIES: u32 = 2;

/// Objects that were made, until they are deleted.
pub struct Leftovers {
    made: Mutex<Vec<Made>>,
    patience: Duration,
}

impl Default for Leftovers {
    fn default() -> Self {
        Self { made: Mutex::default(), patience: PATIENCE }
    }
}

/// An object that was made, or may have been: the answer to its creation can be lost.
#[derive(Clone)]
pub(super) struct Made {
    /// Where.
    pub client: KubernetesClient,
    /// Its path in the API.
    pub path: String,
    /// Its name.
    pub name: String,
    /// What it is, in words: `pod shop/podid-probe-7`.
    pub what: String,
    /// What happens if it stays, and how to take it away, in words.
    pub otherwise: String,
    /// By what it is told from another of its name.
    pub known_by: KnownBy,
}

/// By what an object is told from another of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum KnownBy {
    /// Its name is that of no other.
    Name,
    /// This label has this value; the answer to its creation has not come.
    Label(&'static str, String),
    /// Its UID.
    Uid(String),
}

/// An object, as far as it says whose it is.
#[derive(Deserialize)]
pub(super) struct Marked {
    pub metadata: Metadata,
}

impl Leftovers {
    /// Makes note of an object.
    pub(super) fn add(&self, made: Made) {
        self.with(|all| all.push(made));
    }

    /// From now on one is known by its UID: the answer to its creation has come.
    pub(super) fn identify(&self, path: &str, uid: &str) {
        let own = |made: &&mut Made| made.path == path;
        self.with(|all| all.iter_mut().filter(own).for_each(|made| made.known_by = KnownBy::Uid(uid.to_owned())));
    }

    /// Leaves out one that was never made, or is gone.
    pub(super) fn forget(&self, path: &str) {
        self.with(|all| all.retain(|made| made.path != path));
    }

    /// Deletes one; in words, if it stays.
    pub(super) async fn remove(&self, path: &str) -> Option<String> {
        let made = self.with(|all| all.iter().find(|made| made.path == path).cloned())?;
        let stays = made.delete(self.patience).await;
        self.forget(path);
        stays
    }

    /// Deletes all that is left; in words, what stays.
    pub async fn remove_all(&self) -> Vec<String> {
        let mut stay = Vec::new();
        for made in self.with(std::mem::take) {
            stay.extend(made.delete(self.patience).await);
        }
        stay
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Made>) -> T) -> T {
        // A panic elsewhere leaves a list that is still right.
        work(&mut self.made.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Made {
    /// Deletes it; in words, if it stays.
    async fn delete(&self, patience: Duration) -> Option<String> {
        let mut last = None;
        for _ in 0..TRIES {
            let answer = tokio::time::timeout(patience, self.delete_own()).await;
            match answer.unwrap_or(Err(KubernetesError::TimedOut { after: patience })) {
                Ok(()) => return None,
                Err(error) if error.is_absence_of(&self.name) => return None,
                Err(error) => last = Some(error),
            }
        }
        last.map(|error| self.stays(&error))
    }

    /// Deletes it, unless it is another's of the same name: that one stays, whatever became of the own. An object that has lost
    /// its label may be either.
    async fn delete_own(&self) -> Result<(), KubernetesError> {
        let uid = match &self.known_by {
            KnownBy::Name => return self.client.delete(&format!("{}?gracePeriodSeconds=0", self.path), None).await,
            KnownBy::Uid(uid) => uid.clone(),
            KnownBy::Label(key, value) => {
                let Marked { metadata } = self.find_own().await?;
                match metadata.labels.get(*key) {
                    Some(found) if found == value => metadata.uid,
                    Some(_) => return Ok(()),
                    None => {
                        let detail = "an object of its name is there that does not say whose it is".to_owned();
                        return Err(KubernetesError::Malformed { detail });
                    }
                }
            }
        };
        let only = json!({ "kind": "DeleteOptions", "apiVersion": "v1", "preconditions": { "uid": uid } });
        match self.client.delete(&self.path, Some(&only)).await {
            // Another has its name by now.
            Err(error) if error.status().is_some_and(|status| status.code == 409) => Ok(()),
            answer => answer,
        }
    }

    /// Reads an object whose creation was never answered: it may come about a moment later.
    async fn find_own(&self) -> Result<Marked, KubernetesError> {
        match self.client.get_whenever(&self.path).await {
            Err(error) if error.is_absence_of(&self.name) => {
                tokio::time::sleep(LATE).await;
                self.client.get_whenever(&self.path).await
            }
            answer => answer,
        }
    }

    /// That it stays, or may: a deletion whose answer was lost can have been done.
    fn stays(&self, error: &KubernetesError) -> String {
        let Self { what, otherwise, .. } = self;
        let (word, why) = match error.status() {
            Some(_) => ("stays", "refused"),
            None => ("may stay", "not confirmed"),
        };
        format!("{what} {word}, because its deletion was {why} — {error}; {otherwise}")
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use http::{Request, Response};
    use kube::client::Body;
    use tower_test::mock::{Handle, SendResponse};

    use super::{KnownBy, Leftovers, Made};
    use crate::collect::access::clients::{KubernetesClient, TimeLimits};

    const PATH: &str = "/api/v1/namespaces/shop/pods/podid-probe-7";

    type Answers = Handle<Request<Body>, Response<Body>>;

    fn made(known_by: KnownBy) -> (Leftovers, Answers) {
        let (service, answers) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
        let client = KubernetesClient::new(kube::Client::new(service, "shop"), TimeLimits::default());
        let leftovers = Leftovers { made: Mutex::default(), patience: Duration::from_millis(20) };
        leftovers.add(Made {
            client,
            path: PATH.to_owned(),
            name: "podid-probe-7".to_owned(),
            what: "pod shop/podid-probe-7".to_owned(),
            otherwise: "kubectl delete pod podid-probe-7 -n shop takes it away".to_owned(),
            known_by,
        });
        (leftovers, answers)
    }

    fn status(send: SendResponse<Response<Body>>, code: u16, reason: &str, message: &str) {
        let details = serde_json::json!({ "kind": "pods", "name": "podid-probe-7" });
        let body = serde_json::json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
                                       "reason": reason, "message": message, "details": details });
        let answer = Response::builder().status(code).header("content-type", "application/json");
        if let Ok(answer) = answer.body(Body::from(body.to_string().into_bytes())) {
            send.send_response(answer);
        }
    }

    fn run<T>(future: impl Future<Output = T>) -> std::io::Result<T> {
        Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(future))
    }

    #[test]
    fn a_refused_deletion_is_tried_twice_and_told() -> std::io::Result<()> {
        let (asked, told) = run(async {
            let (leftovers, mut answers) = made(KnownBy::Name);
            let server = async {
                let mut asked = 0;
                while let Some((request, send)) = answers.next_request().await {
                    asked += usize::from(request.method() == http::Method::DELETE);
                    status(send, 403, "Forbidden", "no deletions on Saturdays");
                }
                asked
            };
            let told = async {
                let told = leftovers.remove(PATH).await;
                assert!(leftovers.remove_all().await.is_empty(), "what was told is not told again");
                drop(leftovers);
                told
            };
            futures::join!(server, told)
        })?;
        assert_eq!(
            (asked, told.as_deref()),
            (
                2,
                Some(
                    "pod shop/podid-probe-7 stays, because its deletion was refused — no deletions on Saturdays; kubectl delete pod podid-probe-7 -n shop takes it away"
                )
            )
        );
        Ok(())
    }

    #[test]
    fn a_deletion_without_an_answer_is_tried_again() -> std::io::Result<()> {
        let told = run(async {
            let (leftovers, mut answers) = made(KnownBy::Name);
            // Both are held and never answered.
            let held = async { (answers.next_request().await, answers.next_request().await) };
            futures::join!(leftovers.remove_all(), held).0
        })?;
        assert!(told.len() == 1 && told[0].contains("may stay, because its deletion was not confirmed"), "{told:?}");
        let told = run(async {
            let (leftovers, mut answers) = made(KnownBy::Name);
            let server = async {
                let first = answers.next_request().await;
                if let Some((_, send)) = answers.next_request().await {
                    status(send, 404, "NotFound", "pods \"podid-probe-7\" not found");
                }
                first
            };
            futures::join!(leftovers.remove_all(), server).0
        })?;
        assert!(told.is_empty(), "{told:?}");
        Ok(())
    }

    #[test]
    fn an_object_of_another_with_the_same_name_stays() -> std::io::Result<()> {
        let deletions = |label: &'static str| {
            run(async move {
                let (leftovers, mut answers) = made(KnownBy::Label("podid/run", "7".to_owned()));
                let server = async {
                    let mut deletions = Vec::new();
                    while let Some((request, send)) = answers.next_request().await {
                        let object = serde_json::json!({ "metadata": { "name": "podid-probe-7", "uid": "u-1",
                                                                       "labels": { "podid/run": label } } });
                        let is_deletion = request.method() == http::Method::DELETE;
                        if let (true, Ok(body)) = (is_deletion, request.into_body().collect_bytes().await) {
                            deletions.push(String::from_utf8_lossy(&body).into_owned());
                        }
                        send.send_response(Response::new(Body::from(object.to_string().into_bytes())));
                    }
                    deletions
                };
                let removed = async {
                    let told = leftovers.remove_all().await;
                    drop(leftovers);
                    told
                };
                futures::join!(server, removed)
            })
        };
        let (own, told) = deletions("7")?;
        assert!(
            own.len() == 1 && own[0].contains(r#""preconditions":{"uid":"u-1"}"#) && told.is_empty(),
            "{own:?} {told:?}"
        );
        assert_eq!(deletions("8")?, (vec![], vec![]));
        Ok(())
    }
}
