//! What each trouble of an agent pod means to a person, and what they can do about it.

use super::agent::{configure, describe, read_log};
use crate::evidence::{AgentDaemonSet, AgentPod, Evidence};
use crate::findings::remediation::{Remediation, shell};
use crate::reasoning::agent::trouble::{AgentTrouble, DecodedTrouble};

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
    let set = daemon_set(evidence, pod);
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
fn daemon_set<'e>(evidence: &'e Evidence, pod: &AgentPod) -> Option<&'e AgentDaemonSet> {
    let owner = pod.metadata.controller()?;
    evidence.agent_daemon_sets.known()?.iter().find(|set| set.metadata.name == owner.name)
}
