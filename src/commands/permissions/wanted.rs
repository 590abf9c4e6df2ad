//! What each level needs: the reads come from what the checks say they read, the rest from what a switch does.

use crate::checks::registry;
use crate::cli::informative::PermissionLevel;
use crate::collect::beyond::probe::Mode;
use crate::collect::beyond::probe::rights::{EVERY_NODE, Need, needs};
use crate::evidence::Source;
use crate::evidence::source::{Permission, Scope, System};

/// Read to find the pod, its owner and near names, whichever check asks.
const ALWAYS: &[Source] =
    &[Source::Pod, Source::SimilarNames, Source::ServiceAccounts, Source::Owner, Source::Job, Source::CallerIdentity];
/// Asked only where neither flags nor kubeconfig name the cluster: its host is matched against all clusters.
const DETECTION: Permission = Permission::Action("eks:ListClusters");

/// Listed only where a target is not found, for names like its own; those of pods and service accounts are sources.
const NAMES: &[Permission] = &[
    rule("list", "apps", &["replicasets", "deployments", "statefulsets", "daemonsets"]),
    rule("list", "batch", &["jobs", "cronjobs"]),
];

/// What one switch needs beyond reading: the level, the permission, and what rests on it.
type Beyond = (PermissionLevel, Permission, String);

/// What the switches need beyond reading.
fn beyond() -> Vec<Beyond> {
    let one = |level, source: Source, purpose: &str| (level, source.permission(), purpose.to_owned());
    let canary = one(PermissionLevel::Canary, Source::Canary, "--canary: a dry-run, which makes no pod");
    let token = one(PermissionLevel::Assume, Source::BoundToken, "--assume: a token bound to the pod");
    let assume = one(PermissionLevel::Assume, Source::Assume, "--assume: asks as the agent would");
    let trail = one(PermissionLevel::Cloudtrail, Source::Trail, "--cloudtrail: the event history");
    let everywhere = |level, resources, scope, purpose: &str| {
        let permission = Permission::Rule { verb: "list", group: "", resources, scope };
        (level, permission, purpose.to_owned())
    };
    let nodes = everywhere(PermissionLevel::Nodes, &["nodes"], Scope::WholeCluster, "nodes: which there are");
    let pods =
        everywhere(PermissionLevel::Nodes, &["pods"], Scope::AllNamespaces, "nodes: how many pods each is to serve");
    let all = Scope::AllNamespaces;
    let moved = everywhere(PermissionLevel::Migrate, &["pods"], all, "migrate: which pods are on IRSA");
    let accounts = everywhere(PermissionLevel::Migrate, &["serviceaccounts"], all, "migrate: their annotations");
    let add_ons = Permission::Action("eks:ListAddons");
    let add_ons = (PermissionLevel::Migrate, add_ons, "migrate: which service accounts are an add-on's".to_owned());
    let proxy = rule_in(&["pods/proxy"], Scope::AgentNamespace);
    let proxy = (PermissionLevel::Nodes, proxy, "nodes --metrics".to_owned());
    let node_log = one(PermissionLevel::NodeLogs, Source::NodeLog, "--node-logs; whoever has it can do more than read");
    let diagnostic = |verb| {
        let resources = &["nodediagnostics"];
        let right = Permission::Rule { verb, group: "eks.amazonaws.com", resources, scope: Scope::WholeCluster };
        (PermissionLevel::NodeLogs, right, "--node-logs, where a kubelet answers no log queries".to_owned())
    };
    let diagnostics = ["create", "get", "delete"].map(diagnostic);
    let simulate = Permission::Action("iam:SimulateCustomPolicy");
    let simulate = (PermissionLevel::CanI, simulate, "can-i: the session policy of an association".to_owned());
    let rest = vec![token, assume, nodes, pods, proxy, simulate, trail, node_log, moved, accounts, add_ons];
    [vec![canary], probe(), rest, diagnostics.to_vec(), every_node()].concat()
}

/// What a probe on every node needs.
fn every_node() -> Vec<Beyond> {
    let purpose = |need: &Need| {
        let since = if need.is_recent { ", from Kubernetes 1.35 on" } else { "" };
        format!("nodes --probe: {}{since}", need.purpose)
    };
    EVERY_NODE.iter().map(|need| (PermissionLevel::NodeProbe, need.permission, purpose(need))).collect()
}

/// What the ways of the probe need, each right once; what every run reads is left out.
fn probe() -> Vec<Beyond> {
    let mut rows: Vec<Beyond> = Vec::new();
    for way in Mode::WAYS {
        let switch = format!("--probe={}", way.word());
        for need in needs(*way).iter().filter(|need| need.permission != Source::Pod.permission()) {
            match rows.iter_mut().find(|(_, permission, _)| *permission == need.permission) {
                Some((.., purpose)) if !purpose.contains(&switch) => *purpose = format!("{switch} and {purpose}"),
                Some(_) => {}
                None => {
                    let since = if need.is_recent { ", from Kubernetes 1.35 on" } else { "" };
                    rows.push((PermissionLevel::Probe, need.permission, format!("{switch}{since}")));
                }
            }
        }
    }
    rows
}

