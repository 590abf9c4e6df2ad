//! Laws that hold for every set of policies, tried on generated ones.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{destination, labels, policies};
use podid::reasoning::network::egress::{Egress, egress};

fn port() -> impl Strategy<Value = Value> {
    let port = prop::sample::select(vec![json!(80), json!(443), json!("http"), json!("80"), Value::Null]);
    let protocol = prop::sample::select(vec![json!("TCP"), json!("UDP"), Value::Null]);
    let last = prop::sample::select(vec![Value::Null, Value::Null, json!(90), json!(500)]);
    (port, protocol, last).prop_map(|(port, protocol, last)| {
        let last = if port.is_null() { Value::Null } else { last };
        json!({ "port": port, "protocol": protocol, "endPort": last })
    })
}

fn peer() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!({ "ipBlock": { "cidr": "169.254.170.23/32" } }),
        json!({ "ipBlock": { "cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"] } }),
        json!({ "ipBlock": { "cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"] } }),
        json!({ "ipBlock": { "cidr": "::/0" } }),
        json!({ "ipBlock": { "cidr": "garbage" } }),
        json!({ "podSelector": {} }),
        json!({ "namespaceSelector": {} }),
        json!({}),
    ])
}

fn rule() -> impl Strategy<Value = Value> {
    (prop::option::of(prop::collection::vec(port(), 0..3)), prop::option::of(prop::collection::vec(peer(), 0..3)))
        .prop_map(|(ports, to)| json!({ "ports": ports, "to": to }))
}

/// A specification that surely selects the pod (`true`), surely does not (`false`), or may.
fn policy(selects: impl Strategy<Value = Option<bool>>) -> impl Strategy<Value = Value> {
    let types =
        prop::sample::select(vec![json!(["Egress"]), json!(["Ingress", "Egress"]), json!(["Ingress"]), Value::Null]);
    (selects, types, prop::collection::vec(rule(), 0..3)).prop_map(|(selects, types, egress)| {
        let selector = match selects {
            Some(true) => json!({ "matchLabels": { "app": "api" } }),
            Some(false) => json!({ "matchLabels": { "app": "web" } }),
            None => json!({ "matchExpressions": [{ "key": "app", "operator": "Resembles" }] }),
        };
        json!({ "podSelector": selector, "policyTypes": types, "egress": egress })
    })
}

fn any_policy() -> impl Strategy<Value = Value> {
    policy(prop::sample::select(vec![Some(true), Some(true), Some(true), Some(false), None]))
}

fn some() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(any_policy(), 0..5)
}

/// The answer as a word.
fn word(specs: &[Value]) -> &'static str {
    let policies = policies(specs);
    super::read(&egress(&policies, &labels(), destination("169.254.170.23", true))).0
}

proptest! {
    #[test]
    fn a_policy_that_does_not_select_the_pod_changes_nothing(specs in some(), other in policy(Just(Some(false)))) {
        let more: Vec<Value> = specs.iter().cloned().chain([other]).collect();
        prop_assert_eq!(word(&specs), word(&more));
    }

    #[test]
    fn a_rule_that_allows_all_in_any_selecting_policy_allows(specs in some(), one in policy(Just(Some(true)))) {
        let mut one = one;
        one["policyTypes"] = json!(["Egress"]);
        one["egress"].as_array_mut().expect("rules").push(json!({}));
        let more: Vec<Value> = specs.into_iter().chain([one]).collect();
        prop_assert_eq!(word(&more), "allowed");
    }

    #[test]
    fn the_first_selecting_policy_without_rules_denies(others in prop::collection::vec(policy(Just(Some(false))), 0..4)) {
        prop_assert_eq!(word(&others), "free");
        let more: Vec<Value> = others.into_iter().chain([json!({ "podSelector": {}, "policyTypes": ["Egress"] })]).collect();
        prop_assert_eq!(word(&more), "denied");
    }

    #[test]
    fn a_selecting_policy_more_takes_nothing_away(specs in some(), more in any_policy()) {
        if word(&specs) == "allowed" {
            let all: Vec<Value> = specs.into_iter().chain([more]).collect();
            prop_assert_eq!(word(&all), "allowed");
        }
    }

    #[test]
    fn the_order_does_not_matter(specs in some()) {
        let reversed: Vec<Value> = specs.iter().rev().cloned().collect();
        prop_assert_eq!(word(&specs), word(&reversed));
    }

    #[test]
    fn whoever_denies_surely_selects_and_says_why(specs in some()) {
        let policies = policies(&specs);
        if let Egress::Denied(isolations) = egress(&policies, &labels(), destination("169.254.170.23", true)) {
            prop_assert!(!isolations.is_empty());
            for isolation in isolations {
                prop_assert!(isolation.unsure.is_none());
                prop_assert!(isolation.policy.is_about_egress());
            }
        }
    }
}
