//! What the agent does by itself: it renews what it holds before that expires.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::log::Level;
use super::service::{Service, Trouble};

/// How often the agent looks for what is due, and how long a renewal that failed has to wait.
const MINUTE: Duration = Duration::from_mins(1);

/// Renews for ever; ends only when it is dropped.
pub async fn renew(service: Arc<Service>, every: Duration) {
    loop {
        tokio::time::sleep(every).await;
        let due = service.cache().due();
        for (token, held) in due {
            let mut fields = held.fields.clone();
            fields.insert("from".into(), json!("renewal-thread"));
            if !service.renewals.take() {
                service.log.write(Level::Info, &fields, "Rate limited! Will try to keep creds locally");
                service.cache().postpone(&token, MINUTE);
                continue;
            }
            match service.fetch(&token, &fields).await {
                Ok(_) => {}
                Err(Trouble::EksAuth(failure)) if failure.is_final() => {
                    let words = failure.words();
                    let message = format!("Removing credentials from cache, got non recoverable error: {words}");
                    service.log.write(Level::Info, &fields, &message);
                    service.cache().remove(&token);
                }
                Err(trouble) => {
                    let words = match &trouble {
                        Trouble::EksAuth(failure) => failure.words(),
                        Trouble::Expiring(words) => words.clone(),
                    };
                    service.log.write(Level::Error, &fields, &format!("Background refresh failed: {words}"));
                    service.cache().postpone(&token, MINUTE);
                }
            }
        }
    }
}

/// Renews in a thread of its own, until the process ends.
pub fn start(service: Arc<Service>) -> std::io::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    std::thread::Builder::new().name("renewal".into()).spawn(move || runtime.block_on(renew(service, MINUTE)))?;
    Ok(())
}
