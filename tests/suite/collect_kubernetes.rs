//! What each kind of answer of the API server becomes: knowledge, absence, or a gap of the right reason.
//!
//! The binary is run and the saved evidence is read: so the whole way from the socket to the file is held.

use std::time::Duration;

use podid::evidence::{Evidence, Gap, GapReason, Source};

use crate::support::kubernetes::Kind;
use crate::support::world::{POD, SECRET, World};

/// Runs the cluster side only, and reads the evidence that was saved.
pub fn evidence(world: &World, more: &[&str]) -> Evidence {
    let save = world.argument("evidence");
    world.doctor(&[&["--no-aws", "--save", &save, "--timeout", "3s"], more].concat());
    Evidence::from_yaml(&world.read("evidence")).expect("evidence")
}

/// What is read once the pod is known, and the path of it.
const BEHIND_THE_POD: &[(Source, &str)] = &[
    (Source::ServiceAccount, "/api/v1/namespaces/shop/serviceaccounts/api"),
    (Source::Siblings, "/api/v1/namespaces/shop/pods"),
    (Source::Owner, "/apis/apps/v1/namespaces/shop/replicasets/api-7c9f"),
    (Source::RootCertificates, "/api/v1/namespaces/shop/configmaps/kube-root-ca.crt"),
    (Source::Namespace, "/api/v1/namespaces/shop"),
    (Source::Node, "/api/v1/nodes/ip-10-0-1-7.eu-west-1.compute.internal"),
    (Source::NetworkPolicies, "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies"),
    (Source::NetworkEngines, "/apis/apps/v1/daemonsets"),
    (Source::AgentDaemonSets, "/apis/apps/v1/daemonsets"),
    (Source::AgentPods, "/api/v1/namespaces/kube-system/pods"),
    (Source::Webhooks, "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"),
    (Source::Version, "/version"),
];

/// Each kind of answer that is none, and the reason it becomes.
fn gaps() -> Vec<(&'static str, Kind, GapReason)> {
    let html = "<html><body>not found</body></html>";
    vec![
        ("404 of something else", Kind::Page(404, "text/html", html), GapReason::Malformed),
        ("404 of an unknown path", Kind::Page(404, "text/plain", "404 page not found\n"), GapReason::Malformed),
        ("404 without a name", Kind::Status(404, "NotFound"), GapReason::Malformed),
        ("404 of another object", Kind::OtherNotFound, GapReason::Malformed),
        ("403", Kind::Forbidden, GapReason::Denied),
        ("403 of something else", Kind::Page(403, "text/html", html), GapReason::Malformed),
        ("401", Kind::Unauthorized, GapReason::NoCredentials),
        ("401 of something else", Kind::Page(401, "text/html", html), GapReason::NoCredentials),
        ("429, come back much later", Kind::Throttled(60), GapReason::Throttled),
        ("429 of something else", Kind::Page(429, "text/plain", "slow down"), GapReason::Throttled),
        ("500", Kind::Status(500, "InternalError"), GapReason::Unreachable),
        ("502 of something else", Kind::Page(502, "text/html", html), GapReason::Unreachable),
        ("503", Kind::Status(503, "ServiceUnavailable"), GapReason::Unreachable),
        ("504", Kind::Status(504, "Timeout"), GapReason::TimedOut),
        ("no answer", Kind::Hang, GapReason::TimedOut),
        ("a cut connection", Kind::Cut, GapReason::Unreachable),
        ("half an answer", Kind::Half, GapReason::Unreachable),
        ("garbage", Kind::Garbage, GapReason::Malformed),
        ("200 of something else", Kind::Page(200, "text/html", html), GapReason::Malformed),
        ("JSON of something else", Kind::Stranger, GapReason::Malformed),
        ("a redirection", Kind::Page(302, "text/html", html), GapReason::Malformed),
    ]
}

pub fn gap(evidence: &Evidence, source: Source) -> Option<&Gap> {
    evidence.source_gap(source)
}

