//! What the agent holds: credentials by the whole token, until they are to be renewed; the least used go first.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::eks_auth::Assumed;
use super::log::Fields;

/// How long before the end of their life credentials are of no more use.
pub const LEAST: Duration = Duration::from_secs(15);

/// The cache.
#[derive(Debug)]
pub struct Cache {
    retention: Duration,
    size: usize,
    held: HashMap<String, Held>,
    asked: HashMap<String, Arc<tokio::sync::Mutex<()>>>,
}

/// Credentials of one token.
#[derive(Debug, Clone)]
pub struct Held {
    /// The credentials.
    pub assumed: Assumed,
    /// Of the request they were fetched for.
    pub fields: Fields,
    renew_at: Instant,
    used: Instant,
}

impl Cache {
    /// Makes a cache that renews after at most so long, and holds so many.
    pub fn new(retention: Duration, size: usize) -> Cache {
        Cache { retention, size, held: HashMap::new(), asked: HashMap::new() }
    }

    /// Gives what is held for a token.
    pub fn find(&mut self, token: &str) -> Option<Assumed> {
        let held = self.held.get_mut(token).filter(|held| life(&held.assumed) > LEAST)?;
        held.used = Instant::now();
        Some(held.assumed.clone())
    }

    /// Holds credentials, and says for how long, until they are renewed; `Err` with seconds if they are as good as expired.
    pub fn store(&mut self, token: &str, assumed: &Assumed, fields: &Fields) -> Result<Duration, f64> {
        let life = life(assumed);
        if life < LEAST {
            return Err(LEAST.as_secs_f64());
        }
        let (now, keep) = (Instant::now(), life.min(self.retention).max(LEAST));
        if self.held.len() >= self.size && !self.held.contains_key(token) {
            let oldest = self.held.iter().min_by_key(|(_, held)| held.used).map(|(token, _)| token.clone());
            self.held.remove(&oldest.unwrap_or_default());
        }
        let held = Held { assumed: assumed.clone(), fields: fields.clone(), renew_at: now + keep, used: now };
        self.held.insert(token.to_owned(), held);
        Ok(keep)
    }

    /// Gives up what is held for a token.
    pub fn remove(&mut self, token: &str) {
        self.held.remove(token);
    }

    /// Keeps what is held for a while longer.
    pub fn postpone(&mut self, token: &str, wait: Duration) {
        if let Some(held) = self.held.get_mut(token) {
            held.renew_at = Instant::now() + wait;
        }
    }

    /// Gives what is to be renewed now, and forgets what has expired.
    pub fn due(&mut self) -> Vec<(String, Held)> {
        self.held.retain(|_, held| !life(&held.assumed).is_zero());
        let now = Instant::now();
        let due = self.held.iter().filter(|(_, held)| held.renew_at <= now);
        due.map(|(token, held)| (token.clone(), held.clone())).collect()
    }

    /// The turn of those who ask for the same token at the same time: one asks EKS Auth, the others wait for what comes.
    pub fn turn(&mut self, token: &str) -> Arc<tokio::sync::Mutex<()>> {
        let idle: HashSet<String> = self
            .asked
            .iter()
            .filter(|(_, turn)| Arc::strong_count(turn) == 1)
            .map(|(token, _)| token.clone())
            .collect();
        self.asked.retain(|token, _| !idle.contains(token));
        Arc::clone(self.asked.entry(token.to_owned()).or_default())
    }
}

fn life(assumed: &Assumed) -> Duration {
    Duration::try_from(assumed.expires().duration_since(Timestamp::now())).unwrap_or_default()
}
