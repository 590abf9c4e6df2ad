//! From a node to its role and to the simulation: what each kind of answer becomes, and what is not asked at all.

use podid::evidence::{Evidence, GapReason, Source};
use podid::reasoning::role::node_role::TELLERS;
use podid_doubles::aws::Fault;
use podid_doubles::aws::Kind;
use podid_doubles::aws::State;
use serde_json::{Value, json};

use crate::collect_aws::{evidence, for_each_kind_in, reason};
use crate::command_line::verdicts::change_cluster;
use crate::support::world::World;

fn world(labels: &Value) -> World {
    World::patched(&json!({ "node": { "metadata": { "labels": labels } } }))
}

fn self_managed() -> World {
    world(&json!({ "eks.amazonaws.com/nodegroup": null }))
}

/// Gives roles access entries of these types; each role exists.
fn with_entries(world: World, entries: &[(&str, &str)]) -> World {
    change_cluster(&world, |cluster| {
        let arn = |name: &str| format!("arn:aws:iam::111122223333:role/{name}");
        cluster.access_entries = Some(entries.iter().map(|(name, kind)| (arn(name), (*kind).to_owned())).collect());
    });
    world
}

fn change(world: &World, change: impl FnOnce(&mut State)) {
    world.aws.change(change).expect("a change");
}

#[track_caller]
fn simulated(evidence: &Evidence, role: &str) {
    let simulation = evidence.node_role_simulation.known().expect("a simulation");
    assert_eq!(simulation.policy_source_arn, format!("arn:aws:iam::111122223333:role/{role}"));
    assert_eq!(simulation.eval_resource_name.as_deref(), Some("arn:aws:eks:eu-west-1:111122223333:cluster/prod"));
    assert_eq!(simulation.eval_action_name, "eks-auth:AssumeRoleForPodIdentity");
}

#[test]
fn the_node_group() {
    for_each_kind_in(World::unproven, &["eks:DescribeNodegroup"], |what, expected, evidence| {
        assert_eq!(reason(evidence, Source::NodeGroup).as_ref(), Some(expected), "{what}");
        let blocked = GapReason::Blocked { by: Source::NodeGroup };
        assert_eq!(reason(evidence, Source::NodeRoleSimulation), Some(blocked), "{what}");
    });
    let world = World::unproven();
    change_cluster(&world, |cluster| cluster.nodegroups.clear());
    assert_eq!(evidence(&world).node_group.known(), Some(&None));
}

#[test]
fn the_simulation() {
    for_each_kind_in(World::unproven, &["iam:SimulatePrincipalPolicy"], |what, expected, evidence| {
        assert_eq!(reason(evidence, Source::NodeRoleSimulation).as_ref(), Some(expected), "{what}");
        assert_eq!(reason(evidence, Source::NodeGroup), None, "{what}");
    });
    simulated(&evidence(&World::unproven()), "node");
}

#[test]
fn what_a_simulation_says() {
    let world = World::unproven();
    change(&world, |state| {
        let roles = state.accounts.get_mut("111122223333").map(|account| &mut account.roles);
        let role = roles.and_then(|roles| roles.get_mut("node")).expect("the role");
        role.boundary_actions = Some(vec!["s3:*".to_owned()]);
        role.missing_context_values = vec!["aws:SourceVpc".to_owned()];
    });
    let seen = evidence(&world);
    let simulation = seen.node_role_simulation.known().expect("a simulation");
    assert_eq!(
        (simulation.eval_decision.as_str(), simulation.allowed_by_permissions_boundary),
        ("implicitDeny", Some(false))
    );
    assert_eq!(simulation.missing_context_values, ["aws:SourceVpc"]);
    change(&world, |state| state.accounts.values_mut().for_each(|account| account.roles.clear()));
    assert_eq!(reason(&evidence(&world), Source::NodeRoleSimulation), Some(GapReason::Insufficient));
}

#[test]
fn access_entries() {
    let entries = || with_entries(self_managed(), &[("node", "EC2_LINUX"), ("oncall", "STANDARD")]);
    for_each_kind_in(entries, &["eks:ListAccessEntries"], |what, expected, evidence| {
        assert_eq!(reason(evidence, Source::AccessEntries).as_ref(), Some(expected), "{what}");
    });
    for_each_kind_in(entries, &["eks:DescribeAccessEntry"], |what, expected, evidence| {
        assert_eq!(reason(evidence, Source::NodeAccessEntries).as_ref(), Some(expected), "{what}");
    });
    simulated(&evidence(&entries()), "node");
    let two = with_entries(self_managed(), &[("node", "EC2_LINUX"), ("gpu", "EC2_LINUX")]);
    let blocked = GapReason::Blocked { by: Source::NodeAccessEntries };
    assert_eq!(reason(&evidence(&two), Source::NodeRoleSimulation), Some(blocked), "two roles fit");
}

