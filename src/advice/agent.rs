//! What helps where the agent is missing, in trouble, too old, or started with wrong arguments.

use super::template::{cluster_name, region_option};
use crate::evidence::kubernetes::metadata::AGENT;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::evidence::{AgentDaemonSet, AgentPod, Evidence, Source};
use crate::findings::Finding;
use crate::findings::remediation::{Command, Part, Remediation, shell, terraform_string};
use crate::reasoning::agent::trouble::{AgentTrouble, DecodedTrouble};

/// The annotation that Helm sets on what it installs; the chart's label says "Helm" for add-ons too.
const HELM_RELEASE: &str = "meta.helm.sh/release-name";

/// The node affinity that the daemon set for EC2 nodes is shipped with (`values.yaml` of the agent's chart).
pub const AFFINITY: &str = r#"{"affinity":{"nodeAffinity":{"requiredDuringSchedulingIgnoredDuringExecution":{"nodeSelectorTerms":[{"matchExpressions":[{"key":"kubernetes.io/os","operator":"In","values":["linux"]},{"key":"kubernetes.io/arch","operator":"In","values":["amd64","arm64"]},{"key":"eks.amazonaws.com/compute-type","operator":"NotIn","values":["fargate","hybrid","auto"]}]}]}}}}"#;

/// Installs the agent as an add-on, with configuration values where the nodes need them.
pub fn install(evidence: &Evidence, configuration: Option<&str>) -> Remediation {
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    let values = configuration.map(|json| format!(" --configuration-values {}", shell(json))).unwrap_or_default();
    let eksctl = format!("eksctl create addon{region} --cluster {} --name {AGENT}", shell(cluster));
    Remediation {
        part: Part::Step,
        does: "install the agent as an EKS add-on".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks create-addon{region} --cluster-name {} --addon-name {AGENT}{values}",
                shell(cluster)
            ),
            // eksctl takes configuration values from a file only.
            eksctl: configuration.is_none().then_some(eksctl),
            terraform: Some(add_on_block(cluster, configuration, None)),
        },
        changes: "runs an agent pod on every node of the kind that it is for; pods that already wait for credentials get them at their next attempt".to_owned(),
    }
}

/// Whether Helm installed a daemon set.
fn is_of_helm(set: &AgentDaemonSet) -> bool {
    set.metadata.annotations.contains_key(HELM_RELEASE)
}

/// Sets configuration values, through whatever installed the daemon set.
///
/// EKS replaces all configuration values by the new ones; the ones that are there are not read, because they may hold
/// secrets, so a person has to carry them over.
pub fn configure(evidence: &Evidence, set: Option<&AgentDaemonSet>, does: &str, json: &str) -> Vec<Remediation> {
    if let Some(release) = set.and_then(|set| set.metadata.annotations.get(HELM_RELEASE)) {
        let namespace = set.map_or(SYSTEM_NAMESPACE, |set| set.metadata.namespace.as_str());
        return vec![Remediation::kubectl(
            format!("{does}: set {json} in the values of Helm release {release} and upgrade it"),
            format!("helm -n {} get values {}", shell(namespace), shell(release)),
            format!("prints the values of release {release}; it changes nothing by itself"),
        )];
    }
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    vec![Remediation {
        part: Part::Step,
        does: does.to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks update-addon{region} --cluster-name {} --addon-name {AGENT} --configuration-values {} --resolve-conflicts PRESERVE",
                shell(cluster),
                shell(json)
            ),
            eksctl: None,
            terraform: Some(add_on_block(cluster, Some(json), None)),
        },
        changes: "replaces the add-on's configurationValues: include those that aws eks describe-addon shows; agent pods are replaced a few at a time".to_owned(),
    }]
}

/// Lets the add-on take its objects back.
pub fn overwrite(evidence: &Evidence) -> Remediation {
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    Remediation {
        part: Part::Step,
        does: "let the add-on write its objects again".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks update-addon{region} --cluster-name {} --addon-name {AGENT} --resolve-conflicts OVERWRITE",
                shell(cluster)
            ),
            eksctl: Some(format!("eksctl update addon{region} --cluster {} --name {AGENT} --force", shell(cluster))),
            terraform: Some(add_on_block(cluster, None, Some("OVERWRITE"))),
        },
        changes: "overwrites what others changed in the objects of the add-on, also a Helm installation of the agent; agent pods are replaced a few at a time".to_owned(),
    }
}

