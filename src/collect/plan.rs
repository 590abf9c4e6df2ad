//! What a run would ask, without asking: `--plan`.
//!
//! It is a description beside the code that asks; a test holds it against the requests of a real run.

use crate::collect::access::access_review::REVIEWS;
use crate::collect::beyond::active::Active;
use crate::collect::beyond::node_logs::DIAGNOSTICS;
use crate::collect::beyond::probe::rights::planned;
use crate::collect::read::kubernetes::encode;
use crate::collect::waves::order::Asked;
use crate::evidence::source::SYSTEM_NAMESPACE;
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

/// Lists the requests for what is written in manifests: nothing of it is read from the cluster but what it stands beside.
pub fn of_manifests(context: &Context, with_aws: bool, active: &Active, targets: &[Target]) -> Vec<Planned> {
    let mut plan = Plan(Vec::new());
    for target in targets {
        plan.around(target);
        plan.subject(target);
        plan.aws(context, with_aws, target);
        plan.active(context, active, &target.namespace);
    }
    plan.in_order()
}

/// Lists the requests for what was asked.
pub fn plan(context: &Context, with_aws: bool, active: &Active, asked: &Asked) -> Vec<Planned> {
    let mut plan = Plan(Vec::new());
    match asked {
        Asked::Targets(targets) => targets.iter().for_each(|target| plan.target(context, with_aws, target)),
        Asked::Pods { namespace, selector, .. } => {
            let path = match namespace {
                Some(namespace) => format!("/api/v1/namespaces/{namespace}/pods"),
                None => "/api/v1/pods".to_owned(),
            };
            let namespace = namespace.clone().unwrap_or_else(|| "NAMESPACE".to_owned());
            let target = Target {
                kind: TargetKind::Pod,
                namespace,
                name: "POD".to_owned(),
                is_selected: true,
                is_written: false,
            };
            let query = selector.as_ref().map(|selector| format!("?labelSelector={}", encode(selector)));
            let list = format!("{path}{}", query.unwrap_or_default());
            plan.get(1, Source::SimilarNames, &target, &list, ALWAYS);
            if selector.is_none() {
                plan.get(1, Source::ServiceAccounts, &target, "/api/v1/serviceaccounts", ALWAYS);
            }
            plan.around(&target);
            plan.subject(&target);
            plan.aws(context, with_aws, &target);
        }
    }
    match asked {
        Asked::Targets(targets) => targets.iter().for_each(|target| plan.active(context, active, &target.namespace)),
        Asked::Pods { namespace, .. } => plan.active(context, active, namespace.as_deref().unwrap_or("NAMESPACE")),
    }
    plan.in_order()
}

/// No condition.
pub const ALWAYS: Option<&str> = None;

struct Plan(Vec<Planned>);

impl Plan {
    /// By waves, each request once.
    fn in_order(mut self) -> Vec<Planned> {
        self.0.sort_by_key(|one| one.wave);
        let mut seen = Vec::new();
        self.0.retain(|one| {
            let is_new = !seen.contains(&one.request);
            seen.push(one.request.clone());
            is_new
        });
        self.0
    }

    fn get(&mut self, wave: u8, source: Source, target: &Target, path: &str, when: Option<&'static str>) {
        let permission = source.permission_text(&target.namespace, SYSTEM_NAMESPACE);
        self.0.push(Planned { wave, request: format!("GET {path}"), permission, when });
    }

    fn target(&mut self, context: &Context, with_aws: bool, target: &Target) {
        self.named(target);
        self.around(target);
        self.subject(target);
        self.aws(context, with_aws, target);
    }