#[test]
fn a_cluster_that_knows_only_aws_auth() {
    let world = self_managed();
    change_cluster(&world, |cluster| cluster.access_entries = None);
    let roles = "- rolearn: arn:aws:iam::111122223333:role/node\n  username: system:node:{{EC2PrivateDNSName}}\n  groups: [system:bootstrappers, system:nodes]\n- rolearn: arn:aws:iam::111122223333:role/oncall\n  username: admin\n  groups: [system:masters]\n";
    let metadata = json!({ "name": "aws-auth", "namespace": "kube-system" });
    world
        .kubernetes
        .put(json!({ "apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": { "mapRoles": roles } }));
    let seen = evidence(&world);
    assert!(seen.access_entries.known().is_some_and(|entries| entries.complete && entries.access_entries.is_empty()));
    simulated(&seen, "node");
    let saved = seen.to_yaml().expect("YAML");
    assert!(!saved.contains("system:masters") && !saved.contains("oncall\n"), "only roles of nodes are kept");
}

#[test]
fn node_classes() {
    let class = |spec: Value| json!({ "metadata": { "name": "own" }, "spec": spec });
    let karpenter = json!({ "eks.amazonaws.com/nodegroup": null, "karpenter.k8s.aws/ec2nodeclass": "own" });
    let auto = json!({ "eks.amazonaws.com/compute-type": "auto", "eks.amazonaws.com/nodeclass": "own" });
    let node = |labels: &Value| json!({ "metadata": { "labels": labels } });
    let world = World::patched(&json!({ "node": node(&karpenter), "ec2NodeClass": class(json!({ "role": "node" })) }));
    simulated(&evidence(&world), "node");
    let world = World::patched(&json!({ "node": node(&auto), "nodeClass": class(json!({ "role": "node" })) }));
    simulated(&evidence(&world), "node");
    let missing = evidence(&World::patched(&json!({ "node": node(&auto) })));
    assert_eq!(missing.node_class.known(), Some(&None));
    let profile = class(json!({ "instanceProfile": "nodes" }));
    let with_profile = || {
        let world = World::patched(&json!({ "node": node(&karpenter), "ec2NodeClass": profile }));
        change(&world, |state| {
            let account = state.accounts.get_mut("111122223333").expect("the account");
            account.instance_profiles.insert("nodes".to_owned(), vec!["node".to_owned()]);
        });
        world
    };
    simulated(&evidence(&with_profile()), "node");
    for_each_kind_in(with_profile, &["iam:GetInstanceProfile"], |what, expected, evidence| {
        assert_eq!(reason(evidence, Source::InstanceProfile).as_ref(), Some(expected), "{what}");
    });
}

#[test]
fn nothing_is_asked_where_nothing_can_come_of_it() {
    for world in [
        World::healthy(),
        World::patched(&json!({ "pod": { "status": { "phase": "Succeeded" } } })),
        World::patched(
            &json!({ "node": { "metadata": { "labels": { "eks.amazonaws.com/compute-type": "fargate" } } } }),
        ),
    ] {
        let seen = evidence(&world);
        for source in TELLERS.into_iter().chain([Source::NodeRoleSimulation]) {
            assert_eq!(reason(&seen, source), Some(GapReason::NotRequested), "{source:?}");
        }
        assert!(world.aws.requests().iter().all(|request| request.operation != "DescribeNodegroup"));
    }
}

#[test]
fn a_role_of_another_account_is_not_simulated() {
    let world = World::unproven();
    change_cluster(&world, |cluster| {
        let role = json!("arn:aws:iam::444455556666:role/node");
        cluster.nodegroups.values_mut().for_each(|group| drop(group.insert("nodeRole".to_owned(), role.clone())));
    });
    assert_eq!(reason(&evidence(&world), Source::NodeRoleSimulation), Some(GapReason::WrongAccount));
    assert!(world.aws.requests().iter().all(|request| request.operation != "SimulatePrincipalPolicy"));
}

#[test]
fn a_refused_node_group_is_named_by_the_doctor() {
    let world = World::unproven();
    world.aws.fault(Fault::on("eks:DescribeNodegroup", Kind::AccessDenied { message: None }));
    let diagnosis = world.diagnosis(&[]);
    let missing = diagnosis["missingPermissions"].as_array().expect("a list");
    assert!(
        missing.iter().any(|one| one["permission"] == "eks:DescribeNodegroup" && one["settles"] == json!(["PID710"])),
        "{missing:#?}"
    );
}
