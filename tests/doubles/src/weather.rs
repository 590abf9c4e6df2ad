//! Bad weather between a server and its client: seeded faults that befall the same requests in the same way, in whatever order they come.

mod mishap;
mod spoil;

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use mishap::{Mishap, Sort};

use spoil::Dice;

use crate::http::{Answer, Request};

/// What befalls the requests of a server; nothing until a storm is set.
#[derive(Debug, Default)]
pub struct Weather {
    storm: Mutex<Option<Storm>>,
}

/// What is to befall whom.
#[derive(Debug, Clone)]
pub struct Forecast {
    /// All that is drawn follows from it.
    pub seed: u64,
    /// How many of a thousand requests are befallen.
    pub per_mille: u64,
    /// What may befall them.
    pub sorts: Vec<Sort>,
    /// Whether a request that is sent again fares as it did; else it is drawn again.
    pub is_lasting: bool,
    /// Where redirects lead: a server that must get no credentials.
    pub elsewhere: String,
}

#[derive(Debug)]
struct Storm {
    forecast: Forecast,
    /// How often each request came.
    seen: BTreeMap<u64, u64>,
    told: Vec<String>,
}

impl Weather {
    /// Begins a storm, and forgets the one before.
    pub fn set(&self, forecast: Forecast) {
        *self.storm() = Some(Storm { forecast, seen: BTreeMap::new(), told: Vec::new() });
    }

    /// What befell requests since the storm began: the request, and what.
    pub fn told(&self) -> Vec<String> {
        self.storm().as_ref().map(|storm| storm.told.clone()).unwrap_or_default()
    }

    /// Lets the weather befall an answer.
    pub fn befall(&self, request: &Request, answer: Answer) -> Answer {
        let Answer::Whole(response) = answer else { return answer };
        let mut guard = self.storm();
        let Some(storm) = guard.as_mut() else { return Answer::Whole(response) };
        let Some((mishap, rng)) = storm.draw(request) else { return Answer::Whole(response) };
        let mut dice = Dice { rng, place: String::new() };
        let spoilt = spoil::spoil(&mishap, &mut dice, request, response, &storm.forecast.elsewhere);
        storm.told.push(format!("{} {} {mishap:?} {}", request.method, request.path, dice.place));
        spoilt
    }

    fn storm(&self) -> MutexGuard<'_, Option<Storm>> {
        self.storm.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Storm {
    fn draw(&mut self, request: &Request) -> Option<(Mishap, fastrand::Rng)> {
        let key = identity(request);
        let times = self.seen.entry(key).or_default();
        let time = if self.forecast.is_lasting { 0 } else { *times };
        *times += 1;
        let mut hasher = DefaultHasher::new();
        (self.forecast.seed, key, time).hash(&mut hasher);
        let mut rng = fastrand::Rng::with_seed(hasher.finish());
        let is_befallen = rng.u64(0..1000) < self.forecast.per_mille;
        is_befallen.then(|| (Mishap::draw(&mut rng, &self.forecast.sorts), rng))
    }
}

/// What tells a request from others, without what differs from run to run: dates, signatures, tokens.
fn identity(request: &Request) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&request.method, &request.path, &request.query, request.header("x-amz-target"), &request.body).hash(&mut hasher);
    hasher.finish()
}
