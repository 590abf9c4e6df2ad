//! The log of a played server: a request stands in it from its arrival, and its end is noted however it ends.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

/// What one played server keeps of a request.
pub trait Entry: Clone {
    /// The number it was given when it arrived.
    fn number(&self) -> u64;

    /// Notes when it ended, and with which HTTP status if there was an answer.
    fn end(&mut self, at: Timestamp, status: Option<u16>);
}

/// All requests so far, and the number of the next one.
#[derive(Debug)]
pub struct Log<E> {
    entries: Mutex<(u64, Vec<E>)>,
}

impl<E> Default for Log<E> {
    fn default() -> Self {
        Self { entries: Mutex::new((0, Vec::new())) }
    }
}

impl<E: Entry> Log<E> {
    /// Notes that a request began; what is returned notes its end when it is dropped.
    ///
    /// `entry` is given the number, which grows with each request and is never used again.
    pub fn begin(&self, entry: impl FnOnce(u64) -> E) -> Open<'_, E> {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let number = entries.0;
        entries.0 += 1;
        entries.1.push(entry(number));
        Open { log: self, number, status: None }
    }

    /// Gives all requests so far.
    pub fn all(&self) -> Vec<E> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).1.clone()
    }

    /// Forgets all requests so far.
    pub fn clear(&self) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).1.clear();
    }
}

/// A request that has not ended yet.
#[derive(Debug)]
pub struct Open<'a, E: Entry> {
    log: &'a Log<E>,
    number: u64,
    /// The status to be noted.
    pub status: Option<u16>,
}

impl<E: Entry> Drop for Open<'_, E> {
    fn drop(&mut self) {
        let mut entries = self.log.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.1.iter_mut().find(|entry| entry.number() == self.number) {
            entry.end(Timestamp::now(), self.status);
        }
    }
}
