//! Who wins in a container: the rules against what real SDKs did, and against what the checks say of every case.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::render::{PLAIN, draw};
use crate::support::case::{self, Case};
use crate::support::golden;
use podid::evidence::Evidence;
use podid::evidence::kubernetes::metadata::{IPV4_URI, IPV6_URI, TOKEN_PATH};
use podid::reasoning::credential_chain::sdk::{Measured, Situation};
use podid::reasoning::credential_chain::{CredentialChain, CredentialSource, Outcome, Sdk, Token, Winner};
use podid::render::outline::chain;
use podid::render::{Format, Verbosity};
use podid::report::{Report, Status};

/// The chain of a pod whose only container sets this.
fn chain(environment: Value) -> CredentialChain {
    let mut value = case::healthy();
    value["pod"]["spec"]["containers"][0]["env"] = environment;
    let evidence = Evidence::from_value(value).expect("evidence");
    let container = evidence.containers().expect("a pod").remove(0);
    evidence.credential_chain(&container)
}

/// The environment that a row of the table stands for.
fn environment(settings: &BTreeMap<String, String>) -> Value {
    let variable = |(name, word): (&String, &String)| {
        let value = match word.as_str() {
            "empty" => "",
            "agent" => IPV4_URI,
            "agent over IPv6" => IPV6_URI,
            "other address" => "http://127.0.0.1:8085/v1/credentials",
            "true" | "false" | "FALSE" => word,
            _ if name == "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE" => TOKEN_PATH,
            _ => "1",
        };
        json!({"name": name, "value": value})
    };
    settings.iter().map(variable).collect()
}

fn of(chain: &CredentialChain, sdk: Sdk) -> &Winner {
    chain.winners.iter().find(|winner| winner.sdk == sdk).expect("every SDK")
}

/// The first step of what was measured, in the words of the table.
fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Takes { source, token: Some(token) } => match token {
            Token::File => format!("{} with the file", source.word()),
            Token::Variable => format!("{} with the variable", source.word()),
            Token::None => format!("{} without a token", source.word()),
        },
        Outcome::Takes { source, token: None } => source.word().to_owned(),
        Outcome::Stops(_) | Outcome::Nothing => "error".to_owned(),
    }
}

/// An error is an error whatever its class, and finding nothing is one too.
fn first(went: &str) -> String {
    let first = went.split(", ").next().unwrap_or_default();
    if first.starts_with("error") || first == "nothing" { "error".to_owned() } else { first.to_owned() }
}

fn compare(row: &Situation, sdk: Sdk, winner: &Winner) -> Option<String> {
    let went = row.went.get(sdk.word())?;
    let told = winner.outcome.as_ref().map(words);
    let agrees = match &told {
        Ok(told) => *told == first(went),
        // Not told is never wrong; but what can be seen from outside is to be told.
        Err(_) => row.besides.is_some() || row.settings.keys().any(|name| name.ends_with("PROFILE")),
    };
    (!agrees).then(|| format!("{}: {}: went {went}, the rules say {told:?}", row.name, sdk.word()))
}