    /// The target itself, and what leads from a workload to its pods.
    fn named(&mut self, target: &Target) {
        let namespace = format!("/api/v1/namespaces/{}", target.namespace);
        let missing = Some("if the target does not exist");
        match target.kind {
            TargetKind::ServiceAccount => {}
            TargetKind::Pod => {
                self.get(1, Source::Pod, target, &format!("{namespace}/pods/{}", target.name), ALWAYS);
                self.get(2, Source::SimilarNames, target, &format!("{namespace}/pods"), missing);
            }
            kind => {
                let (group, source) = match kind {
                    TargetKind::Job | TargetKind::CronJob => ("batch", Source::Job),
                    _ => ("apps", Source::Owner),
                };
                let list = format!("/apis/{group}/v1/namespaces/{}/{}s", target.namespace, kind.resource());
                self.get(1, source, target, &format!("{list}/{}", target.name), ALWAYS);
                let permission = Some(format!("list {}s in {}", kind.resource(), target.namespace));
                self.0.push(Planned { wave: 2, request: format!("GET {list}"), permission, when: missing });
                let query = if kind == TargetKind::CronJob { "" } else { "?labelSelector=SELECTOR" };
                self.get(2, Source::SimilarNames, target, &format!("{namespace}/pods{query}"), Some("if it exists"));
            }
        }
        if target.kind == TargetKind::DaemonSet {
            let label = encode("app.kubernetes.io/name=eks-pod-identity-agent");
            let agents = format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods?labelSelector={label}");
            self.get(3, Source::AgentPods, target, &agents, Some("if it has pods"));
        }
    }

    /// What needs no pod.
    fn around(&mut self, target: &Target) {
        let namespace = format!("/api/v1/namespaces/{}", target.namespace);
        let webhooks = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations";
        let sets = format!("/apis/apps/v1/namespaces/{SYSTEM_NAMESPACE}/daemonsets");
        let refused = Some("if the former is refused");
        self.get(1, Source::RootCertificates, target, &format!("{namespace}/configmaps/kube-root-ca.crt"), ALWAYS);
        self.get(1, Source::Namespace, target, &namespace, ALWAYS);
        self.get(1, Source::AgentDaemonSets, target, "/apis/apps/v1/daemonsets", ALWAYS);
        // Enough where agent and network are where EKS puts them.
        let permission = Some(format!("list daemonsets in {SYSTEM_NAMESPACE}"));
        self.0.push(Planned { wave: 1, request: format!("GET {sets}"), permission, when: refused });
        let policies = format!("/apis/networking.k8s.io/v1/namespaces/{}/networkpolicies", target.namespace);
        self.get(1, Source::NetworkPolicies, target, &policies, ALWAYS);
        let cilium = "/apis/cilium.io/v2";
        let own = format!("{cilium}/namespaces/{}/ciliumnetworkpolicies", target.namespace);
        let clusterwide = format!("{cilium}/ciliumclusterwidenetworkpolicies");
        let config = format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/configmaps/cilium-config");
        let seen = Some("if Cilium is seen");
        self.get(2, Source::CiliumNetworkPolicies, target, &own, seen);
        self.get(2, Source::CiliumClusterwideNetworkPolicies, target, &clusterwide, seen);
        self.get(2, Source::CiliumConfig, target, &config, seen);
        self.get(1, Source::Webhooks, target, webhooks, ALWAYS);
        self.get(2, Source::Version, target, "/version", Some("if EKS does not know the cluster"));
    }

