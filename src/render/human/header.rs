//! The first line: what was diagnosed, and where.

use crate::render::Verbosity;
use crate::render::page::{Page, Span};
use crate::report::{Report, ReportCluster};
use crate::target::TargetKind;

/// Writes the line; where it does not fit, it breaks between its parts.
pub fn write(page: &mut Page<'_>, report: &Report, verbosity: Verbosity) {
    let target = &report.target;
    let mut parts = vec![name(report)];
    let mut add = |label: &str, value: &str| {
        parts.push(vec![Span::faint(format!("{label} ")), Span::plain(value)]);
    };
    if let Some((kind, name)) = target.owner.as_ref().filter(|_| verbosity >= Verbosity::Verbose) {
        add("owner", &format!("{kind} {name}"));
    }
    if let Some(account) = target.service_account.as_deref().filter(|_| !is_account(report)) {
        add("service account", account);
    }
    if let Some(node) = &target.node {
        add("node", node);
    }
    cluster(&report.cluster, verbosity, &mut add);
    if let Some(role) = report.association.role_arn.as_ref().filter(|_| verbosity >= Verbosity::Verbose) {
        parts.push(vec![Span::faint("role "), Span::plain(role)]);
    }
    if let Some(words) = mode(report) {
        parts.push(vec![Span::plain(words)]);
    }
    page.groups(0, 2, 3, &parts);
}

/// Namespace and name; the kind before it unless it is a pod.
pub fn words(report: &Report) -> String {
    let target = &report.target.target;
    let name = format!("{}/{}", target.namespace, target.name);
    if target.kind == TargetKind::Pod { name } else { format!("{} {name}", target.kind.word()) }
}

fn name(report: &Report) -> Vec<Span> {
    let target = &report.target.target;
    let mut spans = Vec::new();
    if target.kind != TargetKind::Pod {
        spans.push(Span::faint(format!("{} ", target.kind.word())));
    }
    spans.push(Span::strong(format!("{}/{}", target.namespace, target.name)));
    if report.target.from_template {
        spans.push(Span::faint(" (its template: it has no pods)"));
    }
    spans
}

fn is_account(report: &Report) -> bool {
    let target = &report.target;
    target.target.kind == TargetKind::ServiceAccount && target.service_account.as_ref() == Some(&target.target.name)
}

fn cluster(cluster: &ReportCluster, verbosity: Verbosity, add: &mut impl FnMut(&str, &str)) {
    match (&cluster.name, &cluster.context) {
        (Some(name), _) => {
            let mut more: Vec<String> = cluster.region.clone().into_iter().collect();
            if verbosity >= Verbosity::Verbose || !is_plain(&name.source) {
                more.push(format!("name from {}", origin(&name.source)));
            }
            let more = if more.is_empty() { String::new() } else { format!(" ({})", more.join(", ")) };
            add("cluster", &format!("{}{more}", name.value));
        }
        (None, Some(context)) => add("context", context),
        (None, None) => {}
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
        "none" => Some("neither Pod Identity nor IRSA is set up"),
        "unknown" => Some("whether it uses Pod Identity is not known"),
        _ => None,
    }
}
