//! What is read of Cilium, only where it is seen, and of proxies in `ConfigMap`s: nothing more than is needed.

use podid::evidence::{GapReason, Source};

use crate::collect_kubernetes::{evidence, gap};
use crate::support::kubernetes::Kind;
use crate::support::world::{POD, SECRET, World};

/// Where each of Cilium's sources is read.
const OF_CILIUM: &[(Source, &str)] = &[
    (Source::CiliumNetworkPolicies, "/apis/cilium.io/v2/namespaces/shop/ciliumnetworkpolicies"),
    (Source::CiliumClusterwideNetworkPolicies, "/apis/cilium.io/v2/ciliumclusterwidenetworkpolicies"),
    (Source::CiliumConfig, "/api/v1/namespaces/kube-system/configmaps/cilium-config"),
];

/// A world with Cilium in it.
fn world_with_cilium() -> World {
    let world = World::healthy();
    let object = |api_version: &str, kind: &str, name: &str, namespace: &str| {
        serde_json::json!({
            "apiVersion": api_version, "kind": kind, "metadata": { "name": name, "namespace": namespace },
            "spec": { "endpointSelector": {}, "egress": [{ "toEntities": ["host"] }] },
        })
    };
    world.kubernetes.put(object("apps/v1", "DaemonSet", "cilium", "kube-system"));
    world.kubernetes.put(object("cilium.io/v2", "CiliumNetworkPolicy", "own", "shop"));
    world.kubernetes.put(object("cilium.io/v2", "CiliumNetworkPolicy", "foreign", "other"));
    world.kubernetes.put(object("cilium.io/v2", "CiliumClusterwideNetworkPolicy", "wide", ""));
    world.kubernetes.put(serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "cilium-config", "namespace": "kube-system" },
        "data": { "enable-policy": "default", "etcd-config": SECRET },
    }));
    world
}

#[test]
fn cilium_is_asked_only_where_it_is_seen() {
    let world = World::healthy();
    let seen = evidence(&world, &[]);
    for (source, path) in OF_CILIUM {
        assert_eq!(gap(&seen, *source).map(|gap| &gap.reason), Some(&GapReason::NotRequested), "{path}");
        assert!(world.kubernetes.requests().iter().all(|request| request.path != *path), "{path}");
    }
    let world = world_with_cilium();
    let seen = evidence(&world, &[]);
    let names =
        |list: &[podid::evidence::CiliumPolicy]| list.iter().map(|one| one.metadata.name.clone()).collect::<Vec<_>>();
    assert_eq!(seen.cilium_network_policies.known().map(|list| names(list)), Some(vec!["own".to_owned()]));
    assert_eq!(seen.cilium_clusterwide_network_policies.known().map(|list| names(list)), Some(vec!["wide".to_owned()]));
    let config = seen.cilium_config.present().expect("settings");
    assert_eq!(config.setting("enable-policy"), Some("default"));
    assert!(!world.read("evidence").contains(SECRET));
}

#[test]
fn what_cilium_does_not_answer_becomes_a_gap_of_its_reason() {
    let html = "<html><body>not found</body></html>";
    let kinds = [
        (Kind::Forbidden, GapReason::Denied),
        (Kind::Garbage, GapReason::Malformed),
        (Kind::Hang, GapReason::TimedOut),
        (Kind::Page(404, "text/html", html), GapReason::Malformed),
    ];
    for (kind, reason) in kinds {
        let world = world_with_cilium();
        for (_, path) in OF_CILIUM {
            world.kubernetes.fault(path, kind.clone());
        }
        let seen = evidence(&world, &[]);
        for (source, path) in OF_CILIUM {
            assert_eq!(gap(&seen, *source).map(|gap| &gap.reason), Some(&reason), "{kind:?}: {path}");
        }
    }
}

#[test]
fn a_kind_of_cilium_that_is_not_installed_has_no_objects() {
    let world = world_with_cilium();
    for (_, path) in &OF_CILIUM[..2] {
        world.kubernetes.fault(path, Kind::Page(404, "text/plain; charset=utf-8", "404 page not found\n"));
    }
    world.kubernetes.remove(OF_CILIUM[2].1);
    let seen = evidence(&world, &[]);
    assert_eq!(seen.cilium_network_policies.known(), Some(&vec![]));
    assert_eq!(seen.cilium_clusterwide_network_policies.known(), Some(&vec![]));
    assert_eq!(seen.cilium_config.known(), Some(&None));
}

#[test]
fn whether_cilium_is_there_may_not_be_known() {
    let world = world_with_cilium();
    world.kubernetes.fault("/apis/apps/v1/*", Kind::Forbidden);
    let seen = evidence(&world, &[]);
    for (source, _) in OF_CILIUM {
        let blocked = GapReason::Blocked { by: Source::NetworkEngines };
        assert_eq!(gap(&seen, *source).map(|gap| &gap.reason), Some(&blocked));
    }
}

#[test]
fn the_proxy_of_a_config_map_is_kept_without_its_password() {
    let world = World::healthy();
    let mut pod = world.kubernetes.object(POD);
    pod["spec"]["containers"][0]["envFrom"] = serde_json::json!([{ "configMapRef": { "name": "proxy" } }]);
    world.kubernetes.put(pod);
    let password = format!("http://jo:{SECRET}/{SECRET}@proxy.corp:3128/?token={SECRET}");
    world.kubernetes.put(serde_json::json!({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": { "name": "proxy", "namespace": "shop" },
        "data": { "HTTP_PROXY": password, "NO_PROXY": "localhost", "PASSWORD": SECRET },
    }));
    let seen = evidence(&world, &[]);
    let maps = seen.config_maps.known().expect("ConfigMaps");
    let map = maps["proxy"].as_ref().expect("the ConfigMap");
    assert_eq!(map.proxies["HTTP_PROXY"], "http://proxy.corp:3128/…");
    assert_eq!(map.proxies["NO_PROXY"], "localhost");
    assert!(map.data.iter().any(|key| key == "PASSWORD") && !world.read("evidence").contains(SECRET));
}
