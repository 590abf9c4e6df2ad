//! `-vv`: each request on standard error, as it is answered.

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

/// Shows our own events, which are of level `info`. What libraries trace may hold headers, and headers hold secrets.
pub fn to_stderr() {
    let own = filter_fn(|metadata| metadata.target().starts_with("podid"));
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(false)
        .without_time()
        .with_filter(own);
    // This is the only place that sets a subscriber, so it cannot be set already.
    tracing_subscriber::registry().with(lines).try_init().ok();
}