    /// What belongs to a pod, or to a service account.
    fn subject(&mut self, target: &Target) {
        let namespace = format!("/api/v1/namespaces/{}", target.namespace);
        let is_account = target.kind == TargetKind::ServiceAccount;
        let account = if is_account { target.name.as_str() } else { "SERVICE_ACCOUNT" };
        let missing = Some("if the service account does not exist");
        self.get(2, Source::ServiceAccount, target, &format!("{namespace}/serviceaccounts/{account}"), ALWAYS);
        self.get(3, Source::ServiceAccounts, target, &format!("{namespace}/serviceaccounts"), missing);
        let pods = format!("{namespace}/pods?fieldSelector=spec.serviceAccountName%3D{account}");
        self.get(2, Source::Siblings, target, &pods, ALWAYS);
        let events = format!("{namespace}/events?fieldSelector=reason%3DFailedCreate");
        let (wave, when) = match target.kind {
            TargetKind::ServiceAccount => (2, ALWAYS),
            TargetKind::Pod => (3, Some("if its owner has fewer pods than it wants")),
            _ => (3, Some("if it exists")),
        };
        self.get(wave, Source::Events, target, &events, when);
        if target.kind == TargetKind::Pod {
            let warnings = format!("{namespace}/events?fieldSelector=involvedObject.uid%3DUID,type%3DWarning");
            self.get(2, Source::PodEvents, target, &warnings, Some("if the pod does not start"));
        }
        let (wave, scheduled) =
            if is_account { (3, "if a pod of it is on a node: for the newest") } else { (2, "once it is scheduled") };
        let agents = format!("/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods?fieldSelector=spec.nodeName%3DNODE");
        if !is_account {
            self.get(wave, Source::Node, target, "/api/v1/nodes/NODE", Some(scheduled));
        }
        self.get(wave, Source::AgentPods, target, &agents, Some(scheduled));
        let log = format!(
            "/api/v1/namespaces/{SYSTEM_NAMESPACE}/pods/AGENT/log?container=eks-pod-identity-agent&sinceTime=TIME"
        );
        let asked = Some("if the pod has an address of its own and an agent on its node");
        self.get(wave + 1, Source::AgentLog, target, &log, asked);
        let restarted = Some("if the agent was restarted in the life of the pod");
        self.get(wave + 1, Source::AgentLog, target, &format!("{log}&previous=true"), restarted);
        if is_account {
            return;
        }
        let named = Some("for each that gives environment");
        self.get(2, Source::ConfigMaps, target, &format!("{namespace}/configmaps/NAME"), named);
        for (group, plural, source) in OWNERS {
            let path = format!("/apis/{group}/v1/namespaces/{}/{plural}/NAME", target.namespace);
            self.get(2, *source, target, &path, Some("if one owns the pod"));
        }
    }

    fn aws(&mut self, context: &Context, with_aws: bool, target: &Target) {
        if !with_aws {
            return;
        }
        let cluster = context.eks_cluster.as_ref().map_or("CLUSTER", |detected| detected.value.as_str());
        let mut add = |wave, source: Source, parameters: String, when| {
            // What stands behind the action tells two sources of one action apart.
            let action = source.name().split(' ').next().unwrap_or_default();
            let request = format!("{action} {parameters}").trim_end().to_owned();
            self.0.push(Planned { wave, request, permission: source.permission_text("", ""), when });
        };
        add(1, Source::CallerIdentity, String::new(), ALWAYS);
        add(1, Source::Cluster, format!("name={cluster}"), ALWAYS);
        add(1, Source::Associations, format!("clusterName={cluster} namespace={}", target.namespace), ALWAYS);
        add(1, Source::AddOn, format!("clusterName={cluster} addonName=eks-pod-identity-agent"), ALWAYS);
        add(2, Source::Association, format!("clusterName={cluster} associationId=ID"), Some("if there is one"));
        let missed = Some("if the namespace has no association for the service account");
        add(2, Source::Associations, format!("clusterName={cluster}"), missed);
        add(3, Source::Role, "roleName=ROLE".to_owned(), Some("if it is in the account of the credentials"));
        let chained = Some("if the association has a target role");
        add(3, Source::TargetRole, "roleName=TARGET_ROLE".to_owned(), chained);
        add(3, Source::TargetRoleSimulation, "policySourceArn=ROLE".to_owned(), chained);
        let untagged = Some("if the association switches session tags off");
        add(3, Source::RoleContextKeys, "policySourceArn=ROLE".to_owned(), untagged);
        let acts = Some("if the association has no target role");
        add(3, Source::RoleInlinePolicies, "roleName=ROLE maxItems=1".to_owned(), acts);
        add(3, Source::RoleAttachedPolicies, "roleName=ROLE maxItems=1".to_owned(), acts);
        let irsa = Some("if there is no association and the service account is on IRSA");
        add(3, Source::IrsaRole, "roleName=IRSA_ROLE".to_owned(), irsa);
        add(3, Source::IdentityProviders, String::new(), irsa);
        add(3, Source::IdentityProvider, "openIDConnectProviderArn=PROVIDER".to_owned(), irsa);
        if target.kind != TargetKind::ServiceAccount {
            self.node_role(cluster, target);
        }
        for (request, permission, when) in LOGIN {
            let (request, permission) = ((*request).to_owned(), permission.map(str::to_owned));
            self.0.push(Planned { wave: 1, request, permission, when: Some(when) });
        }
        let (wave, when) = match context.eks_cluster {
            None => (1, "if the server's host is one of EKS; then the clusters are described until one has that host"),
            Some(_) => (2, "if EKS does not know the cluster: tells those with a name like it"),
        };
        let permission = Some(DETECTION.to_owned());
        self.0.push(Planned { wave, request: DETECTION.to_owned(), permission, when: Some(when) });
    }
}