/// Shows what a container of an agent pod wrote before it ended.
pub fn read_log(pod: &AgentPod, container: &str, previous: bool) -> Remediation {
    let previous = if previous { " --previous" } else { "" };
    Remediation::kubectl(
        "read the agent's log",
        format!(
            "kubectl -n {} logs {} -c {}{previous}",
            shell(&pod.metadata.namespace),
            shell(&pod.metadata.name),
            shell(container)
        ),
        "changes nothing",
    )
}

/// Shows the events of an agent pod.
pub fn describe(pod: &AgentPod) -> Remediation {
    Remediation::kubectl(
        "see the events of the agent pod",
        format!("kubectl -n {} describe pod {}", shell(&pod.metadata.namespace), shell(&pod.metadata.name)),
        "changes nothing",
    )
}

fn add_on_block(cluster: &str, configuration: Option<&str>, conflicts: Option<&str>) -> String {
    let mut lines = vec![("cluster_name", terraform_string(cluster)), ("addon_name", terraform_string(AGENT))];
    lines.extend(configuration.map(|json| ("configuration_values", terraform_string(json))));
    lines.extend(conflicts.map(|how| ("resolve_conflicts_on_update", terraform_string(how))));
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or_default();
    let lines: Vec<String> = lines.iter().map(|(name, value)| format!("  {name:width$} = {value}\n")).collect();
    format!("resource \"aws_eks_addon\" \"eks_pod_identity_agent\" {{\n{}}}", lines.concat())
}

/// Says in words what is to be set where its value is not known: a command would roll every agent out with the words.
pub fn set_by_hand(what: &str) -> Remediation {
    Remediation::words(
        format!("set {what} in whatever installed the agent"),
        "replaces the agent pods of all nodes, a few at a time",
    )
}

/// Tells the agent its cluster.
pub fn set_cluster_name(evidence: &Evidence) -> Vec<Remediation> {
    let Some(name) = evidence.cluster_name() else {
        return vec![set_by_hand("--cluster-name to the name of the cluster")];
    };
    let json = serde_json::json!({ "clusterName": name }).to_string();
    through_installer(evidence, "tell the agent its cluster", &json, || {
        vec![Remediation::words(
            format!("set --cluster-name to {name} in the daemon set of the agent, in whatever installed it"),
            "replaces the agent pods of all nodes, a few at a time",
        )]
    })
}

/// Tells the agent its region.
pub fn set_region(evidence: &Evidence, region: Option<&str>) -> Vec<Remediation> {
    let Some(region) = region else { return vec![set_by_hand("AWS_REGION to the region of the cluster")] };
    let json = serde_json::json!({ "env": { "AWS_REGION": region } }).to_string();
    let set = daemon_set(evidence);
    let (namespace, name) = set.map_or((SYSTEM_NAMESPACE, AGENT), |set| (&set.metadata.namespace, &set.metadata.name));
    through_installer(evidence, "tell the agent its region", &json, || {
        vec![Remediation::kubectl(
            "tell the agent its region",
            format!("kubectl -n {} set env daemonset/{} AWS_REGION={}", shell(namespace), shell(name), shell(region)),
            "replaces the agent pods of all nodes, a few at a time",
        )]
    })
}

/// Lets the agent listen on both addresses, as shipped.
pub fn listen_on_both(evidence: &Evidence) -> Vec<Remediation> {
    configure(
        evidence,
        daemon_set(evidence),
        "let the agent listen on both addresses: take -b and --bind-hosts out of additionalArgs",
        r#"{"agent":{"additionalArgs":{}}}"#,
    )
}

/// Helm has values, the add-on knows cluster and region by itself, anything else is changed where it was made.
fn through_installer(
    evidence: &Evidence,
    does: &str,
    json: &str,
    otherwise: impl Fn() -> Vec<Remediation>,
) -> Vec<Remediation> {
    let set = daemon_set(evidence);
    if set.is_some_and(is_of_helm) {
        configure(evidence, set, does, json)
    } else if evidence.add_on.present().is_some() {
        vec![overwrite(evidence)]
    } else {
        otherwise()
    }
}

/// The daemon set that made the agent on the node, or the first one.
pub fn daemon_set(evidence: &Evidence) -> Option<&AgentDaemonSet> {
    let sets = evidence.agent_daemon_sets.known()?;
    let owner = evidence.agent_pods.known().and_then(|pods| pods.first()?.metadata.controller());
    owner.and_then(|owner| sets.iter().find(|set| set.metadata.name == owner.name)).or_else(|| of_kind(evidence, sets))
}

