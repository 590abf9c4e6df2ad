//! Archives, manifests and packages as a person gets them; run by `scripts/ready release`, which makes them before.
#![expect(clippy::expect_used, reason = "a test that cannot go on says so by failing")]

mod archives;
mod debian;
mod image;
mod krew;
mod manifests;
mod support;
