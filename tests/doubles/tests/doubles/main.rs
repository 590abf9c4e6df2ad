//! Holds the doubles against what was recorded of the real parts, and against what AWS's own clients expect.

mod recorded_webhook;
mod support;
mod tls_proxy;