/// The daemon set for nodes of the pod's kind, else the first one.
fn of_kind<'e>(evidence: &Evidence, sets: &'e [AgentDaemonSet]) -> Option<&'e AgentDaemonSet> {
    let compute = evidence.compute().ok();
    let suits = |set: &&AgentDaemonSet| compute.is_some_and(|compute| set.is_for(compute, evidence.node.present()));
    sets.iter().find(suits).or_else(|| sets.first())
}

/// The trouble as a phrase that goes on behind "the agent pod on the node …".
pub fn phrase(decoded: &DecodedTrouble) -> String {
    match decoded.trouble {
        AgentTrouble::NoIpv6 => "cannot listen on fd00:ec2::23 because IPv6 is off on the node".to_owned(),
        AgentTrouble::NoAddress => "cannot listen on 169.254.170.23 because the node has lost that address".to_owned(),
        AgentTrouble::PortTaken => format!("cannot listen because another process holds {}", port(&decoded.words)),
        AgentTrouble::RouteConflict => "cannot take its address because another route to it is there".to_owned(),
        AgentTrouble::Image => "cannot get its image".to_owned(),
        AgentTrouble::OutOfMemory => "is killed for using more memory than its limit".to_owned(),
        AgentTrouble::MissingHostPath => "cannot mount the credentials of the hybrid node".to_owned(),
        AgentTrouble::NotMade => "is not made, on a hybrid node mostly for want of /eks-hybrid/.aws".to_owned(),
        AgentTrouble::Crashes => "ends again and again".to_owned(),
        AgentTrouble::CannotStart => "cannot be started".to_owned(),
        AgentTrouble::Unready => "is not ready".to_owned(),
    }
}

/// What a person can do.
pub fn remedies(evidence: &Evidence, pod: &AgentPod, decoded: &DecodedTrouble) -> Vec<Remediation> {
    let set = maker(evidence, pod);
    match decoded.trouble {
        AgentTrouble::NoIpv6 => configure(
            evidence,
            set,
            "let the agent listen on IPv4 only",
            r#"{"agent":{"additionalArgs":{"-b":"169.254.170.23"}}}"#,
        ),
        AgentTrouble::PortTaken => port_taken(evidence, set, &decoded.words),
        AgentTrouble::OutOfMemory => {
            configure(evidence, set, "take the memory limit away, as shipped", r#"{"resources":{}}"#)
        }
        AgentTrouble::NoAddress => vec![Remediation::kubectl(
            "delete the agent pod, so that the next one sets the address up again",
            format!("kubectl -n {} delete pod {}", shell(&pod.metadata.namespace), shell(&pod.metadata.name)),
            "the daemon set makes a new agent pod; pods of the node get no new credentials for a few seconds",
        )],
        AgentTrouble::RouteConflict => vec![Remediation::words(
            "delete the other route to 169.254.170.23 on the node, or replace the node",
            "the agent's init container then makes the route to its own link pod-id-link0",
        )],
        AgentTrouble::Image => vec![
            Remediation::words(
                "let the node reach the registry: in a private network the endpoints ecr.api, ecr.dkr and s3, and in the node's role the right to pull",
                "the kubelet tries again by itself",
            ),
            describe(pod),
        ],
        AgentTrouble::MissingHostPath | AgentTrouble::NotMade => vec![
            Remediation::words(
                "set enableCredentialsFile to true in the node's nodeadm configuration and run nodeadm init again",
                "nodeadm then writes /eks-hybrid/.aws, which the agent mounts",
            ),
            describe(pod),
        ],
        AgentTrouble::Crashes => log(pod, decoded, true),
        AgentTrouble::CannotStart => vec![describe(pod)],
        AgentTrouble::Unready => log(pod, decoded, false),
    }
}

fn log(pod: &AgentPod, decoded: &DecodedTrouble, previous: bool) -> Vec<Remediation> {
    let container = decoded.container.as_deref().map(|container| read_log(pod, container, previous));
    container.into_iter().chain([describe(pod)]).collect()
}

fn port_taken(evidence: &Evidence, set: Option<&AgentDaemonSet>, words: &str) -> Vec<Remediation> {
    match port(words) {
        "port 2703" => configure(evidence, set, "move the agent's probes", r#"{"agent":{"probePort":2704}}"#),
        "port 2705" => configure(
            evidence,
            set,
            "move the agent's metrics",
            r#"{"agent":{"additionalArgs":{"--metrics-port":"2706"}}}"#,
        ),
        _ => vec![Remediation::words(
            "move the pod or process that listens on port 80 of all addresses of the node, such as an ingress controller on the host's network",
            "the agent needs port 80 of its own address and starts by itself once that is free",
        )],
    }
}

/// The port in `listen tcp ADDRESS:PORT: bind: …`.
fn port(words: &str) -> &'static str {
    let listen = words.split("listen tcp ").nth(1).and_then(|rest| rest.split(": ").next()).unwrap_or_default();
    match listen.rsplit(':').next() {
        Some("2703") => "port 2703",
        Some("2705") => "port 2705",
        _ => "port 80",
    }
}

/// The daemon set that made the pod, for how it was installed.
fn maker<'e>(evidence: &'e Evidence, pod: &AgentPod) -> Option<&'e AgentDaemonSet> {
    let owner = pod.metadata.controller()?;
    evidence.agent_daemon_sets.known()?.iter().find(|set| set.metadata.name == owner.name)
}

