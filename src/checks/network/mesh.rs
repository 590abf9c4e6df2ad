//! Does a sidecar take what the pod sends to the agent? It is mostly a note, because a mesh that works passes it on.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::advice::network::exclude_in_annotation;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Remediation, Request, Severity, Strikes, Verdict};
use crate::evidence::{Container, Evidence, Gap, Pod, Source};
use crate::reasoning::agent::configuration;
use crate::reasoning::iam::values::Range;

const ISTIO_RANGES: &str = "traffic.sidecar.istio.io/excludeOutboundIPRanges";
const ISTIO_PORTS: &str = "traffic.sidecar.istio.io/excludeOutboundPorts";
const ISTIO_TAKEN_RANGES: &str = "traffic.sidecar.istio.io/includeOutboundIPRanges";
const LINKERD_RANGES: &str = "config.linkerd.io/skip-subnets";
const LINKERD_PORTS: &str = "config.linkerd.io/skip-outbound-ports";
/// Words in names and images of sidecars that send the pod's traffic through a tunnel.
pub const TUNNELS: &[&str] = &["gluetun", "netbird", "openvpn", "tailscale", "wireguard", "zerotier"];

/// The check.
pub static CHECK: Check = Check {
    code: Code(550),
    name: "network/mesh",
    area: &super::AREA,
    title: "the service mesh leaves the agent alone",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Cluster],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Request(Request::Own),
    tells: &[53, 143],
    symptoms: &[
        "upstream connect error or disconnect/reset before headers",
        "init container: connection to 169.254.170.23:80 refused",
    ],
    docs: "\
## What it checks
Whether the pod has a sidecar that takes what it sends, and no exception for the agent's address:
Istio's `istio-proxy`, `linkerd-proxy`, or one that opens a tunnel, by its name or image.
Exceptions are annotations of the pod: ranges and ports of Istio and of Linkerd. Istio's ambient
mode and exceptions in the settings of the mesh itself are not read.

## Why it matters
A mesh that is ready passes the request on. Before it is, in init containers and in the first
seconds, the agent cannot be reached, and a tunnel may take link-local addresses with it. It is
probable, and a warning, where the agent's log shows that the pod has not asked in its life, and
passes where the log shows that it did.

## How to fix
Leave the agent's address out by an annotation of the pod template.

## References
- Istio documentation, *Resource annotations*; Linkerd documentation, *Proxy configuration*
- istio/istio issue 23802
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// A kind of sidecar, and the annotation that takes a range out of what it takes.
struct Sidecar<'e> {
    container: Container<'e>,
    what: &'static str,
    annotation: Option<&'static str>,
}

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.live_pod()? else {
        return Ok(Verdict::not_applicable("no pod was made yet"));
    };
    let sidecars: Vec<Sidecar<'_>> = pod.containers().filter_map(sidecar).collect();
    if pod.spec.host_network || sidecars.is_empty() {
        return Ok(Verdict::Pass);
    }
    let address = evidence.agent_address()?;
    let open = sidecars.iter().filter(|sidecar| !is_left_out(&pod.metadata.annotations, sidecar, address));
    Ok(Verdict::from_findings(open.map(|sidecar| finding(evidence, pod, sidecar, address)).collect()))
}

fn sidecar(container: Container<'_>) -> Option<Sidecar<'_>> {
    let image = container.image.as_deref().unwrap_or_default();
    let has = |word: &&str| container.name.contains(*word) || image.contains(*word);
    let (what, annotation) = match container.name.as_str() {
        "istio-proxy" => ("Istio", Some(ISTIO_RANGES)),
        "linkerd-proxy" => ("Linkerd", Some(LINKERD_RANGES)),
        _ if TUNNELS.iter().any(has) => ("a tunnel", None),
        _ => return None,
    };
    Some(Sidecar { container, what, annotation })
}

fn is_left_out(annotations: &BTreeMap<String, String>, sidecar: &Sidecar<'_>, address: IpAddr) -> bool {
    let list = |key: &str| annotations.get(key).map(|list| list.split(',').map(str::trim).collect::<Vec<_>>());
    let holds = |ranges: &[&str]| ranges.iter().any(|one| Range::parse(one).is_some_and(|range| range.holds(address)));
    let has_port = |ports: &[&str]| ports.iter().any(|one| is_port(one));
    match sidecar.annotation {
        Some(ISTIO_RANGES) => {
            // Only what is named is taken then; `*` names everything.
            let taken = list(ISTIO_TAKEN_RANGES).is_some_and(|ranges| !ranges.contains(&"*") && !holds(&ranges));
            taken
                || list(ISTIO_RANGES).is_some_and(|ranges| holds(&ranges))
                || list(ISTIO_PORTS).is_some_and(|ports| has_port(&ports))
        }
        Some(LINKERD_RANGES) => {
            list(LINKERD_RANGES).is_some_and(|ranges| holds(&ranges))
                || list(LINKERD_PORTS).is_some_and(|ports| has_port(&ports))
        }
        _ => false,
    }
}

/// Whether the agent's port is meant, alone or in a range.
fn is_port(text: &str) -> bool {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let number = |text: &str| text.trim().parse::<u16>().ok();
    number(first).zip(number(last)).is_some_and(|(first, last)| (first..=last).contains(&configuration::PORT))
}

fn finding(evidence: &Evidence, pod: &Pod, sidecar: &Sidecar<'_>, address: IpAddr) -> Finding {
    let (name, what) = (&sidecar.container.name, sidecar.what);
    let finding = if evidence.has_surely_not_asked() {
        Finding::warning(format!("the pod has not asked the agent yet, and container {name} takes what it sends"))
            .suspected()
            .observed(evidence.log_source(), "requests of the pod", "0")
    } else {
        Finding::note(format!("container {name} takes what the pod sends, also to the agent"))
    };
    let finding = finding.observed(Source::Pod, "sidecar", format!("{name} of {what}"));
    let Some(annotation) = sidecar.annotation else {
        let does = format!("leave {address} out of what container {name} takes, in its own settings");
        return finding
            .expected(format!("a route to {address} past the tunnel"))
            .fix(Remediation::words(does, "the way of the whole pod"));
    };
    let found = pod.metadata.annotations.get(annotation).map_or("not set", String::as_str);
    finding
        .observed(Source::Pod, format!("metadata.annotations[{annotation}]"), found)
        .expected(format!("{annotation} with the address {address}"))
        .fixes(exclude_in_annotation(evidence, pod, annotation, address))
}
