//! The agent's log: every recorded line is read for what it is, and nothing that could be a secret is kept.

use std::net::IpAddr;

use jiff::Timestamp;
use proptest::prelude::*;
use serde_json::Value;

use podid::evidence::AgentLog;
use podid::evidence::kubernetes::agent_log::{AgentError, LoggedEvent, LoggedOutcome, essence};
use podid::reasoning::agent::log_reader::AgentLogReader;

const POD: &str = "169.254.170.23";

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn read_for(address: &str, files: &[&[String]]) -> AgentLog {
    let address: IpAddr = address.parse().expect("an address");
    let mut reader = AgentLogReader::new(address, time("2026-11-21T02:00:00Z"), time("2026-11-21T03:00:00Z"));
    for file in files {
        reader.begin_file();
        file.iter().for_each(|line| reader.line(line));
    }
    reader.finish(true)
}

fn read(lines: &[String]) -> AgentLog {
    read_for(POD, &[lines])
}

fn line(at: &str, client: &str, message: &str, more: &str) -> String {
    format!(r#"{{"client-addr":"{client}","level":"info","msg":"{message}","time":"2026-11-21T{at}Z"{more}}}"#)
}

fn recorded() -> Vec<(String, Vec<String>)> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recorded/agent-0.1.37.json");
    let value: Value = serde_json::from_str(&std::fs::read_to_string(path).expect("the recording")).expect("JSON");
    let cases = value["cases"].as_array().expect("cases");
    let lines = |case: &Value| -> Vec<String> {
        let log = case["log"].as_array().expect("a log");
        log.iter().map(|line| line.as_str().expect("a line").to_owned()).collect()
    };
    cases.iter().map(|case| (case["name"].as_str().expect("a name").to_owned(), lines(case))).collect()
}

#[test]
fn every_recorded_situation_is_read_for_what_it_was() {
    use AgentError as E;
    let wanted = [
        ("EKS Auth answers AccessDeniedTrust", E::RoleRefused),
        ("EKS Auth answers ResourceNotFound", E::NotFound),
        ("EKS Auth answers ExpiredToken", E::TokenExpired),
        ("EKS Auth answers InvalidToken", E::TokenInvalid),
        ("EKS Auth answers InvalidParameter", E::InvalidRequest),
        ("EKS Auth answers InvalidRequest", E::InvalidRequest),
        ("EKS Auth answers Throttling", E::Throttled),
        ("EKS Auth answers InternalServer", E::ServiceFault),
        ("EKS Auth answers ServiceUnavailable", E::ServiceFault),
        ("EKS Auth does not answer", E::NoAnswer),
        ("EKS Auth refuses the connection", E::NoConnection),
        ("EKS Auth host name not found", E::NoHost),
        ("EKS Auth certificate not trusted", E::Certificate),
        ("agent has no credentials of its own", E::NodeCredentials),
        ("agent has no region", E::NoRegion),
        ("client sends no token", E::TokenEmpty),
        ("client sends an empty token", E::TokenEmpty),
        ("client sends Bearer", E::TokenMalformed),
        ("client sends an expired token", E::TokenExpired),
        ("client sends a token not yet valid", E::TokenTooEarly),
        ("client sends another Host", E::WrongHost),
    ];
    let recorded = recorded();
    assert_eq!(recorded.len(), 25);
    for (name, lines) in &recorded {
        let log = read(lines);
        let last = log.outcomes.last();
        let kind = last.and_then(|outcome| outcome.error.as_deref()).map(AgentError::read);
        let expected = wanted.iter().find(|(known, _)| known == name).map(|(_, kind)| *kind);
        assert_eq!(kind, expected, "{name}: {last:?}");
        let node: Vec<AgentError> = errors(&log.node.errors);
        let of_node: Vec<AgentError> = expected.filter(|kind| kind.concerns_node()).into_iter().collect();
        assert_eq!(node, of_node, "{name}");
    }
}

fn errors(outcomes: &[LoggedOutcome]) -> Vec<AgentError> {
    outcomes.iter().filter_map(|outcome| outcome.error.as_deref()).map(AgentError::read).collect()
}

#[test]
fn a_recorded_success_is_followed_by_an_answer_from_the_cache() {
    let (_, lines) = recorded().swap_remove(0);
    let log = read(&lines);
    let events: Vec<LoggedEvent> = log.outcomes.iter().map(|outcome| outcome.event).collect();
    let expected = [LoggedEvent::Requested, LoggedEvent::Fetched, LoggedEvent::Requested, LoggedEvent::Cached];
    assert_eq!(events, expected);
    let role = log.outcomes[1].role_arn.as_deref().expect("a role");
    assert!(role.starts_with("arn:aws:sts::111122223333:assumed-role/api/eks-prod-api-7c9f5d"), "{role}");
    assert_eq!(log.node.last_fetched, Some(log.outcomes[1].time));
    assert_eq!(log.outcomes[2].port, log.outcomes[3].port);
}

