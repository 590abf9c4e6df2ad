//! What was made and has to be taken away again: also where the run is interrupted or its time is over. What could not be
//! taken away is told.

use std::sync::Mutex;
use std::time::Duration;

use jiff::Timestamp;

use crate::collect::access::clients::{KubernetesClient, KubernetesError};
use crate::collect::read::kubernetes::encode;

/// How long one deletion may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// How often it is tried; then the object's own deadline has to do.
const TRIES: u32 = 2;

/// Pods that were made, until they are deleted.
pub struct Leftovers {
    pods: Mutex<Vec<Made>>,
    patience: Duration,
}

impl Default for Leftovers {
    fn default() -> Self {
        Self { pods: Mutex::default(), patience: PATIENCE }
    }
}

/// A pod that was made.
#[derive(Clone)]
pub(super) struct Made {
    /// Where.
    pub client: KubernetesClient,
    /// Its namespace.
    pub namespace: String,
    /// Its name, which no other pod has.
    pub name: String,
    /// When its own deadline ends it.
    pub ends_at: Timestamp,
}

impl Leftovers {
    /// Makes note of a pod.
    pub(super) fn add(&self, made: Made) {
        self.with(|pods| pods.push(made));
    }

    /// Leaves out one that was never made, or is gone.
    pub(super) fn forget(&self, name: &str) {
        self.with(|pods| pods.retain(|made| made.name != name));
    }

    /// Deletes one; in words, if it stays.
    pub(super) async fn remove(&self, name: &str) -> Option<String> {
        let made = self.with(|pods| pods.iter().find(|made| made.name == name).cloned())?;
        let stays = made.delete(self.patience).await;
        self.forget(name);
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
        work(&mut self.pods.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

impl Made {
    /// Deletes it; in words, if it stays.
    async fn delete(&self, patience: Duration) -> Option<String> {
        let path =
            format!("/api/v1/namespaces/{}/pods/{}?gracePeriodSeconds=0", encode(&self.namespace), encode(&self.name));
        let mut last = None;
        for _ in 0..TRIES {
            let answer = tokio::time::timeout(patience, self.client.delete(&path)).await;
            match answer.unwrap_or(Err(KubernetesError::TimedOut { after: patience })) {
                Ok(()) => return None,
                Err(error) if error.is_absence_of(&self.name) => return None,
                Err(error) => last = Some(error),
            }
        }
        last.map(|error| self.stays(&error))
    }

    /// That it stays, or may: a deletion whose answer was lost can have been done.
    fn stays(&self, error: &KubernetesError) -> String {
        let Self { namespace, name, ends_at, .. } = self;
        let (word, why) = match error.status() {
            Some(_) => ("stays", "refused"),
            None => ("may stay", "not confirmed"),
        };
        let time = ends_at.strftime("%H:%M:%S");
        format!(
            "pod {namespace}/{name} {word}, because its deletion was {why} — {error}; its containers end at about {time}, and kubectl delete pod {name} -n {namespace} takes it away"
        )
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::time::Duration;

    use http::{Request, Response};
    use jiff::Timestamp;
    use kube::client::Body;
    use tower_test::mock::{Handle, SendResponse};

    use super::{Leftovers, Made};
    use crate::collect::access::clients::{KubernetesClient, TimeLimits};

    type Answers = Handle<Request<Body>, Response<Body>>;

    fn made() -> (Leftovers, Answers) {
        let (service, answers) = tower_test::mock::pair::<Request<Body>, Response<Body>>();
        let client = KubernetesClient::new(kube::Client::new(service, "shop"), TimeLimits::default());
        let leftovers = Leftovers { pods: Mutex::default(), patience: Duration::from_millis(20) };
        let (namespace, name) = ("shop".to_owned(), "podid-probe-7".to_owned());
        leftovers.add(Made { client, namespace, name, ends_at: Timestamp::UNIX_EPOCH });
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
            let (leftovers, mut answers) = made();
            let server = async {
                let mut asked = 0;
                while let Some((request, send)) = answers.next_request().await {
                    asked += usize::from(request.method() == http::Method::DELETE);
                    status(send, 403, "Forbidden", "no deletions on Saturdays");
                }
                asked
            };
            let told = async {
                let told = leftovers.remove("podid-probe-7").await;
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
                    "pod shop/podid-probe-7 stays, because its deletion was refused — no deletions on Saturdays; its containers end at about 00:00:00, and kubectl delete pod podid-probe-7 -n shop takes it away"
                )
            )
        );
        Ok(())
    }

    #[test]
    fn a_deletion_without_an_answer_is_tried_again() -> std::io::Result<()> {
        let told = run(async {
            let (leftovers, mut answers) = made();
            // Both are held and never answered.
            let held = async { (answers.next_request().await, answers.next_request().await) };
            futures::join!(leftovers.remove_all(), held).0
        })?;
        assert!(told.len() == 1 && told[0].contains("may stay, because its deletion was not confirmed"), "{told:?}");
        let told = run(async {
            let (leftovers, mut answers) = made();
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
}
