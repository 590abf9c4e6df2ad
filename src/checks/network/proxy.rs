//! Do the proxy settings of the container leave the agent out? Its own check, because it is about the program's way there,
//! not about the network's.

use std::net::IpAddr;

use crate::advice::network::leave_out_of_proxy;
use crate::checks::{Check, Code, Evaluate, Finding, ProvenBy, Request, Severity, Strikes, Verdict};
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};
use crate::reasoning::agent::configuration;
use crate::reasoning::network::proxy::{EXCEPTIONS, Exception, PROXIES, exception};
use crate::reasoning::pod::variable_origin::Presence;

/// The check.
pub static CHECK: Check = Check {
    code: Code(540),
    name: "network/proxy",
    area: &super::AREA,
    title: "proxy settings leave the agent out",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets, Source::Cluster],
    strikes: Strikes::PodsOnPodIdentity,
    proven_by: ProvenBy::Request(Request::Own),
    tells: &[55],
    symptoms: &[
        "Error retrieving metadata: Received non 200 response 403 from container metadata",
        "received the HTML page of a proxy instead of credentials from 169.254.170.23",
        "proxyconnect tcp: dial tcp",
    ],
    docs: "\
## What it checks
Whether a container with `HTTP_PROXY`, `http_proxy`, `ALL_PROXY` or `all_proxy` has the agent's
address in `NO_PROXY` and `no_proxy`: as it is, in a range, or by `*`. Of a proxy only scheme,
host and port are shown. `HTTPS_PROXY` does not matter here: the agent is asked over plain HTTP.

## Why it matters
The SDK for Go, and curl, then ask the proxy for the pod's credentials, and the proxy cannot reach
the node. boto3 and the SDKs for Java, JavaScript and Rust asked the agent directly when it was
measured, those for .NET and Ruby do by their source, so that it is only probable unless the
agent's log shows that the pod never came. Programs read `NO_PROXY` differently: Go wants IPv6
addresses without brackets and entries between commas, Node.js reads no ranges, Go prefers the
name in capitals and others the one in small letters.

## How to fix
Add 169.254.170.23 (fd00:ec2::23 on IPv6 clusters) to the variable that is set, or to both where
both are.

## References
- Amazon EKS user guide, *Learn how EKS Pod Identity grants pods access to AWS services*,
  considerations
- golang.org/x/net, `http/httpproxy`; awsdocs/amazon-eks-user-guide issue 872
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// Values that are known, and the most useful of the reasons why others are not.
struct Values {
    known: Vec<(&'static str, String)>,
    gap: Option<Gap>,
}

/// What the lists of exceptions say about the agent.
enum Lists {
    LeaveOut,
    LeaveOutForSome { name: &'static str, why: String },
    DoNot,
    Unknown(Gap),
}

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let proxies = values(evidence, &container, &PROXIES);
    if proxies.known.is_empty() && proxies.gap.is_none() {
        return Ok(Verdict::Pass);
    }
    let address = configuration::address_in(&container).map_or_else(|| evidence.agent_address(), Ok)?;
    let lists = values(evidence, &container, &EXCEPTIONS);
    let told = |finding| tell(evidence, &container, finding, proxies.known.iter().chain(&lists.known));
    match read(&lists, address) {
        Lists::LeaveOut => Ok(Verdict::Pass),
        // Whether there is a proxy at all is not known.
        _ if proxies.known.is_empty() => proxies.gap.map_or(Ok(Verdict::Pass), Err),
        Lists::Unknown(gap) => Err(gap),
        Lists::LeaveOutForSome { name, why } => {
            let finding = Finding::note(format!("{name} leaves the agent out of the proxy for some programs only"));
            Ok(told(finding).found(why).expected(format!("{address} between commas")).into())
        }
        Lists::DoNot => {
            let finding = Finding::warning("a proxy is set, and the address of the agent is not left out of it");
            let finding = if evidence.fails_without_having_asked() { finding } else { finding.suspected() };
            let fixes = leave_out_of_proxy(evidence, &container.name, &lists.known, address);
            Ok(told(finding).expected(format!("{address} in NO_PROXY and no_proxy")).fixes(fixes).into())
        }
    }
}

fn read(lists: &Values, address: IpAddr) -> Lists {
    if lists.known.is_empty() {
        return lists.gap.clone().map_or(Lists::DoNot, Lists::Unknown);
    }
    let mut for_some = None;
    let mut holds_others = false;
    for (name, list) in &lists.known {
        match exception(list, address, configuration::PORT) {
            Exception::Yes => {}
            Exception::Partly(why) => for_some = Some(Lists::LeaveOutForSome { name, why }),
            Exception::No if list.contains("$(") => holds_others = true,
            Exception::No => return Lists::DoNot,
        }
    }
    if let Some(gap) = &lists.gap {
        return Lists::Unknown(gap.clone());
    }
    if holds_others {
        let detail = "NO_PROXY holds other variables, whose values are not read";
        return Lists::Unknown(Gap::undecidable(Source::Pod, detail));
    }
    for_some.unwrap_or(Lists::LeaveOut)
}

fn values(evidence: &Evidence, container: &Container<'_>, names: &[&'static str]) -> Values {
    let mut values = Values { known: Vec::new(), gap: None };
    for name in names {
        match evidence.value_of(container, name) {
            Ok(None) => {}
            Ok(Some(value)) => values.known.push((name, value)),
            Err(gap) => {
                // Of two gaps, the one that a permission could settle.
                let kept = values.gap.take().filter(|kept| kept.reason != GapReason::Undecidable);
                values.gap = Some(kept.unwrap_or(gap));
            }
        }
    }
    values
}

fn tell<'v>(
    evidence: &Evidence,
    container: &Container<'_>,
    finding: Finding,
    values: impl Iterator<Item = &'v (&'static str, String)>,
) -> Finding {
    values.fold(finding, |finding, (name, value)| {
        let source = match evidence.presence(container, name) {
            Presence::Set(origin) => origin.source(),
            _ => Source::Pod,
        };
        finding.observed(source, *name, value)
    })
}
