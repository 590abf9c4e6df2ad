//! Storms over what is read as text: evidence, trust policies, the agent's log, reports of the probe, kubeconfigs. Whatever stands in them,
//! they are read or refused.

use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use podid::diagnose::{Options, diagnose};
use podid::evidence::{Evidence, ProbeReport};
use podid::reasoning::agent::log_reader::{AgentLogReader, NodeLogReader};
use podid::reasoning::iam::{Document, Request, RequestContext, RequestPrincipal, evaluate};
use serde_json::Value;

use super::seeds;
use crate::support::case;

/// How many texts of each kind are tried.
const RUNS: u64 = 1_000;
/// What means something to one of the readers.
const TOKENS: &[&str] = &[
    "\u{1b}[31m",
    "\u{202e}",
    "\0",
    "&a [*a, *a]",
    "*nobody",
    "<<: *a",
    "!!binary x",
    "!<tag:x> ",
    "[[[[[[[[",
    "{{{{",
    "- - - ",
    "---\n",
    "...\n",
    ": ",
    "\t",
    "\"",
    "'",
    "\\u",
    "${",
    "null",
    "~",
    "-1",
    "18446744073709551616",
    "1e999",
    ".nan",
    "0001-01-01T00:00:00Z",
    "9999-12-31T23:59:60Z",
    "arn:::::",
    "::ffff:1.2.3.4",
    "%",
];

/// A text with some of its parts taken out, doubled or changed.
pub fn spoilt(rng: &mut Rng, text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..rng.usize(1..5) {
        let from = rng.usize(0..=bytes.len());
        let to = (from + rng.usize(0..40)).min(bytes.len());
        match rng.usize(0..6) {
            0 => drop(bytes.drain(from..to)),
            1 => {
                let again = bytes[from..to].repeat(rng.usize(1..20));
                bytes.splice(to..to, again);
            }
            2 => bytes.truncate(from),
            3 => bytes[from..to].iter_mut().for_each(|byte| *byte = byte.wrapping_add(1)),
            _ => {
                let token = TOKENS[rng.usize(0..TOKENS.len())];
                bytes.splice(from..from, token.bytes());
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads spoilt texts, and names the seeds at which a reader crashed.
fn read(kind: &str, texts: &[String], reader: impl Fn(&str)) {
    let crashed = |seed: &u64| {
        let mut rng = Rng::with_seed(*seed);
        let chosen = rng.usize(0..texts.len());
        let text = spoilt(&mut rng, &texts[chosen]);
        catch_unwind(AssertUnwindSafe(|| reader(&text))).is_err()
    };
    let crashed: Vec<u64> = seeds(RUNS).filter(crashed).collect();
    assert!(crashed.is_empty(), "{kind}: seeds {crashed:?}");
}

fn every_tenth_case() -> Vec<Value> {
    case::all().iter().step_by(10).map(case::Case::value).collect()
}

#[test]
fn evidence() {
    let texts: Vec<String> =
        every_tenth_case().iter().map(|value| serde_saphyr::to_string(value).expect("YAML")).collect();
    read("evidence", &texts, |text| {
        if let Ok(evidence) = Evidence::from_yaml(text) {
            diagnose(&evidence, &Options::default());
        }
    });
}

#[test]
fn trust_policies() {
    let policy = |value: &Value| value["role"]["AssumeRolePolicyDocument"].as_str().map(str::to_owned);
    let texts: Vec<String> = case::all().iter().filter_map(|case| policy(&case.value())).collect();
    read("trust policy", &texts, |text| {
        if let Ok(document) = Document::parse(text) {
            let principal = RequestPrincipal::Service("pods.eks.amazonaws.com".to_owned());
            evaluate(&document, &Request::new(principal, "sts:AssumeRole", RequestContext::new()));
        }
        drop(podid::trust_check::read("policy.json", text));
    });
}

#[test]
fn logs_of_the_agent() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/agent-0.1.37.json");
    let recorded: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("the recording")).expect("JSON");
    let lines = |case: &Value| {
        let lines = case["log"].as_array().into_iter().flatten().filter_map(Value::as_str);
        lines.collect::<Vec<_>>().join("\n")
    };
    let texts: Vec<String> = recorded["cases"].as_array().expect("cases").iter().map(lines).collect();
    let time = |text: &str| text.parse().expect("a time");
    let (since, until) = (time("2026-11-21T02:00:00Z"), time("2026-11-21T03:00:00Z"));
    read("agent log", &texts, |text| {
        let mut reader = AgentLogReader::new("10.0.1.23".parse().expect("an address"), since, until);
        let mut of_node = NodeLogReader::new(since, until);
        reader.begin_file();
        for line in text.lines() {
            reader.line(line);
            of_node.line(line);
        }
        reader.finish(true);
    });
}

#[test]
fn reports_of_the_probe() {
    let reports = |value: Value| -> Vec<String> {
        let probes = value["probe"].as_object().cloned().unwrap_or_default();
        probes.values().filter(|one| one["report"].is_object()).map(|one| one["report"].to_string()).collect()
    };
    let texts: Vec<String> = case::all().iter().flat_map(|case| reports(case.value())).collect();
    assert!(!texts.is_empty(), "there are reports");
    read("probe report", &texts, |text| drop(serde_json::from_str::<ProbeReport>(text)));
}
