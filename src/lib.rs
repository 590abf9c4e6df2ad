//! `kubectl podid`.
