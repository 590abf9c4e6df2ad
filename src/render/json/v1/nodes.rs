//! The document of `nodes`.

use serde::Serialize;

use crate::render::inventory::nodes::permission;
use crate::render::json::convert::{gap, remediation, tool};
use crate::render::json::v1;
use crate::render::json::v1::{API_VERSION, Gap, ListedCluster, Remediation, Requests, Tool, document};
use crate::report::nodes::{NodeAgent, NodeFinding, NodeRequests, NodeRow, NodesReport, ProbeSum, RowProbe};

document! {
    /// Nodes, with the agents on them.
    struct NodeList {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `NodeList`.
        kind: String,
        /// What made the document.
        tool: Tool,
        /// What the process ends with: 1 where the agent of a node is not well, 3 where that is not known of one. With a probe:
        /// 1 where it got no credentials on a node, 3 where that is not known of one.
        exit_code: u8,
        /// The cluster.
        cluster: ListedCluster,
        /// The nodes that were asked for, those without a working agent first.
        items: Vec<ListedNode>,
        /// The probe on every node; null where none was asked for.
        probe: Option<ListedProbe>,
    }

    /// A probe on every node.
    struct ListedProbe {
        /// The namespace of the service account.
        namespace: String,
        /// The service account that the pods used.
        service_account: String,
        /// Why nothing was probed; null where something was.
        gap: Option<Gap>,
        /// What stays, in words.
        side_effects: Vec<String>,
    }

    /// What the probe on a node came to.
    struct ListedOutcome {
        /// `works`, `fails`, `notInjected`, `unknown`.
        outcome: String,
        /// The role whose credentials the pod got, where STS told it: its name.
        role: Option<String>,
        /// What is wrong; null where nothing is.
        finding: Option<ListedFinding>,
        /// Why it is not known.
        gap: Option<Gap>,
    }

    /// A node, and the agent on it.
    struct ListedNode {
        /// The name of the node.
        name: String,
        /// `EC2`, `Auto`, `Hybrid`, `Fargate`, `Windows`.
        compute: String,
        /// `missing`, `notReady`, `failing`, `unknown`, `warning`, `ready`, `builtIn`, `unsupported`.
        state: String,
        /// The agent pod that counts; null where there is none.
        agent: Option<ListedAgent>,
        /// How many pods on the node have the variables; null where pods were not read.
        pods: Option<usize>,
        /// What is wrong; null where nothing is.
        finding: Option<ListedFinding>,
        /// What the agent logged lately; null where its log was not read.
        log: Option<ListedRequests>,
        /// How many answers of each HTTP status the agent gave since it started; null where its metrics were not read.
        metrics: Option<Vec<ListedAnswers>>,
        /// Why something is not known.
        gap: Option<Gap>,
        /// What the probe on it came to; null where none was to run.
        probe: Option<ListedOutcome>,
    }

    /// The agent pod of a node.
    struct ListedAgent {
        /// Its namespace.
        namespace: String,
        /// Its name.
        name: String,
        /// The version in the tag of its image.
        version: Option<String>,
        /// How many of its containers are ready.
        ready_containers: usize,
        /// How many containers it has.
        containers: usize,
        /// How often containers of it were restarted.
        restarts: u32,
    }

    /// What is wrong with the agent of a node.
    struct ListedFinding {
        /// The check that says so.
        code: String,
        /// Its sentence.
        message: String,
        /// What helps.
        remediation: Vec<Remediation>,
    }

    /// What an agent answered lately.
    struct ListedRequests {
        /// From when on.
        since: String,
        /// How many requests were answered with credentials.
        served: usize,
        /// How many were answered with an error.
        failed: usize,
        /// The errors, the most frequent first.
        errors: Vec<ListedError>,
    }

    /// Answers of one HTTP status.
    struct ListedAnswers {
        /// The status: `200`.
        status: String,
        /// How many there were.
        number: u64,
    }

    /// One kind of error.
    struct ListedError {
        /// How often it was met.
        number: usize,
        /// When it was last met.
        last: String,
        /// The last of them, as it was logged.
        text: String,
    }
}

impl v1::NodeList {
    /// Writes the nodes down.
    pub fn new(report: &NodesReport, tool_version: &str) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: "NodeList".to_owned(),
            tool: tool(tool_version, None),
            exit_code: report.exit_code().0,
            cluster: v1::ListedCluster {
                context: report.context.name.clone(),
                name: report.context.eks_cluster.as_ref().map(|name| name.value.clone()),
                region: report.context.region.as_ref().map(|region| region.value.clone()),
                collected_at: report.collected_at.to_string(),
                duration_ms: report.duration_ms,
                requests: Requests { kubernetes: report.requests.kubernetes, aws: report.requests.aws },
                gaps: report.gaps.iter().chain(&report.pods_gap).map(told).collect(),
            },
            items: report.rows.iter().map(node).collect(),
            probe: report.probe.as_ref().map(probe),
        }
    }
}

fn told(one: &crate::evidence::Gap) -> Gap {
    gap(one, permission(one).as_deref())
}

fn node(row: &NodeRow) -> v1::ListedNode {
    v1::ListedNode {
        name: row.name.clone(),
        compute: row.compute.word().to_owned(),
        state: row.state.word().to_owned(),
        agent: row.agent.as_ref().map(agent),
        pods: row.pods,
        finding: row.finding.as_ref().map(finding),
        log: row.log.as_ref().map(requests),
        metrics: row.metrics.as_ref().map(|all| all.iter().map(answers).collect()),
        gap: row.gap.as_ref().map(told),
        probe: row.probe.as_ref().map(outcome),
    }
}

fn probe(probe: &ProbeSum) -> v1::ListedProbe {
    v1::ListedProbe {
        namespace: probe.namespace.clone(),
        service_account: probe.service_account.clone(),
        gap: probe.gap.as_ref().map(told),
        side_effects: probe.side_effects.clone(),
    }
}

fn outcome(probe: &RowProbe) -> v1::ListedOutcome {
    v1::ListedOutcome {
        outcome: probe.outcome.word().to_owned(),
        role: probe.role.clone(),
        finding: probe.finding.as_ref().map(finding),
        gap: probe.gap.as_ref().map(told),
    }
}

fn answers((status, number): (&String, &u64)) -> v1::ListedAnswers {
    v1::ListedAnswers { status: status.clone(), number: *number }
}

fn agent(agent: &NodeAgent) -> v1::ListedAgent {
    v1::ListedAgent {
        namespace: agent.namespace.clone(),
        name: agent.name.clone(),
        version: agent.version.clone(),
        ready_containers: agent.ready.0,
        containers: agent.ready.1,
        restarts: agent.restarts,
    }
}

fn finding(finding: &NodeFinding) -> v1::ListedFinding {
    v1::ListedFinding {
        code: finding.code.to_string(),
        message: finding.message.clone(),
        remediation: finding.remediation.iter().map(remediation).collect(),
    }
}

fn requests(log: &NodeRequests) -> v1::ListedRequests {
    let errors = log.errors.iter().map(|error| v1::ListedError {
        number: error.number,
        last: error.last.to_string(),
        text: error.text.clone(),
    });
    v1::ListedRequests {
        since: log.since.to_string(),
        served: log.served,
        failed: log.failed,
        errors: errors.collect(),
    }
}
