//! What a run would ask, without asking: `--plan`.
//!
//! It is a description beside the code that asks; a test holds it against the requests of a real run.

use super::everything::Asked;
use crate::evidence::{Context, Source};
use crate::target::{Target, TargetKind};

/// One request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Which wave it belongs to.
    pub wave: u8,
    /// Method and path, or the AWS action with its parameters. A name that only an earlier answer tells is in capitals.
    pub request: String,
    /// The permission it needs; none for calls that anybody may make.
    pub permission: Option<String>,
    /// When it is made, if not always.
    pub when: Option<&'static str>,
}

/// Lists the requests for what was asked.
pub fn plan(context: &Context, with_aws: bool, asked: &Asked) -> Vec<Planned> {
    let mut planned = Vec::new();
    match asked {
        Asked::Targets(targets) => targets.iter().for_each(|target| of_target(context, with_aws, target, &mut planned)),
        Asked::Selector { namespace, selector } => {
            let path =
                namespace.as_ref().map_or("/api/v1/pods".to_owned(), |ns| format!("/api/v1/namespaces/{ns}/pods"));
            let target = Target {
                kind: TargetKind::Pod,
                namespace: namespace.clone().unwrap_or_default(),
                name: "POD".to_owned(),
            };
            planned.push(get(1, Source::SimilarNames, &format!("{path}?labelSelector={selector}"), &target, None));
            of_target(context, with_aws, &target, &mut planned);
        }
    }
    planned.sort_by_key(|one| one.wave);
    planned.dedup();
    planned
}

fn get(wave: u8, source: Source, path: &str, target: &Target, when: Option<&'static str>) -> Planned {
    let permission = source.permission_text(&target.namespace, "kube-system");
    Planned { wave, request: format!("GET {path}"), permission, when }
}

fn of_target(context: &Context, with_aws: bool, target: &Target, planned: &mut Vec<Planned>) {
    let namespace = format!("/api/v1/namespaces/{}", target.namespace);
    let mut add = |wave, source, path: String, when| planned.push(get(wave, source, &path, target, when));
    match target.kind {
        TargetKind::Pod => add(1, Source::Pod, format!("{namespace}/pods/{}", target.name), None),
        TargetKind::ServiceAccount => {}
        kind => {
            let group = if matches!(kind, TargetKind::Job | TargetKind::CronJob) { "batch" } else { "apps" };
            let plural = format!("{}s", kind.resource());
            let path = format!("/apis/{group}/v1/namespaces/{}/{plural}/{}", target.namespace, target.name);
            let source = if group == "batch" { Source::Job } else { Source::Owner };
            add(1, source, path, None);
            add(1, Source::SimilarNames, format!("{namespace}/pods?labelSelector=SELECTOR"), None);
        }
    }
    add(1, Source::RootCertificates, format!("{namespace}/configmaps/kube-root-ca.crt"), None);
    add(1, Source::Namespace, namespace.clone(), None);
    add(1, Source::AgentDaemonSets, "/apis/apps/v1/daemonsets".to_owned(), None);
    add(
        1,
        Source::AgentDaemonSets,
        "/apis/apps/v1/namespaces/kube-system/daemonsets".to_owned(),
        Some("if the former is refused"),
    );
    let webhooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
    add(1, Source::Webhooks, webhooks.to_owned(), None);
    add(1, Source::Version, "/version".to_owned(), None);
    let account = if target.kind == TargetKind::ServiceAccount { &target.name } else { "SERVICE_ACCOUNT" };
    add(2, Source::ServiceAccount, format!("{namespace}/serviceaccounts/{account}"), None);
    add(
        3,
        Source::ServiceAccounts,
        format!("{namespace}/serviceaccounts"),
        Some("if the service account does not exist"),
    );
    if target.kind != TargetKind::ServiceAccount {
        add(2, Source::Node, "/api/v1/nodes/NODE".to_owned(), Some("once it is scheduled"));
        let agents = "/api/v1/namespaces/kube-system/pods?fieldSelector=spec.nodeName%3DNODE";
        add(2, Source::AgentPods, agents.to_owned(), Some("once it is scheduled"));
        let log = "/api/v1/namespaces/kube-system/pods/AGENT/log?container=eks-pod-identity-agent&sinceTime=TIME";
        add(3, Source::AgentLog, log.to_owned(), Some("if the pod has an address of its own and an agent on its node"));
        let former = format!("{log}&previous=true");
        add(3, Source::AgentLog, former, Some("if the agent was restarted in the life of the pod"));
        add(2, Source::ConfigMaps, format!("{namespace}/configmaps/NAME"), Some("for each that gives environment"));
        let owner = format!("/apis/apps/v1/namespaces/{}/replicasets/NAME", target.namespace);
        add(2, Source::Owner, owner, Some("if one owns the pod"));
        let owner = format!("/apis/apps/v1/namespaces/{}/deployments/NAME", target.namespace);
        add(3, Source::Owner, owner, Some("if one owns the replica set; stateful sets, daemon sets and jobs likewise"));
        let similar = format!("{namespace}/pods");
        add(2, Source::SimilarNames, similar, Some("if the pod does not exist"));
    }
    if with_aws {
        of_aws(context, target, planned);
    }
}

fn of_aws(context: &Context, target: &Target, planned: &mut Vec<Planned>) {
    let cluster = context.eks_cluster.as_ref().map_or("CLUSTER", |detected| detected.value.as_str());
    let mut add = |wave, source: Source, parameters: String, when| {
        let permission = source.permission_text("", "");
        planned.push(Planned {
            wave,
            request: format!("{} {parameters}", source.name()).trim_end().to_owned(),
            permission,
            when,
        });
    };
    add(1, Source::CallerIdentity, String::new(), None);
    add(1, Source::Cluster, format!("name={cluster}"), None);
    add(1, Source::Associations, format!("clusterName={cluster} namespace={}", target.namespace), None);
    add(1, Source::AddOn, format!("clusterName={cluster} addonName=eks-pod-identity-agent"), None);
    add(2, Source::Association, format!("clusterName={cluster} associationId=ID"), Some("if there is one"));
    let missed = Some("if the namespace has no association for the service account");
    add(2, Source::Associations, format!("clusterName={cluster}"), missed);
    add(3, Source::Role, "roleName=ROLE".to_owned(), Some("if it is in the account of the credentials"));
}