impl Plan {
    /// What tells the role of the node, and whether that may call EKS Auth.
    fn node_role(&mut self, cluster: &str, target: &Target) {
        let mut add = |wave, source: Source, request: String, when| {
            let permission = source.permission_text(&target.namespace, SYSTEM_NAMESPACE);
            self.0.push(Planned { wave, request, permission, when: Some(when) });
        };
        let aws = |source: Source, parameters: &str| format!("{} {parameters}", source.name());
        let of_cluster = |source: Source, parameter: &str| aws(source, &format!("clusterName={cluster}{parameter}"));
        let own = |kind: &str| format!("GET /apis/{kind}/NAME");
        let group = "if the node is of a managed node group, and the agent's log shows no success of the last hour";
        add(4, Source::NodeGroup, of_cluster(Source::NodeGroup, " nodegroupName=NAME"), group);
        let class = "if the node has a node class of its own, and the log shows no such success";
        add(4, Source::NodeClass, own("eks.amazonaws.com/v1/nodeclasses"), class);
        add(4, Source::Ec2NodeClass, own("karpenter.k8s.aws/v1/ec2nodeclasses"), class);
        let profile = "if that names an instance profile in the place of a role";
        add(5, Source::InstanceProfile, aws(Source::InstanceProfile, "instanceProfileName=NAME"), profile);
        let else_ = "if the node is of another kind, and the log shows no such success";
        add(4, Source::AccessEntries, of_cluster(Source::AccessEntries, ""), else_);
        add(5, Source::NodeAccessEntries, of_cluster(Source::NodeAccessEntries, " principalArn=ARN"), else_);
        let config_map = "GET /api/v1/namespaces/kube-system/configmaps/aws-auth".to_owned();
        add(4, Source::AwsAuth, config_map, else_);
        let simulated = "if the role of the node was asked for and is known";
        add(6, Source::NodeRoleSimulation, aws(Source::NodeRoleSimulation, "policySourceArn=ARN"), simulated);
    }
}

/// How credentials come about where the environment holds none: request, permission, and when it is made.
const LOGIN: &[(&str, Option<&str>, &str)] = &[
    ("sts:AssumeRole", Some("sts:AssumeRole"), "if the profile or the kubeconfig names a role to assume"),
    ("sts:AssumeRoleWithWebIdentity", None, "if a web identity token is where the credentials come from"),
    ("sso:GetRoleCredentials", None, "if the profile uses IAM Identity Center"),
    ("GET http://169.254.169.254/latest/", None, "if nothing else gives credentials, on an instance of Amazon EC2"),
];

