//! How many requests a second the agent lets through, and how many at once.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// A bucket of permits that fills up evenly.
#[derive(Debug)]
pub struct Limiter {
    rate: f64,
    burst: f64,
    state: Mutex<(f64, Instant)>,
}

impl Limiter {
    /// Makes a full bucket.
    pub fn new(rate: f64, burst: f64) -> Limiter {
        Limiter { rate, burst, state: Mutex::new((burst, Instant::now())) }
    }

    /// Takes a permit, if there is one.
    pub fn take(&self) -> bool {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let there = (state.0 + (now - state.1).as_secs_f64() * self.rate).min(self.burst);
        let taken = there >= 1.0;
        *state = (if taken { there - 1.0 } else { there }, now);
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::Limiter;

    #[test]
    fn what_is_spent_comes_back_only_with_time() {
        let limiter = Limiter::new(0.001, 2.0);
        assert_eq!([limiter.take(), limiter.take(), limiter.take()], [true, true, false]);
    }
}
