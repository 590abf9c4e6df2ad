//! Lists of associations that are longer than a page, and near misses in them.

use std::time::Duration;

use podid_doubles::aws::state::Association;
use podid_doubles::waves;
use serde_json::json;

use super::verdicts::change_cluster;
use crate::support::world::{World, causes};

/// Puts so many associations of a namespace before those that are there.
fn put_before(world: &World, number: usize, namespace: &str) {
    let row = |index: usize| {
        let text = json!({ "namespace": namespace, "serviceAccount": format!("other-{index:04}"),
            "roleArn": "arn:aws:iam::111122223333:role/other" });
        serde_json::from_value::<Association>(text).expect("an association")
    };
    change_cluster(world, |cluster| cluster.associations.splice(0..0, (0..number).map(row)).for_each(drop));
}

fn move_to(world: &World, namespace: &str, service_account: &str) {
    change_cluster(world, |cluster| {
        let own = cluster.associations.iter_mut().find(|one| one.service_account == "api").expect("the association");
        namespace.clone_into(&mut own.namespace);
        service_account.clone_into(&mut own.service_account);
    });
}

#[test]
fn an_association_behind_the_first_page_is_found() {
    for others in [99, 100, 101, 1_001] {
        let world = World::healthy();
        put_before(&world, others, "shop");
        world.set_latency(Duration::from_millis(30));
        let diagnosis = world.doctor(&["-o", "json"]).ends_with(0).json();
        assert_eq!(diagnosis["association"]["roleArn"], "arn:aws:iam::111122223333:role/api");
        let requests = world.aws.requests();
        assert!(world.kubernetes.requests().len() + requests.len() <= 22);
        let lists = requests.iter().filter(|request| request.operation == "ListPodIdentityAssociations").count();
        assert_eq!(lists, if others < 100 { 1 } else { 2 }, "the second one asks for the one service account");
        assert!(waves(requests.iter().map(podid_doubles::aws::Recorded::interval)) <= 4);
    }
}

#[test]
fn one_that_is_missing_is_missing_however_long_the_list_is() {
    let world = World::healthy();
    put_before(&world, 1_001, "shop");
    change_cluster(&world, |cluster| cluster.associations.retain(|one| one.service_account != "api"));
    let diagnosis = world.doctor(&["-o", "json"]).ends_with(1).json();
    assert_eq!(causes(&diagnosis), ["PID210"]);
}

#[test]
fn near_misses_are_found_in_other_namespaces_behind_the_first_page() {
    for (namespace, service_account) in [("shop-staging", "api"), ("shop", "apo"), ("shop", "default")] {
        let world = World::healthy();
        put_before(&world, 1_001, "busy");
        move_to(&world, namespace, service_account);
        let run = world.doctor(&["-o", "json"]).ends_with(1);
        let diagnosis = run.json();
        assert_eq!(causes(&diagnosis), ["PID210"]);
        let whom = format!("{namespace}/{service_account}");
        assert!(run.stdout.contains(&whom), "{whom}: {diagnosis:#}");
    }
}