const fn rule_in(resources: &'static [&'static str], scope: Scope) -> Permission {
    Permission::Rule { verb: "get", group: "", resources, scope }
}

const fn rule(verb: &'static str, group: &'static str, resources: &'static [&'static str]) -> Permission {
    Permission::Rule { verb, group, resources, scope: Scope::TargetNamespace }
}

/// What some levels need together.
pub struct Wanted {
    /// The namespace of the agent.
    pub agent_namespace: String,
    levels: Vec<PermissionLevel>,
    sources: Vec<Source>,
}

/// A permission in words, with what rests on it.
pub struct Row {
    /// The level that needs it.
    pub level: PermissionLevel,
    /// `RBAC  get pods in the pod's namespace`.
    pub permission: String,
    /// What rests on it.
    pub purpose: String,
}

/// What these levels need, with the agent in a namespace. Every run reads, so that reading is part of each; Secrets only if
/// that was asked for.
pub fn of(levels: &[PermissionLevel], secrets: bool, agent_namespace: &str) -> Wanted {
    let wanted = |level: &PermissionLevel| *level == PermissionLevel::Read || levels.contains(level);
    let read = |source: &&Source| {
        ALWAYS.contains(source)
            || secrets && **source == Source::Secrets
            || source.switch().is_none() && registry::all().any(|check| check.reads.contains(source))
    };
    Wanted {
        agent_namespace: agent_namespace.to_owned(),
        levels: PermissionLevel::ALL.iter().filter(|level| wanted(level)).copied().collect(),
        sources: Source::ALL.iter().filter(read).copied().collect(),
    }
}

/// So many codes are named, more are counted.
const FEW: usize = 3;

impl Wanted {
    /// The words of the levels.
    pub fn levels(&self) -> Vec<&'static str> {
        self.levels.iter().map(|level| level.word()).collect()
    }

    /// All permissions with their level, each once in a level.
    pub fn all(&self) -> Vec<(PermissionLevel, Permission)> {
        let sources = self.sources.iter().map(|source| source.permission());
        let read = std::iter::once(DETECTION).chain(sources).chain(NAMES.iter().copied());
        let read = read.map(|permission| (PermissionLevel::Read, permission));
        let beyond = beyond().into_iter().filter(|(level, ..)| self.levels.contains(level));
        let mut all: Vec<(PermissionLevel, Permission)> = Vec::new();
        for one in read.chain(beyond.map(|(level, permission, _)| (level, permission))) {
            if !all.contains(&one) {
                all.push(one);
            }
        }
        all
    }

    /// A row for each permission, with the checks that rest on any source it answers: by their codes where all are asked
    /// for or there are few, else by their number.
    pub fn rows(&self, in_full: bool) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for source in &self.sources {
            let Some(permission) = self.in_words(source.permission()) else { continue };
            if rows.iter().all(|row| row.permission != permission) {
                let purpose = self.checks(&permission, in_full);
                rows.push(Row { level: PermissionLevel::Read, permission, purpose });
            }
        }
        let names = NAMES.iter().map(|names| (*names, "names like that of a target that is not there"));
        let detection = (DETECTION, "finding the cluster where neither flags nor kubeconfig name it");
        rows.extend(names.chain([detection]).filter_map(|(permission, purpose)| {
            let (level, purpose) = (PermissionLevel::Read, purpose.to_owned());
            Some(Row { level, permission: self.in_words(permission)?, purpose })
        }));
        let beyond = beyond().into_iter().filter(|(level, ..)| self.levels.contains(level));
        rows.extend(beyond.filter_map(|(level, permission, purpose)| {
            Some(Row { level, permission: self.in_words(permission)?, purpose })
        }));
        rows
    }

    fn checks(&self, permission: &str, in_full: bool) -> String {
        let same = |source: &&Source| self.in_words(source.permission()).as_deref() == Some(permission);
        let same: Vec<&Source> = self.sources.iter().filter(same).collect();
        let codes: Vec<String> = registry::all()
            .filter(|check| check.reads.iter().any(|read| same.contains(&read)))
            .map(|check| check.code.to_string())
            .collect();
        match codes.len() {
            0 => "names and owners".to_owned(),
            number if number > FEW && !in_full => format!("{number} checks"),
            _ => codes.join(" "),
        }
    }

    fn in_words(&self, permission: Permission) -> Option<String> {
        let system = if permission.system() == System::Aws { "IAM" } else { "RBAC" };
        let text = permission.text("the pod's namespace", &self.agent_namespace)?;
        Some(format!("{system:4}  {text}"))
    }
}