/// Updates the agent to the newest version there is for the cluster.
pub fn update(evidence: &Evidence) -> Remediation {
    let set = evidence.agent_daemon_sets.known().and_then(|sets| sets.first());
    let changes = "replaces the agent pods of all nodes, a few at a time".to_owned();
    if evidence.add_on.present().is_none() || set.is_some_and(is_of_helm) {
        return Remediation::words("update the agent in whatever installed it, such as its Helm release", changes);
    }
    let (cluster, region) = (cluster_name(evidence), region_option(evidence));
    let version = evidence.cluster.present().and_then(|cluster| cluster.version.as_deref());
    let fits = version.map(|version| format!(" --kubernetes-version {}", shell(version))).unwrap_or_default();
    // EKS lists the newest version first.
    let newest = format!(
        "\"$(aws eks describe-addon-versions{region} --addon-name {AGENT}{fits} --query 'addons[0].addonVersions[0].addonVersion' --output text)\""
    );
    Remediation {
        part: Part::Step,
        does: "update the add-on to its newest version".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws eks update-addon{region} --cluster-name {} --addon-name {AGENT} --addon-version {newest} --resolve-conflicts PRESERVE",
                shell(cluster)
            ),
            eksctl: Some(format!(
                "eksctl update addon{region} --cluster {} --name {AGENT} --version latest",
                shell(cluster)
            )),
            terraform: Some(terraform(cluster, version)),
        },
        changes,
    }
}

fn terraform(cluster: &str, version: Option<&str>) -> String {
    let (cluster, agent) = (terraform_string(cluster), terraform_string(AGENT));
    let version = terraform_string(version.unwrap_or("VERSION"));
    format!(
        "data \"aws_eks_addon_version\" \"eks_pod_identity_agent\" {{\n  addon_name         = {agent}\n  kubernetes_version = {version}\n  most_recent        = true\n}}\n\nresource \"aws_eks_addon\" \"eks_pod_identity_agent\" {{\n  cluster_name  = {cluster}\n  addon_name    = {agent}\n  addon_version = data.aws_eks_addon_version.eks_pod_identity_agent.version\n}}"
    )
}

/// Agent pods that are on an Auto Mode node and not ready serve nobody there: who sees them crash is told so.
pub fn with_idle_pods(evidence: &Evidence, mut findings: Vec<Finding>) -> Vec<Finding> {
    for pod in evidence.idle_agent_pods() {
        let (name, decoded) = (&pod.metadata.name, pod.trouble(None));
        let container = decoded.container.as_deref().unwrap_or("pod");
        let (field, restarts) = (format!("{name} status of {container}"), format!("{} restarts", decoded.restarts));
        let finding = match findings.pop() {
            Some(known) => known.observed(Source::AgentPods, field, format!("{}, {restarts}", decoded.words)),
            None => Finding::note(format!(
                "the agent pod {name} {} beside the agent that is built into the node, which serves the pod",
                phrase(&decoded)
            ))
            .observed(Source::AgentPods, field, decoded.words)
            .found(format!("not ready, {restarts}"))
            .expected("no agent pod on an Auto Mode node")
            .fix(update(evidence)),
        };
        findings.push(finding);
    }
    findings
}