#[test]
fn the_rules_say_what_the_sdks_did() {
    let table = Measured::table();
    assert!(table.situations.len() >= 60, "the table is read");
    // A file that is broken, an address that is not allowed: nothing of that can be seen from outside.
    let inside = ["the token file", "the address is not one", "a proxy", "the config file", "the credentials file"];
    let mut differences = Vec::new();
    for row in &table.situations {
        if row.besides.as_ref().is_some_and(|besides| inside.iter().any(|words| besides.starts_with(words))) {
            continue;
        }
        let chain = chain(environment(&row.settings));
        differences.extend(Sdk::ALL.into_iter().filter_map(|sdk| compare(row, sdk, of(&chain, sdk))));
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn what_follows_a_refusal_is_what_was_measured() {
    let refused = |row: &&Situation| row.besides.as_ref().is_some_and(|besides| besides.ends_with("refuses"));
    let mut seen = 0;
    for row in Measured::table().situations.iter().filter(refused).filter(|row| !row.name.starts_with("STS")) {
        let chain = chain(environment(&row.settings));
        for (sdk, went) in &row.went {
            let winner = chain.winners.iter().find(|winner| winner.sdk.word() == sdk).expect("the SDK");
            let next = went.split(", ").nth(1).map(first);
            assert_eq!(winner.if_refused.as_ref().map(words), next, "{}: {sdk}: {went}", row.name);
            seen += 1;
        }
    }
    assert_eq!(seen, 15);
}

#[test]
fn only_what_was_measured_is_called_measured() {
    let agent = json!([
        {"name": "AWS_CONTAINER_CREDENTIALS_FULL_URI", "value": IPV4_URI},
        {"name": "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "value": TOKEN_PATH},
    ]);
    let measured = chain(agent.clone());
    for winner in &measured.winners {
        assert_eq!(winner.measured.is_some(), winner.sdk.is_measured(), "{winner:?}");
    }
    let mut odd = agent;
    odd.as_array_mut().expect("a list").push(json!({"name": "AWS_SECRET_KEY", "value": "x"}));
    let odd = chain(odd);
    assert!(odd.winners.iter().all(|winner| winner.measured.is_none()), "{odd:?}");
    assert_eq!(of(&odd, Sdk::Rust).outcome, of(&measured, Sdk::Rust).outcome);
}

#[test]
fn what_a_secret_may_bring_is_never_guessed() {
    let mut value = case::healthy();
    value["pod"]["spec"]["containers"][0]["envFrom"] = json!([{"secretRef": {"name": "settings"}}]);
    let evidence = Evidence::from_value(value).expect("evidence");
    let container = evidence.containers().expect("a pod").remove(0);
    for winner in evidence.credential_chain(&container).winners {
        assert!(winner.outcome.is_err(), "{winner:?}");
        assert_eq!((winner.measured, winner.if_refused), (None, None));
    }
}

/// What the checks of the area say about one container.
struct Checks<'r>(&'r Report, &'r str);

impl Checks<'_> {
    fn status(&self, code: &str) -> Option<Status> {
        let check = self.0.checks.iter().find(|check| check.check.code.to_string() == code)?;
        let containers = check.containers.as_deref()?;
        containers.iter().find(|one| one.name == self.1).map(|one| one.status)
    }

    fn failed(&self, code: &str) -> bool {
        self.status(code) == Some(Status::Failed)
    }

    fn left_out(&self, code: &str) -> bool {
        matches!(self.status(code), None | Some(Status::NotApplicable | Status::Skipped))
    }
}

/// Whether what an SDK does instead of asking the agent has its check.
fn unsaid(checks: &Checks<'_>, winner: &Winner) -> Option<&'static str> {
    let needs = |code: &'static str| (checks.status(code) == Some(Status::Passed)).then_some(code);
    match &winner.outcome {
        Ok(Outcome::Takes { source, token }) => match source {
            CredentialSource::StaticKeys => needs("PID410"),
            CredentialSource::WebIdentity => needs("PID420"),
            CredentialSource::Ecs => needs("PID440"),
            CredentialSource::PodIdentity if *token == Some(Token::Variable) => needs("PID450"),
            CredentialSource::InstanceMetadata => needs("PID495"),
            _ => None,
        },
        Ok(Outcome::Stops(_)) => {
            let one = ["PID410", "PID420", "PID430", "PID440", "PID340"];
            let told = one.iter().any(|code| checks.failed(code) || checks.left_out(code));
            (!told).then_some("any check that says why it stops")
        }
        _ => None,
    }
}

/// Whether all checks that speak of other sources passed, although an SDK takes one.
fn unseen(checks: &Checks<'_>, winner: &Winner) -> bool {
    let all = ["PID340", "PID350", "PID410", "PID420", "PID430", "PID440", "PID450"];
    let passed = all.iter().all(|code| checks.status(code) == Some(Status::Passed));
    let agent = Outcome::Takes { source: CredentialSource::PodIdentity, token: Some(Token::File) };
    passed && winner.outcome != Ok(agent)
}

#[test]
fn checks_and_rules_never_contradict_each_other() {
    let mut found = Vec::new();
    for case in case::all() {
        let (evidence, report) = (case.evidence(), case.report());
        let Ok(Some(pod)) = evidence.live_pod() else { continue };
        for container in pod.containers().filter(|container| pod.leaves_out(container).is_none()) {
            let checks = Checks(&report, &container.name);
            let chain = evidence.credential_chain(&container);
            let measured = chain.winners.iter().filter(|winner| winner.sdk.is_measured());
            for winner in measured {
                let place = format!("{}: {}: {} {:?}", case.name(), container.name, winner.sdk.name(), winner.outcome);
                found.extend(unsaid(&checks, winner).map(|code| format!("{place}, and {code} has not failed")));
                found.extend(unseen(&checks, winner).then(|| format!("{place}, and all checks passed")));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// The block of `-v` in some cases.
#[test]
fn the_chain_reads_as_kept() {
    let cases = [
        "container/static_keys/half",
        "container/static_keys/in_env",
        "container/static_keys/secret",
        "container/relative_uri/in_env",
        "container/profile/in_env",
        "container/web_identity/second_webhook",
        "injection/containers_selected/helper_left_out",
    ];
    let all = case::all();
    let mut kept = format!("# healthy\n{}", block(&case_report(all, None)));
    for name in cases {
        kept.push_str(&format!("\n# {name}\n{}", block(&case_report(all, Some(name)))));
    }
    let difference = golden::difference(&golden::file("tests/golden/credential_chains.txt"), &kept);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

fn case_report(all: &[Case], name: Option<&str>) -> Report {
    match name {
        None => {
            let evidence = Evidence::from_value(case::healthy()).expect("evidence");
            podid::diagnose::diagnose(&evidence, &podid::diagnose::Options::default())
        }
        Some(name) => all.iter().find(|case| case.name() == name).unwrap_or_else(|| panic!("no case {name}")).report(),
    }
}

fn block(report: &Report) -> String {
    let page = draw(report, Format::Table, PLAIN, Verbosity::Verbose);
    let from = page.find("\ncredentials of ").expect("a block") + 1;
    let to = page.find("\n\ncluster\n").expect("the checks");
    page[from..=to].to_owned()
}

/// What stands below the fold of a ticket.
fn fold(report: &Report) -> String {
    let ticket = draw(report, Format::Markdown, PLAIN, Verbosity::Normal);
    let from = ticket.find("<details><summary>credentials</summary>").expect("a fold");
    let length = ticket[from..].find("</details>").expect("its end");
    ticket[from..from + length].to_owned()
}

#[test]
fn tickets_and_pages_say_what_the_terminal_says() {
    let all = case::all();
    for case in all.iter().filter(|case| case.name().starts_with("container/")) {
        let report = case.report();
        let page = draw(&report, Format::Html, PLAIN, Verbosity::Normal);
        let page = roxmltree::Document::parse(&page).expect("a page");
        let words: String = page.descendants().filter(roxmltree::Node::is_text).filter_map(|one| one.text()).collect();
        let ticket = draw(&report, Format::Markdown, PLAIN, Verbosity::Normal).replace(['\\', '`'], "");
        let blocks = chain::blocks(&report);
        assert_eq!(ticket.contains("<summary>credentials</summary>"), !blocks.is_empty(), "{}", case.name());
        for block in blocks {
            assert!(words.contains(&block.title) && ticket.contains(&block.title), "{}", case.name());
            for text in block.rows.iter().flat_map(|row| [Some(&row.words), row.sdks.as_ref()]).flatten() {
                assert!(words.contains(text.as_str()) && ticket.contains(text.as_str()), "{}: {text}", case.name());
            }
        }
    }
    let kept = fold(&case_report(all, Some("container/static_keys/half")));
    let difference = golden::difference(&golden::file("tests/golden/credential_chain.md"), &kept);
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}