impl Plan {
    /// What only a switch asks for: Secrets among what is read, and behind all of it what is more than reading.
    fn active(&mut self, context: &Context, active: &Active, namespace: &str) {
        if active.inspect_secrets {
            let request = format!("GET /api/v1/namespaces/{namespace}/secrets/NAME");
            let permission = Source::Secrets.permission_text(namespace, SYSTEM_NAMESPACE);
            let when = Some("with --inspect-secrets: for each that gives environment");
            self.0.push(Planned { wave: 2, request, permission, when });
        }
        let mut add = |request: String, permission, when| {
            self.0.push(Planned { wave: BEYOND_READING, request, permission, when: Some(when) });
        };
        if active.canary.is_some() || active.probe.is_some() {
            add(format!("POST {REVIEWS}"), None, "asks first whether this user may do what follows");
        }
        if active.canary.is_some() {
            add(
                format!("POST /api/v1/namespaces/{namespace}/pods?dryRun=All"),
                Source::Canary.permission_text(namespace, SYSTEM_NAMESPACE),
                "as often as --canary says, each over a new connection; nothing is stored",
            );
        }
        if active.node_logs {
            let logs = "GET /api/v1/nodes/NODE/proxy/logs";
            let read = Source::NodeLog.permission_text("", "");
            let when = "with --node-logs, on an Auto Mode node: what the kubelet says of the agent's journal";
            add(format!("{logs}/?query=eks-pod-identity-agent&sinceTime=TIME"), read.clone(), when);
            let right = |verb| Some(format!("{verb} nodediagnostics"));
            let otherwise = "if the kubelet answers no such question: has the node collect its logs, once a node";
            add(format!("POST {REVIEWS}"), None, "asks first whether this user may do what follows");
            add(format!("POST {DIAGNOSTICS}"), right("create"), otherwise);
            add(format!("GET {DIAGNOSTICS}/NODE"), right("get"), "until they are collected");
            add(format!("DELETE {DIAGNOSTICS}/NODE"), right("delete"), "takes the object away again");
            add(format!("{logs}/support/NODE-logs.tar.gz"), read, "fetches what was collected");
        }
        if active.cloud_trail.is_some() {
            let permission = Source::Trail.permission_text("", "");
            let when = "with --cloudtrail: for the role, the node, the trust policy and the association, in pages of 50, two a second";
            add(format!("{} LookupAttributes=…", Source::Trail.name()), permission, when);
        }
        if active.assume {
            let cluster = context.eks_cluster.as_ref().map_or("CLUSTER", |detected| detected.value.as_str());
            add(format!("POST {REVIEWS}"), None, "asks first whether this user may do what follows");
            add(
                format!("POST /api/v1/namespaces/{namespace}/serviceaccounts/SERVICE_ACCOUNT/token"),
                Source::BoundToken.permission_text(namespace, SYSTEM_NAMESPACE),
                "with --assume: a token bound to the pod, for ten minutes, kept in memory only",
            );
            add(
                format!("eks-auth:AssumeRoleForPodIdentity clusterName={cluster}"),
                Source::Assume.permission_text("", ""),
                "with --assume: the pod's credentials, kept in memory only",
            );
            let own = "with the credentials that came";
            add(Source::CallerIdentity.name().to_owned(), None, own);
        }
        if let Some(probe) = &active.probe {
            for (request, permission, when) in planned(probe.mode, namespace) {
                add(request, permission, when);
            }
            if probe.may_choose_image() {
                let node = "/api/v1/nodes/NODE";
                let permission = Source::Node.permission_text(namespace, SYSTEM_NAMESPACE);
                add(format!("GET {node}"), permission, "looks whether the node has the image of the release");
            }
        }
    }
}

/// The wave of what does more than read.
pub const BEYOND_READING: u8 = 7;
/// Asked where nothing names the cluster, or EKS does not know its name.
const DETECTION: &str = "eks:ListClusters";
/// The kinds of owner that are read: API group, plural, source. Those above them are known by name; only of a pod that lacks
/// its variables the deployment is read too, because it may be paused.
const OWNERS: &[(&str, &str, Source)] = &[
    ("apps", "replicasets", Source::Owner),
    ("apps", "deployments", Source::Owner),
    ("apps", "statefulsets", Source::Owner),
    ("apps", "daemonsets", Source::Owner),
    ("batch", "jobs", Source::Job),
];
