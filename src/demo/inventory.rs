//! The example of `list`: a small cluster in which one of each thing is wrong.

use super::examples;
use crate::error::Error;
use crate::evidence::{Inventory, Owner, Reading};
use crate::inventory::restart::{Owners, StalePods};

/// What was read of it.
pub fn inventory() -> Result<Inventory, Error> {
    let text = examples::text("inventory");
    serde_saphyr::from_str(&text).map_err(|error| Error::bug(format!("the example cannot be read — {error}")))
}

/// The owners of its stale pods: its replica sets are those of deployments, and named by them.
pub fn with_owner(stale: StalePods) -> (StalePods, Owners) {
    let owner = stale.pod.metadata.controller().map(|owner| {
        let of_deployment = owner.name.rsplit_once('-').filter(|_| owner.kind == "ReplicaSet");
        let (kind, name) =
            of_deployment.map_or((owner.kind.as_str(), owner.name.as_str()), |(name, _)| ("Deployment", name));
        Owner { api_version: "apps/v1".to_owned(), kind: kind.to_owned(), name: name.to_owned(), ..Owner::default() }
    });
    (stale, (Reading::Known(owner), Reading::Known(None)))
}
