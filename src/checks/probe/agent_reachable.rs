//! Does a connection from the container to the agent come about? Its own check, because whatever stands between them, it is
//! here that it shows.

use crate::advice::words::agent_error::{failure, seen};
use crate::checks::{Check, Code, Evaluate, Finding, Severity, Strikes, Verdict, agent, cluster, injection, network};
use crate::evidence::asked::probe::{Connection, FailureKind};
use crate::evidence::{Container, Evidence, Gap, Source};

/// The check.
pub static CHECK: Check = Check {
    code: Code(930),
    name: "probe/agent-reachable",
    area: &super::AREA,
    title: "the container reaches the agent",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Probe],
    explained_by: &[
        network::KEEPS_AWAY,
        &[
            &cluster::node_supported::CHECK,
            &injection::variables_not_preset::CHECK,
            &agent::installed::CHECK,
            &agent::running_on_node::CHECK,
            &agent::ready::CHECK,
            &agent::arguments::CHECK,
            &agent::address_family::CHECK,
        ],
    ],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[51, 52, 59, 144, 145],
    symptoms: &[
        "connect ECONNREFUSED 169.254.170.23:80",
        "dial tcp 169.254.170.23:80: connect: connection refused",
        "dial tcp 169.254.170.23:80: i/o timeout",
        "Connect timeout on endpoint URL: \"http://169.254.170.23/v1/credentials\"",
    ],
    docs: "\
## What it checks
With `--probe`: whether a connection from the container to the address in
AWS_CONTAINER_CREDENTIALS_FULL_URI comes about, and how soon.

## Why it matters
The agent listens on a link-local address of the node. A network policy, a firewall of the node, a
service mesh, a network plugin with another idea of link-local addresses, or an agent that does
not run: whatever it is, the connection shows it.

## How to fix
A refused connection: the agent does not listen, or a firewall refuses; see the checks of the
agent on the node. One that is not answered: something drops the packets; see network policies and
security groups for pods.

## References
- Amazon EKS user guide, *Learn how EKS Pod Identity grants pods access to AWS services*
- aws/eks-pod-identity-agent, `cmd/server.go`
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

/// SDKs give up on a connection after one or two seconds.
const SLOW_MS: u64 = 1000;

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let probed = match evidence.probed(&container)? {
        Ok(probed) => probed,
        Err(why) => return Ok(Verdict::not_applicable(why)),
    };
    let Some(connection) = &probed.report.connection else {
        return Ok(Verdict::not_applicable("the container has no variable that names the agent"));
    };
    let Some(finding) = judge(connection) else { return Ok(Verdict::Pass) };
    Ok(seen(finding, probed).into())
}

fn judge(connection: &Connection) -> Option<Finding> {
    let address = connection.address.as_str();
    let Some(cause) = &connection.failure else {
        let slow = connection.took_ms >= SLOW_MS;
        return slow.then(|| {
            Finding::warning("the connection to the agent is made after the SDK has given up")
                .found(format!("{} ms to {address}", connection.took_ms))
                .expected("less than 1000 ms: most SDKs wait for one or two seconds")
        });
    };
    let message = match cause.kind {
        FailureKind::NotAllowed => {
            let finding = Finding::error("the address in the container's variable is no agent");
            return Some(finding.found(failure(cause)).expected("an address of the agent or of the container itself"));
        }
        FailureKind::Refused => "nothing takes connections at the agent's address",
        FailureKind::TimedOut => "connections to the agent are not answered",
        FailureKind::NoRoute => "the container has no route to the agent",
        _ => "the container cannot connect to the agent",
    };
    Some(Finding::error(message).found(format!("{address} {}", failure(cause))).expected("a connection"))
}
