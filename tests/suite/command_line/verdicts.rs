//! One world for each verdict, for what must hold whatever comes out.

use podid_doubles::aws::{Fault, Kind, State};

use crate::support::world::{POD, World};

/// A world, what is found in it, and what the process ends with.
pub struct Verdict {
    /// The word.
    pub word: &'static str,
    /// The world.
    pub world: World,
    /// The exit code.
    pub code: i32,
}

/// All verdicts, and a target that is not there.
pub fn every() -> Vec<Verdict> {
    vec![
        Verdict { word: "healthy", world: World::healthy(), code: 0 },
        Verdict { word: "broken", world: broken(), code: 1 },
        Verdict { word: "inconclusive", world: inconclusive(), code: 3 },
        Verdict { word: "degraded", world: degraded(), code: 0 },
        Verdict { word: "inconclusive", world: not_found(), code: 3 },
    ]
}

/// Nobody has associated the service account.
pub fn broken() -> World {
    let world = World::healthy();
    without_association(&world);
    world
}

/// AWS does not let the associations be listed.
pub fn inconclusive() -> World {
    let world = World::healthy();
    world.aws.fault(Fault::on("eks:ListPodIdentityAssociations", Kind::AccessDenied { message: None }));
    world
}

/// The webhook was deleted after the pod had got its variables.
pub fn degraded() -> World {
    let world = World::healthy();
    world.kubernetes.remove("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pod-identity-webhook");
    world
}

/// There is no such pod, but one with a name like it.
pub fn not_found() -> World {
    let world = World::healthy();
    let mut pod = world.kubernetes.object(POD);
    world.kubernetes.remove(POD);
    pod["metadata"]["name"] = "api-7c9e".into();
    world.kubernetes.put(pod);
    world
}

/// Deletes the association of `shop/api`.
pub fn without_association(world: &World) {
    change_cluster(world, |cluster| cluster.associations.retain(|one| one.service_account != "api"));
}

/// Changes the played EKS cluster.
pub fn change_cluster(world: &World, change: impl FnOnce(&mut podid_doubles::aws::state::Cluster)) {
    let of = |state: &mut State| change(state.cluster_mut("111122223333", "eu-west-1", "prod").expect("the cluster"));
    world.aws.change(of).expect("a change");
}
