//! Who may change what all tests share: the webhook configuration and the agent's daemon set.
//!
//! A test that only uses them holds the cluster together with others; one that takes them away holds it alone.

use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

static CLUSTER: RwLock<()> = RwLock::new(());

/// A hold on the cluster, until it is dropped.
pub enum Hold {
    /// With other tests.
    Shared(#[expect(dead_code, reason = "held, not read")] RwLockReadGuard<'static, ()>),
    /// Without any.
    Alone(#[expect(dead_code, reason = "held, not read")] RwLockWriteGuard<'static, ()>),
}

impl Hold {
    /// Waits until no test holds the cluster alone.
    pub fn shared() -> Self {
        Self::Shared(CLUSTER.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Waits until no other test holds the cluster.
    pub fn alone() -> Self {
        Self::Alone(CLUSTER.write().unwrap_or_else(PoisonError::into_inner))
    }

    /// Whether no other test holds the cluster.
    pub fn is_alone(&self) -> bool {
        matches!(self, Self::Alone(_))
    }
}
