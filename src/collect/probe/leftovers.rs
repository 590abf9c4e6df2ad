//! What was made and has to be taken away again: also where the run is interrupted or its time is over.

use std::sync::Mutex;
use std::time::Duration;

use crate::collect::clients::KubernetesClient;

/// How long one deletion may take; then the object's own deadline has to do.
const PATIENCE: Duration = Duration::from_secs(10);

/// Objects that were made, until they are deleted.
#[derive(Default)]
pub struct Leftovers {
    objects: Mutex<Vec<(KubernetesClient, String)>>,
}

impl Leftovers {
    /// Makes note of an object, by its path.
    pub(super) fn add(&self, client: &KubernetesClient, path: &str) {
        self.with(|objects| objects.push((client.clone(), path.to_owned())));
    }

    /// Leaves out one that was never made.
    pub(super) fn forget(&self, path: &str) {
        self.with(|objects| objects.retain(|(_, known)| known != path));
    }

    /// Deletes one.
    pub(super) async fn remove(&self, path: &str) {
        let client =
            self.with(|objects| objects.iter().find(|(_, known)| known == path).map(|(client, _)| client.clone()));
        if let Some(client) = client {
            delete(&client, path).await;
            self.forget(path);
        }
    }

    /// Deletes all that is left.
    pub async fn remove_all(&self) {
        for (client, path) in self.with(std::mem::take) {
            delete(&client, &path).await;
        }
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<(KubernetesClient, String)>) -> T) -> T {
        // A panic elsewhere leaves a list that is still right.
        work(&mut self.objects.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

async fn delete(client: &KubernetesClient, path: &str) {
    let path = format!("{path}?gracePeriodSeconds=0");
    for _ in 0..2 {
        match tokio::time::timeout(PATIENCE, client.delete(&path)).await {
            Ok(Err(error)) if error.code() != Some(404) => {}
            _ => return,
        }
    }
}
