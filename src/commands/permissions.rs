//! `permissions`: the least RBAC role and IAM policy, made from what the checks say they read.

use serde_json::{Value, json};

use super::printer::Printer;
use crate::checks::registry;
use crate::cli::informative::PermissionsArguments;
use crate::cli::output::OutputFormat;
use crate::error::Error;
use crate::evidence::Source;
use crate::evidence::source::{Permission, Scope, System};
use crate::exit::ExitCode;
use crate::render;

/// The name of the roles that are printed.
const ROLE: &str = "kubectl-podid-read";
/// Where EKS puts the agent.
const AGENT_NAMESPACE: &str = "kube-system";
/// Read to find the pod, its owner and near names, whichever check asks.
const ALWAYS: &[Source] =
    &[Source::Pod, Source::SimilarNames, Source::ServiceAccounts, Source::Owner, Source::Job, Source::CallerIdentity];
/// Asked only where neither flags nor kubeconfig name the cluster: its host is matched against all clusters.
const DETECTION: &str = "eks:ListClusters";

/// Prints the permissions.
pub fn run(printer: &Printer, arguments: &PermissionsArguments) -> Result<ExitCode, Error> {
    let sources = sources();
    let namespaces = &arguments.namespaces;
    printer.report(&match printer.format {
        None | Some(OutputFormat::Table | OutputFormat::Short) => table(&sources),
        Some(OutputFormat::Rbac) => rbac_text(&sources, namespaces),
        Some(OutputFormat::Iam) => render::json::text(&iam(&sources)),
        Some(OutputFormat::Json | OutputFormat::Yaml) => printer.document(&document(&sources, namespaces)),
        Some(_) => return Err(super::printer::no_such_format("permissions")),
    })?;
    Ok(ExitCode::HEALTHY)
}

/// The sources that a run reads, in the order in which they are read. The agent's log is not read yet.
fn sources() -> Vec<Source> {
    let read = |source: &&Source| ALWAYS.contains(source) || registry::all().any(|check| check.reads.contains(source));
    Source::ALL.iter().filter(read).copied().collect()
}

fn document(sources: &[Source], namespaces: &[String]) -> Value {
    json!({
        "apiVersion": "podid/v1",
        "kind": "Permissions",
        "levels": ["read"],
        "rbac": rbac(sources, namespaces),
        "iam": iam(sources),
    })
}

/// The manifests: what is cluster-wide, what is needed where the agent is, and what is needed where the pods are.
fn rbac(sources: &[Source], namespaces: &[String]) -> Vec<Value> {
    let cluster =
        rules(sources, |scope| scope == Scope::Cluster || namespaces.is_empty() && scope == Scope::TargetNamespace);
    let mut manifests = vec![json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "ClusterRole",
        "metadata": { "name": ROLE },
        "rules": cluster,
    })];
    let mut role = |namespace: &str, rules: Vec<Value>| {
        manifests.push(json!({
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "Role",
            "metadata": { "name": ROLE, "namespace": namespace },
            "rules": rules,
        }));
    };
    let mut agent = rules(sources, |scope| scope == Scope::AgentNamespace);
    for namespace in namespaces {
        let target = rules(sources, |scope| scope == Scope::TargetNamespace);
        if namespace == AGENT_NAMESPACE { agent.extend(target) } else { role(namespace, target) }
    }
    role(AGENT_NAMESPACE, agent);
    manifests
}

/// One rule for each API group and set of resources, with the union of their verbs.
fn rules(sources: &[Source], wanted: impl Fn(Scope) -> bool) -> Vec<Value> {
    let mut merged: Vec<(&str, &str, Vec<&str>)> = Vec::new();
    for source in sources {
        let Permission::Rule { verb, group, resources, scope } = source.permission() else { continue };
        if !wanted(scope) {
            continue;
        }
        for resource in resources {
            match merged.iter_mut().find(|(known_group, known, _)| *known_group == group && known == resource) {
                Some((_, _, verbs)) if verbs.contains(&verb) => {}
                Some((_, _, verbs)) => verbs.push(verb),
                None => merged.push((group, resource, vec![verb])),
            }
        }
    }
    merged
        .into_iter()
        .map(|(group, resource, verbs)| json!({ "apiGroups": [group], "resources": [resource], "verbs": verbs }))
        .collect()
}

fn iam(sources: &[Source]) -> Value {
    let actions = sources.iter().filter_map(|source| match source.permission() {
        Permission::Action(action) => Some(action),
        _ => None,
    });
    let actions: Vec<&str> = std::iter::once(DETECTION).chain(actions).collect();
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Sid": "KubectlPodidRead", "Effect": "Allow", "Action": actions, "Resource": "*" }],
    })
}

fn rbac_text(sources: &[Source], namespaces: &[String]) -> String {
    let manifests: Vec<String> = rbac(sources, namespaces).iter().map(render::yaml::text).collect();
    manifests.join("---\n")
}

/// A row for each permission, with the checks that rest on any source it answers.
fn rows(sources: &[Source]) -> Vec<(String, String)> {
    let permission = |source: &Source| {
        let system = if source.system() == System::Aws { "IAM" } else { "RBAC" };
        let text = source.permission_text("the pod's namespace", AGENT_NAMESPACE)?;
        Some(format!("{system:4}  {text}"))
    };
    let mut rows: Vec<(String, String)> = Vec::new();
    for left in sources.iter().filter_map(permission) {
        if rows.iter().any(|(known, _)| *known == left) {
            continue;
        }
        let same: Vec<&Source> = sources.iter().filter(|source| permission(source).as_ref() == Some(&left)).collect();
        let codes: Vec<String> = registry::all()
            .filter(|check| check.reads.iter().any(|read| same.contains(&read)))
            .map(|check| check.code.to_string())
            .collect();
        let purpose = if codes.is_empty() { "names and owners".to_owned() } else { codes.join(" ") };
        rows.push((left, purpose));
    }
    rows
}

fn table(sources: &[Source]) -> String {
    let rows = rows(sources);
    let width = rows.iter().map(|(left, _)| left.chars().count()).max().unwrap_or(0);
    let mut text = "what the doctor reads, and the checks that rest on it\n\n".to_owned();
    for (left, right) in rows {
        text.push_str(&format!("  {left:width$}  {right}\n"));
    }
    text.push_str(&format!("  IAM   {DETECTION} (only where neither flags nor kubeconfig name the cluster)\n"));
    text.push_str(
        "\nas manifests:  kubectl podid permissions -o rbac     as a policy:  kubectl podid permissions -o iam\n",
    );
    text
}
