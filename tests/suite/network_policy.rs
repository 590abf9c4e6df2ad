//! Whether network policies let a pod reach its node: a table of documented behaviour, and laws that hold for any policy.

mod laws;

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;
use serde_json::{Value, json};

use podid::evidence::NetworkPolicy;
use podid::reasoning::network::egress::{Allows, Destination, Egress, egress};

/// One row of the table.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Row {
    name: String,
    policies: Vec<Value>,
    #[serde(default = "agent")]
    to: String,
    #[serde(default = "yes")]
    in_ranges: bool,
    reads: String,
    #[serde(default)]
    says: String,
}

fn agent() -> String {
    "169.254.170.23".to_owned()
}

fn yes() -> bool {
    true
}

/// Policies of these specifications.
fn policies(specs: &[Value]) -> Vec<NetworkPolicy> {
    let named = specs.iter().enumerate().map(|(place, spec)| {
        let name = format!("policy-{place}");
        serde_json::from_value(json!({ "metadata": { "name": name, "namespace": "shop" }, "spec": spec }))
    });
    named.collect::<Result<_, _>>().expect("policies")
}

fn labels() -> BTreeMap<String, String> {
    BTreeMap::from([("app".to_owned(), "api".to_owned())])
}

fn destination(to: &str, in_ranges: bool) -> Destination {
    let address: IpAddr = to.parse().expect("an address");
    Destination { address, port: 80, in_ranges }
}

/// The answer in a word, and the reasons.
fn read(answer: &Egress<'_>) -> (&'static str, String) {
    match answer {
        Egress::Free => ("free", String::new()),
        Egress::Allowed(_) => ("allowed", String::new()),
        Egress::Undecidable(why) => ("undecidable", why.clone()),
        Egress::Denied(isolations) => {
            let why = isolations.iter().map(|one| match &one.allows {
                Allows::No(why) => why.as_str(),
                _ => "no reason",
            });
            ("denied", why.collect::<Vec<_>>().join("; "))
        }
    }
}

fn rows() -> Vec<Row> {
    serde_saphyr::from_str(include_str!("network_policy/egress.yaml")).expect("a table")
}

#[test]
fn policies_are_read_as_kubernetes_documents_them() {
    let rows = rows();
    assert!(rows.len() >= 60, "{} rows", rows.len());
    let mut wrong = Vec::new();
    for row in &rows {
        let policies = policies(&row.policies);
        let answer = egress(&policies, &labels(), destination(&row.to, row.in_ranges));
        let (word, why) = read(&answer);
        if word != row.reads || !why.contains(&row.says) {
            wrong.push(format!("{}: expected {} ({}), found {word} ({why})", row.name, row.reads, row.says));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

#[test]
fn a_policy_survives_saving() {
    for row in rows() {
        for policy in policies(&row.policies) {
            let value = serde_json::to_value(&policy).expect("JSON");
            let again: NetworkPolicy = serde_json::from_value(value).expect("a policy");
            assert_eq!(again, policy, "{}", row.name);
        }
    }
}

#[test]
fn ingress_rules_are_not_kept() {
    let spec = json!({ "podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{ "from": [{ "ipBlock": { "cidr": "10.0.0.0/8" } }] }] });
    let kept = serde_json::to_value(&policies(&[spec])[0]).expect("JSON");
    assert!(kept["spec"].get("ingress").is_none(), "{kept}");
}
