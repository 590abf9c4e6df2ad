//! Whether Cilium lets a pod reach its node: a table of what its documentation says.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};

use podid::evidence::NetworkPolicy;
use podid::evidence::kubernetes::network_engine::CiliumPolicy;
use podid::reasoning::agent::configuration;
use podid::reasoning::network::cilium::{CiliumAnswer, PodIdentityLabels, Question};
use podid::reasoning::network::egress::Destination;

/// One row of the table.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct Row {
    name: String,
    kubernetes: Vec<Value>,
    cilium: Vec<Value>,
    several: Vec<Value>,
    clusterwide: Vec<Value>,
    always: bool,
    nodes: bool,
    reads: String,
    says: String,
}

fn policies<T: for<'de> Deserialize<'de>>(specs: &[Value]) -> Vec<T> {
    let object =
        |(place, spec): (usize, &Value)| json!({ "metadata": { "name": format!("policy-{place}") }, "spec": spec });
    let all = specs.iter().enumerate().map(object).map(serde_json::from_value);
    all.collect::<Result<_, _>>().expect("policies")
}

fn answer(row: &Row) -> (&'static str, String) {
    let kubernetes: Vec<NetworkPolicy> = policies(&row.kubernetes);
    let mut cilium: Vec<CiliumPolicy> = policies(&row.cilium);
    if !row.several.is_empty() {
        let policy = json!({ "metadata": { "name": "several" }, "specs": row.several });
        cilium.push(serde_json::from_value(policy).expect("a policy"));
    }
    let clusterwide: Vec<CiliumPolicy> = policies(&row.clusterwide);
    let label = |key: &str, value: &str| BTreeMap::from([(key.to_owned(), value.to_owned())]);
    let (labels, of_namespace) = (label("app", "api"), label("team", "a"));
    let to = Destination { address: configuration::IPV4.into(), port: 80, in_ranges: row.nodes };
    let pod = PodIdentityLabels {
        labels: &labels,
        namespace: "shop",
        of_namespace: Some(&of_namespace),
        service_account: "api",
    };
    let question =
        Question { kubernetes: &kubernetes, cilium: &cilium, clusterwide: &clusterwide, pod, to, always: row.always };
    match question.answer() {
        CiliumAnswer::Open => ("open", String::new()),
        CiliumAnswer::Undecidable(why) => ("undecidable", why),
        CiliumAnswer::Refused(refusals) => {
            let each: Vec<String> = refusals.iter().map(|one| format!("{} {}", one.policy, one.why)).collect();
            ("refused", each.join("; "))
        }
    }
}

fn rows() -> Vec<Row> {
    serde_saphyr::from_str(include_str!("cilium/egress.yaml")).expect("a table")
}

#[test]
fn policies_are_read_as_cilium_documents_them() {
    let mut wrong = Vec::new();
    for row in rows() {
        let (word, why) = answer(&row);
        if word != row.reads || !why.contains(&row.says) {
            wrong.push(format!("{}: expected {} ({}), found {word} ({why})", row.name, row.reads, row.says));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_policy_survives_saving() {
    for row in rows() {
        for policy in policies::<CiliumPolicy>(&[row.cilium, row.clusterwide, row.several].concat()) {
            let again = serde_json::from_value(serde_json::to_value(&policy).expect("JSON")).expect("a policy");
            assert_eq!(policy, again, "{}", row.name);
        }
    }
}