#[test]
fn an_answer_that_is_none_becomes_a_gap_of_its_reason() {
    std::thread::scope(|scope| {
        for (what, kind, reason) in gaps() {
            scope.spawn(move || {
                let world = World::healthy();
                for (_, path) in BEHIND_THE_POD {
                    world.kubernetes.fault(path, kind.clone());
                }
                let evidence = evidence(&world, &[]);
                for (source, path) in BEHIND_THE_POD {
                    let found = gap(&evidence, *source).map(|gap| gap.reason.clone());
                    // A refused list of daemon sets is asked again in one namespace.
                    let wide = matches!(source, Source::AgentDaemonSets | Source::NetworkEngines)
                        && reason == GapReason::Denied;
                    let expected = if wide { None } else { Some(reason.clone()) };
                    assert_eq!(found, expected, "{what}: {path}");
                }
                assert!(evidence.pod.present().is_some(), "{what}: no call stops another");
            });
        }
    });
}

#[test]
fn a_pod_that_cannot_be_read_is_a_gap_and_what_needs_it_is_blocked() {
    std::thread::scope(|scope| {
        for (what, kind, reason) in gaps() {
            scope.spawn(move || {
                let world = World::healthy();
                world.kubernetes.fault(POD, kind);
                let evidence = evidence(&world, &[]);
                let found = gap(&evidence, Source::Pod).map(|gap| gap.reason.clone());
                assert_eq!(found, Some(reason), "{what}");
                for source in
                    [Source::ServiceAccount, Source::Node, Source::Owner, Source::AgentPods, Source::ConfigMaps]
                {
                    let blocked = gap(&evidence, source).map(|gap| gap.reason.clone());
                    assert_eq!(blocked, Some(GapReason::Blocked { by: Source::Pod }), "{what}: {source:?}");
                }
                assert_eq!(gap(&evidence, Source::Webhooks), None, "{what}: no call stops another");
            });
        }
    });
}

#[test]
fn a_good_answer_is_known() {
    let evidence = evidence(&World::healthy(), &[]);
    for source in [Source::Pod, Source::Job, Source::ConfigMaps] {
        assert_eq!(gap(&evidence, source), None, "{source:?}");
    }
    for (source, path) in BEHIND_THE_POD {
        assert_eq!(gap(&evidence, *source), None, "{path}");
    }
}

#[test]
fn a_not_found_that_names_the_object_is_an_absence() {
    let world = World::healthy();
    for (source, path) in BEHIND_THE_POD {
        if matches!(source, Source::ServiceAccount | Source::RootCertificates | Source::Namespace | Source::Node) {
            world.kubernetes.remove(path);
        }
    }
    let evidence = evidence(&world, &[]);
    assert_eq!(evidence.service_account.known(), Some(&None));
    assert_eq!(evidence.root_certificates.known(), Some(&None));
    assert_eq!(evidence.namespace.known(), Some(&None));
    assert_eq!(evidence.node.known(), Some(&None));
    assert_eq!(evidence.service_accounts.known(), Some(&vec![]), "then the names there are, are asked for");
}

#[test]
fn an_owner_that_is_gone_is_known_by_its_name() {
    let world = World::healthy();
    world.kubernetes.remove("/apis/apps/v1/namespaces/shop/replicasets/api-7c9f");
    let owner = evidence(&world, &[]).owner;
    assert_eq!(
        owner.present().map(|owner| (owner.kind.as_str(), owner.name.as_str())),
        Some(("ReplicaSet", "api-7c9f"))
    );
    let world = World::healthy();
    world.kubernetes.remove("/apis/apps/v1/namespaces/shop/deployments/api");
    let owner = evidence(&world, &[]).owner;
    assert_eq!(owner.present().map(|owner| (owner.kind.as_str(), owner.name.as_str())), Some(("Deployment", "api")));
}