#[test]
fn other_addresses_and_earlier_times_are_other_pods() {
    let own = line("02:08:00", "10.0.1.23:4711", "handling new request request from 10.0.1.23:4711", "");
    let rows = [
        (own.clone(), 1),
        (own.replace("02:08", "01:59"), 0),
        (own.replace("10.0.1.23", "10.0.1.230"), 0),
        (own.replace("10.0.1.23:4711", "[::ffff:10.0.1.23]:4711"), 1),
        (own.replace("T02:08", "T03:08"), 0),
        (own.replace("client-addr", "client"), 0),
        (own[..own.len() - 9].to_owned(), 0),
        ("2026/11/21 02:08:38 Setting logging verbosity level to: trace (6)".to_owned(), 0),
        (String::new(), 0),
        ("null".to_owned(), 0),
        (r#"{"msg":7,"time":"2026-11-21T02:08:00Z"}"#.to_owned(), 0),
    ];
    for (line, count) in rows {
        assert_eq!(read_for("10.0.1.23", &[std::slice::from_ref(&line)]).outcomes.len(), count, "{line}");
    }
    let six = line("02:08:00", "[fd00::23]:4711", "handling new request request from [fd00::23]:4711", "");
    assert_eq!(read_for("fd00:0:0::23", &[&[six]]).outcomes.len(), 1);
}

#[test]
fn a_renewal_belongs_to_the_pod_whose_request_it_renews() {
    let renewal =
        r#","from":"renewal-thread","fetched_role_arn":"arn:aws:sts::111122223333:assumed-role/api/eks-prod""#;
    let fetched = line("02:30:00", "169.254.170.23:4711", "Successfully fetched credentials from EKS Auth", renewal);
    let asked = line("02:10:00", "169.254.170.23:4711", "handling new request request from 169.254.170.23:4711", "");
    assert_eq!(read(&[asked, fetched.clone()]).outcomes.len(), 2);
    let alone = read(&[fetched]);
    assert!(alone.outcomes.is_empty(), "a renewal for the pod that had the address before");
    assert!(alone.node.last_fetched.is_some(), "it is a success on this node all the same");
}

#[test]
fn the_uid_of_a_line_outranks_its_address() {
    let fetched = |uid: &str, client: &str, more: &str| {
        let more = format!(r#","podUID":"{uid}"{more}"#);
        line("02:30:00", client, "Successfully fetched credentials from EKS Auth", &more)
    };
    let count = |line: String| {
        let mut reader = AgentLogReader::new(
            POD.parse().expect("an address"),
            time("2026-11-21T02:00:00Z"),
            time("2026-11-21T03:00:00Z"),
        )
        .of_pod("5f0c");
        reader.begin_file();
        reader.line(&line);
        reader.finish(true).outcomes.len()
    };
    let own = format!("{POD}:4711");
    assert_eq!(count(fetched("5f0c", &own, "")), 1);
    assert_eq!(count(fetched("77aa", &own, "")), 0, "the pod that had the address before");
    assert_eq!(count(fetched("5f0c", "10.9.9.9:1", "")), 1, "another address of the same pod");
    assert_eq!(count(fetched("5f0c", &own, r#","from":"renewal-thread""#)), 1, "a renewal without its request");
    assert_eq!(count(line("02:30:00", &own, "handling new request request from x", "")), 1, "a line without a UID");
}

#[test]
fn evictions_are_noise_and_throttled_renewals_concern_the_node() {
    let noise = "Removing credentials from cache, got non recoverable error: ExpiredTokenException: The token included in the request is expired";
    let log = read(&[line("02:10:00", "169.254.170.23:4711", noise, r#","from":"renewal-thread""#)]);
    assert_eq!(log, AgentLog::default());
    for text in [
        "Rate limited! Will try to keep creds locally",
        "Background refresh rate limited for pod 5f0c: keeping credentials locally",
    ] {
        let log = read(&[line("02:10:00", "169.254.170.23:4711", text, "")]);
        assert_eq!((log.outcomes.len(), errors(&log.node.errors)), (0, vec![AgentError::Throttled]), "{text}");
    }
}

#[test]
fn a_log_covers_the_pod_only_from_its_beginning_to_its_end() {
    let start = |at: &str| {
        format!(
            r#"{{"bind-addr":"localhost:2703","level":"info","msg":"Starting server...","time":"2026-11-21T{at}Z"}}"#
        )
    };
    let other = |at: &str| line(at, "10.0.1.9:1", "handling new request request from 10.0.1.9:1", "");
    let rows: [(&str, Vec<Vec<String>>, bool); 9] = [
        ("a line from before", vec![vec![other("01:59:59")]], true),
        ("the agent started with the pod", vec![vec![start("02:00:00")]], true),
        ("the agent started before", vec![vec![start("01:30:00"), other("02:10:00")]], true),
        ("the first line is later", vec![vec![other("02:00:00")]], false),
        ("the agent started later", vec![vec![start("02:00:01")]], false),
        ("a restart, and the former run is there", vec![vec![other("01:59:59")], vec![start("02:20:00")]], true),
        ("a restart, and the present run was rotated", vec![vec![other("01:59:59")], vec![other("02:20:00")]], false),
        ("a restart, and the former run was rotated", vec![vec![other("02:01:00")], vec![start("02:20:00")]], false),
        ("nothing", vec![vec![]], false),
    ];
    for (name, files, covers) in rows {
        let files: Vec<&[String]> = files.iter().map(Vec::as_slice).collect();
        assert_eq!(read_for(POD, &files).covers_life, covers, "{name}");
    }
    let whole = |files: &[&[String]]| read_for(POD, files).whole_run;
    assert!(
        whole(&[&[start("02:00:01"), other("02:10:00")]]),
        "the agent began after the pod, and nothing of it is missing"
    );
    assert!(!whole(&[&[other("02:10:00"), start("02:20:00")]]), "the first line is not the agent's first");
    assert!(!whole(&[&[start("02:01:00")], &[start("02:20:00")]]), "there was a run before");
    let mut cut = AgentLogReader::new(
        POD.parse().expect("an address"),
        time("2026-11-21T02:00:00Z"),
        time("2026-11-21T03:00:00Z"),
    );
    cut.begin_file();
    cut.line(&other("01:59:59"));
    assert!(!cut.finish(false).covers_life, "it was not read to its end");
}

#[test]
fn memory_does_not_grow_with_the_log() {
    let ask =
        |port: usize| line("02:10:00", &format!("169.254.170.23:{port}"), "handling new request request from x", "");
    let lines: Vec<String> = (1..=5000).map(ask).collect();
    let log = read(&lines);
    assert_eq!(log.outcomes.len(), 256);
    assert_eq!(log.outcomes.last().and_then(|outcome| outcome.port), Some(5000), "the latest are kept");
}

#[test]
fn the_essence_of_an_error_is_told_without_its_wrapping() {
    let (_, lines) = recorded().into_iter().find(|(name, _)| name.contains("AccessDeniedTrust")).expect("the case");
    let log = read(&lines);
    let text = log.outcomes.last().and_then(|outcome| outcome.error.clone()).expect("an error");
    let told =
        "AccessDeniedException: Unauthorized Exception! EKS does not have permissions to assume the associated role.";
    assert_eq!(essence(&text), told);
    assert_eq!(
        essence("Error fetching credentials: Service account token cannot be empty"),
        "Service account token cannot be empty"
    );
}

proptest! {
    #[test]
    fn any_line_is_read_without_a_panic(lines in prop::collection::vec(".*", 0..20)) {
        read(&lines);
        for text in &lines {
            let message = serde_json::to_string(&format!("Error fetching credentials: {text}")).expect("JSON");
            read(&[format!(r#"{{"client-addr":"{POD}:1","msg":{message},"time":"2026-11-21T02:10:00Z"}}"#)]);
        }
    }

    #[test]
    fn nothing_that_looks_like_a_token_is_kept(head in "[a-zA-Z0-9_-]{20,200}", body in "[a-zA-Z0-9_-]{20,400}", before in "[a-z :,]{0,20}") {
        let token = format!("eyJ{head}.eyJ{body}.{head}");
        let message = format!("Error fetching credentials: {before}{token}, status 400");
        let more = format!(r#","token":"{token}","fetched_role_arn":"arn:{token}""#);
        let log = read(&[
            line("02:10:00", "169.254.170.23:4711", &message, &more),
            line("02:10:00", "169.254.170.23:4711", "Successfully fetched credentials from EKS Auth", &more),
        ]);
        let kept = serde_json::to_string(&log).expect("JSON");
        prop_assert!(!kept.contains(&head) && !kept.contains(&body), "{}", kept);
        prop_assert!(kept.contains("status 400"), "{}", kept);
    }
}
