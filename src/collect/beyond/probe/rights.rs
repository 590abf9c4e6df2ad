//! What a probe needs the right to do, and the requests it would make.

use super::choice::Mode;
use crate::collect::Session;
use crate::collect::access::access_review::{Access, Right, review};
use crate::evidence::source::{Permission, Scope};

/// Request, permission, and when it is made.
pub type Row = (String, Option<String>, &'static str);

/// The requests of the ways that a mode may go.
pub fn planned(mode: Mode, namespace: &str) -> Vec<Row> {
    rows(mode.ways().iter().flat_map(|way| needs(*way)), namespace)
}

/// The requests of a probe on every node.
pub fn planned_on_every_node(namespace: &str) -> Vec<Row> {
    rows(EVERY_NODE.iter(), namespace)
}

fn rows<'n>(needs: impl Iterator<Item = &'n Need>, namespace: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for need in needs {
        let request = need.request.replace("{pods}", &format!("/api/v1/namespaces/{namespace}/pods"));
        let request = request.replace("{sets}", &format!("/apis/apps/v1/namespaces/{namespace}/daemonsets"));
        let right = right_in_words(need, namespace);
        match rows.last_mut().filter(|(last, ..)| *last == request) {
            Some((_, known, _)) => *known = known.take().map(|known| format!("{known} and {right}")),
            None => rows.push((request, Some(right), need.purpose)),
        }
    }
    rows
}

fn right_in_words(need: &Need, namespace: &str) -> String {
    // No rule of a way is one of the agent's namespace.
    let right = need.permission.text(namespace, "").unwrap_or_default();
    if need.is_recent { format!("{right} from Kubernetes 1.35 on") } else { right }
}

/// A request of a way, and one right that it needs.
#[derive(Debug, Clone, Copy)]
pub struct Need {
    /// The right.
    pub permission: Permission,
    /// Whether only Kubernetes 1.35 and later ask for it; there the refusal itself tells that it is missing.
    pub is_recent: bool,
    /// Method and path: `{pods}` and `{sets}` are the paths of the namespace's pods and daemon sets, a name in capitals is one that only the run tells.
    pub(super) request: &'static str,
    /// What it is for.
    pub purpose: &'static str,
}

const PODS: &[&str] = &["pods"];
const EPHEMERAL_CONTAINERS: &[&str] = &["pods/ephemeralcontainers"];
const STAYS: &str = "adds an ephemeral container, which stays in the pod's description";

// A web socket is opened by GET.
const EXEC: &[Need] = &[
    need("get", &["pods/exec"], "GET {pods}/POD/exec", "runs podid-probe in each container"),
    recent("create", &["pods/exec"], "GET {pods}/POD/exec", "runs podid-probe in each container"),
];
const EPHEMERAL: &[Need] = &[
    need("get", PODS, "GET {pods}/POD", "reads the container that is copied, and waits for the new one"),
    need("patch", EPHEMERAL_CONTAINERS, "PATCH {pods}/POD/ephemeralcontainers", STAYS),
    need("get", &["pods/attach"], "GET {pods}/POD/attach", "runs podid-probe there"),
    recent("create", &["pods/attach"], "GET {pods}/POD/attach", "runs podid-probe there"),
];
const COPY: &[Need] = &[
    need("get", PODS, "GET {pods}/POD", "reads the container that is copied"),
    need("create", PODS, "POST {pods}", "makes a copy of the pod on the same node"),
    need("get", PODS, "GET {pods}/COPY", "waits until it runs"),
    need("get", &["pods/attach"], "GET {pods}/COPY/attach", "runs podid-probe there"),
    recent("create", &["pods/attach"], "GET {pods}/COPY/attach", "runs podid-probe there"),
    need("delete", PODS, "DELETE {pods}/COPY", "takes the copy away again"),
];

const DAEMON_SETS: &[&str] = &["daemonsets"];

/// What a probe on every node needs, in the order in which it asks. Why a pod is not made is
/// read only by those who may.
pub const EVERY_NODE: &[Need] = &[
    of_apps("list", "GET {sets}?labelSelector=…", "looks for daemon sets that earlier runs left, and deletes them"),
    of_apps("create", "POST {sets}", "makes a daemon set with a pod on each node"),
    of_apps("get", "GET {sets}/NAME", "looks whether it is there, if the answer to its creation was lost"),
    need(
        "list",
        PODS,
        "GET {pods}?labelSelector=kubectl-podid/run%3DNAME",
        "waits until the pods run, in pages of 500",
    ),
    need("get", &["pods/attach"], "GET {pods}/POD/attach", "runs podid-probe in each pod, 16 at a time"),
    recent("create", &["pods/attach"], "GET {pods}/POD/attach", "runs podid-probe in each pod, 16 at a time"),
    of_apps("delete", "DELETE {sets}/NAME", "takes the daemon set and its pods away again"),
];

/// What a way needs, in the order in which it asks.
pub fn needs(mode: Mode) -> &'static [Need] {
    match mode {
        Mode::Exec => EXEC,
        Mode::Ephemeral => EPHEMERAL,
        Mode::Pod => COPY,
        Mode::Auto => &[],
    }
}

const fn need(
    verb: &'static str,
    resources: &'static [&'static str],
    request: &'static str,
    purpose: &'static str,
) -> Need {
    let permission = Permission::Rule { verb, group: "", resources, scope: Scope::TargetNamespace };
    Need { permission, is_recent: false, request, purpose }
}

const fn of_apps(verb: &'static str, request: &'static str, purpose: &'static str) -> Need {
    let permission = Permission::Rule { verb, group: "apps", resources: DAEMON_SETS, scope: Scope::TargetNamespace };
    Need { permission, is_recent: false, request, purpose }
}

const fn recent(
    verb: &'static str,
    resources: &'static [&'static str],
    request: &'static str,
    purpose: &'static str,
) -> Need {
    Need { is_recent: true, ..need(verb, resources, request, purpose) }
}

/// The rights that are missing, in words.
pub(super) async fn missing(session: &Session, namespace: &str, needs: &[Need]) -> Vec<String> {
    let mut rights: Vec<Right> = Vec::new();
    for one in needs.iter().filter(|need| !need.is_recent).filter_map(|need| right(need.permission, namespace)) {
        if !rights.contains(&one) {
            rights.push(one);
        }
    }
    let held = review(session, &rights).await;
    let missing = rights.iter().zip(held).filter(|(_, access)| *access == Access::Missing);
    missing.map(|(right, _)| format!("{} {} in {namespace}", right.verb, right.resource)).collect()
}

fn right(permission: Permission, namespace: &str) -> Option<Right> {
    let Permission::Rule { verb, group, resources: [resource], .. } = permission else { return None };
    let words = [*resource, verb, group].map(str::to_owned);
    let [resource, verb, group] = words;
    Some(Right { verb, group, resource, namespace: Some(namespace.to_owned()) })
}