#[test]
fn the_deployment_above_a_replica_set_is_known_by_its_name_without_being_read() {
    let world = World::healthy();
    world.kubernetes.fault("/apis/apps/v1/namespaces/shop/deployments/api", Kind::Forbidden);
    let label = "eks.amazonaws.com/pod-identity";
    let template = serde_json::json!({
        "metadata": { "labels": { label: "enabled", "app": "api" } },
        "spec": { "initContainers": [{ "name": "migrate" }] },
    });
    let set = "/apis/apps/v1/namespaces/shop/replicasets/api-7c9f";
    world.kubernetes.patch(set, &serde_json::json!({ "spec": { "template": template } }));
    let evidence = evidence(&world, &[]);
    let owner = evidence.owner.present().expect("an owner");
    assert_eq!((owner.kind.as_str(), owner.name.as_str(), owner.template_known), ("Deployment", "api", true));
    let names: Vec<&str> = owner.all_template_containers().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["migrate", "app"], "the template is the one that the pod was made from");
    let labels: Vec<&str> = owner.template_labels.keys().map(String::as_str).collect();
    assert_eq!(labels, [label], "other labels are not kept");
}

#[test]
fn an_empty_list_is_knowledge() {
    let world = World::healthy();
    world.kubernetes.remove("/apis/apps/v1/namespaces/kube-system/daemonsets/eks-pod-identity-agent");
    world.kubernetes.remove("/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-4k2mz");
    world.kubernetes.remove("/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node");
    world.kubernetes.remove("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations/pod-identity-webhook");
    let evidence = evidence(&world, &[]);
    assert_eq!(evidence.agent_daemon_sets.known(), Some(&vec![]));
    assert_eq!(evidence.agent_pods.known(), Some(&vec![]));
    assert_eq!(evidence.webhooks.known(), Some(&vec![]));
    assert_eq!(evidence.network_policies.known(), Some(&vec![]));
    assert_eq!(evidence.network_engines.known().map(|engines| engines.daemon_sets.len()), Some(0));
}

#[test]
fn daemon_sets_that_may_be_listed_in_one_namespace_only() {
    let world = World::healthy();
    world.kubernetes.fault("/apis/apps/v1/daemonsets", Kind::Forbidden);
    assert_eq!(evidence(&world, &[]).agent_daemon_sets.known().map(Vec::len), Some(1));
    // None there says nothing about the other namespaces.
    world.kubernetes.remove("/apis/apps/v1/namespaces/kube-system/daemonsets/eks-pod-identity-agent");
    let seen = evidence(&world, &[]);
    assert_eq!(gap(&seen, Source::AgentDaemonSets).map(|gap| &gap.reason), Some(&GapReason::Denied));
    world.kubernetes.fault("/apis/apps/v1/namespaces/kube-system/daemonsets", Kind::Forbidden);
    let seen = evidence(&world, &[]);
    assert_eq!(gap(&seen, Source::AgentDaemonSets).map(|gap| &gap.reason), Some(&GapReason::Denied));
}

#[test]
fn networks_are_read_from_the_list_of_daemon_sets_and_nothing_more_is_kept_of_them() {
    let world = World::healthy();
    let aws_node = "/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node";
    let mut set = world.kubernetes.object(aws_node);
    set["spec"]["template"]["spec"]["containers"] = serde_json::json!([
        { "name": "aws-node", "command": [SECRET], "env": [
            { "name": "ADDITIONAL_ENI_TAGS", "value": SECRET },
            { "name": "MY_NODE_NAME", "valueFrom": { "fieldRef": { "fieldPath": "spec.nodeName" } } },
            { "name": "POD_SECURITY_GROUP_ENFORCING_MODE", "value": "standard" },
        ] },
        { "name": "aws-eks-nodeagent", "args": ["--enable-network-policy=true", SECRET, "--metrics-bind-addr=:8162"] },
    ]);
    world.kubernetes.put(set);
    let other = serde_json::json!({ "apiVersion": "apps/v1", "kind": "DaemonSet",
        "metadata": { "name": "logs", "namespace": "shop" },
        "spec": { "template": { "spec": { "containers": [{ "name": "logs", "env": [{ "name": SECRET }] }] } } } });
    world.kubernetes.put(other);
    let seen = evidence(&world, &[]);
    let engines = seen.network_engines.known().expect("networks");
    assert!(engines.everywhere && engines.daemon_sets.len() == 1, "{engines:#?}");
    assert!(engines.daemon_sets[0].enforces());
    let setting = engines.daemon_sets[0].setting("POD_SECURITY_GROUP_ENFORCING_MODE").expect("the mode");
    assert_eq!(setting.value.as_deref(), Some("standard"));
    assert!(!world.read("evidence").contains(SECRET));
}

