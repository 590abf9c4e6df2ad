//! What was diagnosed, and where.

use crate::render::Verbosity;
use crate::report::{Report, ReportCluster};
use crate::target::TargetKind;

/// Something about the target: its label, and what it is. One of the two may be empty.
pub type Part = (&'static str, String);

/// Namespace and name; the kind before it unless it is a pod.
pub fn words(report: &Report) -> String {
    kind(report).map_or_else(|| name(report), |kind| format!("{kind} {}", name(report)))
}

/// The kind before the name, unless it is a pod.
pub fn kind(report: &Report) -> Option<&'static str> {
    let kind = report.target.target.kind;
    (kind != TargetKind::Pod).then(|| kind.word())
}

/// Namespace and name.
pub fn name(report: &Report) -> String {
    let target = &report.target.target;
    format!("{}/{}", target.namespace, target.name)
}

/// What has to be said of the name.
pub fn remark(report: &Report) -> Option<&'static str> {
    report.target.from_template.then_some("(judged by its template)")
}

/// Everything but the name, in the order in which it is said.
pub fn parts(report: &Report, verbosity: Verbosity) -> Vec<Part> {
    let target = &report.target;
    let is_verbose = verbosity >= Verbosity::Verbose;
    let mut parts: Vec<Part> = Vec::new();
    if let Some((kind, name)) = target.owner.as_ref().filter(|_| is_verbose) {
        parts.push(("owner", format!("{kind} {name}")));
    }
    if let Some(account) = target.service_account.as_ref().filter(|_| !is_account(report)) {
        parts.push(("service account", account.clone()));
    }
    parts.extend(target.node.iter().map(|node| ("node", node.clone())));
    parts.extend(cluster(&report.cluster, is_verbose));
    parts.extend(report.association.role_arn.iter().filter(|_| is_verbose).map(|role| ("role", role.clone())));
    parts.extend(mode(report).map(|words| ("", words.to_owned())));
    parts
}

fn is_account(report: &Report) -> bool {
    let target = &report.target;
    target.target.kind == TargetKind::ServiceAccount && target.service_account.as_ref() == Some(&target.target.name)
}

fn cluster(cluster: &ReportCluster, is_verbose: bool) -> Option<Part> {
    match (&cluster.name, &cluster.context) {
        (Some(name), _) => {
            let mut more: Vec<String> = cluster.region.clone().into_iter().collect();
            if is_verbose || !is_plain(&name.source) {
                more.push(format!("name from {}", origin(&name.source)));
            }
            let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
            Some(("cluster", format!("{}{more}", name.value)))
        }
        (None, Some(context)) => Some(("context", context.clone())),
        (None, None) => None,
    }
}

/// Whether a reader expects the name to come from there.
fn is_plain(source: &str) -> bool {
    matches!(source, "flag" | "contextArn")
}

fn origin(source: &str) -> &str {
    match source {
        "flag" => "--eks-cluster",
        "contextArn" => "the context",
        "eksctlName" => "the name that eksctl gave the context",
        "execArguments" => "the login command in the kubeconfig",
        "serverHost" => "the address of the API server",
        "agentArguments" => "the arguments of the agent",
        other => other,
    }
}

/// The way to an identity, where it is not Pod Identity.
fn mode(report: &Report) -> Option<&'static str> {
    match report.mode {
        _ if report.target_gap.is_some() => None,
        "irsa" => Some("on IAM roles for service accounts (IRSA)"),
        // Where a cause says why, this is no news.
        "none" if report.causes.is_empty() => Some("neither Pod Identity nor IRSA is set up"),
        "unknown" => Some("whether it uses Pod Identity is not known"),
        _ => None,
    }
}
