//! Real SDKs in every situation that the resolver tells apart, against played servers; run by `scripts/sdks test`.
#![expect(clippy::expect_used, reason = "a test that cannot go on says so by failing")]

mod support;
mod truth;