#[test]
fn networks_that_may_be_listed_in_one_namespace_only() {
    let world = World::healthy();
    world.kubernetes.fault("/apis/apps/v1/daemonsets", Kind::Forbidden);
    let seen = evidence(&world, &[]);
    let engines = seen.network_engines.known().expect("networks");
    assert!(!engines.everywhere && engines.daemon_sets.len() == 1, "{engines:#?}");
    // None there says nothing about the other namespaces; the agent beside it is known all the same.
    world.kubernetes.remove("/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node");
    let seen = evidence(&world, &[]);
    assert_eq!(gap(&seen, Source::NetworkEngines).map(|gap| &gap.reason), Some(&GapReason::Denied));
    assert_eq!(gap(&seen, Source::AgentDaemonSets), None);
}

#[test]
fn policies_are_those_of_the_namespace() {
    let world = World::healthy();
    for namespace in ["shop", "other"] {
        let metadata = serde_json::json!({ "name": "default-deny", "namespace": namespace });
        let spec = serde_json::json!({ "podSelector": {}, "policyTypes": ["Egress"] });
        world.kubernetes.put(serde_json::json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": metadata, "spec": spec }));
    }
    let seen = evidence(&world, &[]);
    let policies = seen.network_policies.known().expect("policies");
    assert_eq!(policies.iter().map(|one| one.metadata.namespace.as_str()).collect::<Vec<_>>(), ["shop"]);
}

#[test]
fn a_server_that_asks_to_come_back_is_asked_again() {
    let world = World::healthy();
    world.kubernetes.fault_times("/version", Kind::Throttled(1), 1);
    world.kubernetes.fault_times("/api/v1/nodes/*", Kind::Status(503, "ServiceUnavailable"), 2);
    let begun = std::time::Instant::now();
    let evidence = evidence(&world, &[]);
    assert!(begun.elapsed() > Duration::from_secs(1), "Retry-After is honoured");
    assert_eq!((gap(&evidence, Source::Version), gap(&evidence, Source::Node)), (None, None));
    assert_eq!(evidence.requests.kubernetes as usize, world.kubernetes.requests().len(), "repetitions count");
}

#[test]
fn an_answer_that_is_too_long_is_not_read_to_its_end() {
    let world = World::healthy();
    world.kubernetes.fault("/api/v1/nodes/*", Kind::Huge(65 * 1024 * 1024));
    let save = world.argument("evidence");
    world.doctor(&["--no-aws", "--save", &save, "--timeout", "60s"]);
    let evidence = Evidence::from_yaml(&world.read("evidence")).expect("evidence");
    let gap = gap(&evidence, Source::Node).expect("a gap");
    assert_eq!(gap.reason, GapReason::Malformed);
    assert!(gap.detail.contains("longer than"), "{}", gap.detail);
}

#[test]
fn config_maps_are_read_where_containers_name_them() {
    let world = World::healthy();
    let mut pod = world.kubernetes.object(POD);
    pod["spec"]["containers"][0]["envFrom"] =
        serde_json::json!([{ "configMapRef": { "name": "gone", "optional": true } }]);
    world.kubernetes.put(pod);
    let seen = evidence(&world, &[]);
    assert_eq!(seen.config_maps.known().and_then(|maps| maps.get("gone")), Some(&None), "absent is knowledge");
    world.kubernetes.fault("/api/v1/namespaces/shop/configmaps/gone", Kind::Forbidden);
    let seen = evidence(&world, &[]);
    assert_eq!(gap(&seen, Source::ConfigMaps).map(|gap| &gap.reason), Some(&GapReason::Denied));
}

#[test]
fn what_a_gap_says_names_what_was_answered() {
    let world = World::healthy();
    world.kubernetes.fault("/api/v1/nodes/*", Kind::Forbidden);
    let evidence = evidence(&world, &[]);
    let detail = &gap(&evidence, Source::Node).expect("a gap").detail;
    assert!(detail.contains("nodes \"ip-10-0-1-7.eu-west-1.compute.internal\" is forbidden"), "{detail}");
}
