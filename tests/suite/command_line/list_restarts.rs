//! The plan of restarts: commands that nothing can be lost by, and words for all else.

use podid_doubles::aws::{Fault, Kind as AwsKind};
use serde_json::{Value, json};

use super::list::{add_pod, healthy, list, without_variables};
use super::verdicts::without_association;

#[test]
fn restarts_stand_in_an_order_that_breaks_nothing() {
    let world = healthy();
    let stale = |pod: &mut Value| {
        without_variables(pod);
        pod["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
    };
    add_pod(&world, "bare", |pod| {
        stale(pod);
        pod["metadata"]["ownerReferences"] = json!([]);
    });
    for name in ["api-7c9g", "api-7c9h"] {
        add_pod(&world, name, stale);
    }
    let plan = list(&world, &["--restart-plan"]).ends_with(0);
    let lines: Vec<&str> = plan.stdout.lines().collect();
    assert_eq!(lines.len(), 2, "{}", plan.stdout);
    assert_eq!(lines[0], "kubectl -n shop rollout restart deployment/api");
    assert!(lines[1].starts_with("# shop/bare: delete the pod"), "{}", lines[1]);
    let document = list(&world, &["--restart-plan", "-o", "json"]).ends_with(0).json();
    assert_eq!(document["items"][0]["command"], "kubectl -n shop rollout restart deployment/api");

    // What would end all pods at once, or let waiting changes go, is for a person.
    let paused = json!({ "spec": { "paused": true } });
    let recreate = json!({ "spec": { "paused": false, "strategy": { "type": "Recreate" } } });
    for (change, words) in [(paused, "rollout is paused"), (recreate, "ends all its pods before it makes new ones")] {
        world.kubernetes.patch("/apis/apps/v1/namespaces/shop/deployments/api", &change);
        let plan = list(&world, &["--restart-plan"]).ends_with(0).stdout;
        assert!(plan.lines().all(|line| line.starts_with("# ")), "{plan}");
        assert!(plan.contains(words) || words == "rollout is paused", "{plan}");
    }
    world.kubernetes.patch("/apis/apps/v1/namespaces/shop/deployments/api", &json!({ "spec": { "strategy": null } }));
    // Whose role does not let EKS in is not restarted: its pods may act by what they still have.
    world
        .aws
        .change(|state| {
            let account = state.accounts.get_mut("111122223333").expect("the account");
            account.roles.remove("api");
        })
        .expect("a state");
    let plan = list(&world, &["--restart-plan"]).ends_with(0).stdout;
    assert!(plan.lines().all(|line| line.starts_with("# not restarted: shop/api, ")), "{plan}");
    without_association(&world);
    list(&world, &["--restart-plan"]).ends_with(0).says(&["# no workload has pods that are older"]);
}

#[test]
fn a_cluster_that_was_only_guessed_is_not_restarted() {
    let world = healthy();
    add_pod(&world, "api-old", |pod| {
        without_variables(pod);
        pod["metadata"]["creationTimestamp"] = json!("2020-01-01T00:00:00Z");
    });
    list(&world, &["--restart-plan"]).ends_with(0).says(&["rollout restart deployment/api"]);
    world.aws.fault(Fault::on("eks:DescribeCluster", AwsKind::AccessDenied { message: None }));
    let run = list(&world, &["--restart-plan"]).ends_with(3).says(&["# nothing is restarted: prod was guessed"]);
    assert!(!run.stdout.contains("rollout"), "{}", run.stdout);
    let refused = list(&world, &["--refused"]).ends_with(3);
    assert!(!refused.stdout.contains("✗"), "{}", refused.stdout);
}
