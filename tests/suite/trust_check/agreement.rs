//! The doctor and `check-trust` must say the same of the same policy, and an edit that is told must help.

use podid::checks::{Evaluate, Verdict, registry};
use podid::evidence::Evidence;
use podid::findings::FixFormat;
use podid::reasoning::iam::questions::unconditional;
use podid::report::TrustDecision;
use podid::trust_check::{Asked, judge, read};
use serde_json::Value;

use crate::support::case;

/// The checks that judge a trust policy.
const CHECKS: [u16; 4] = [820, 825, 830, 835];

/// What the checks make of the policy; `None` where they have none to judge.
fn by_checks(evidence: &Evidence) -> Option<TrustDecision> {
    evidence.trust_policy().ok()?;
    let (mut failed, mut open) = (false, false);
    for check in registry::all().filter(|check| CHECKS.contains(&check.code.0)) {
        let Evaluate::Pod(evaluate) = check.evaluate else { continue };
        match evaluate(evidence) {
            Ok(Verdict::Fail(_)) => failed = true,
            Ok(_) => {}
            Err(_) => open = true,
        }
    }
    Some(match (failed, open) {
        (true, _) => TrustDecision::Denied,
        (false, true) => TrustDecision::Undecided,
        (false, false) => TrustDecision::Allowed,
    })
}

fn asked(evidence: &Evidence, tags: bool) -> Asked {
    let call = evidence.pod_identity_call(tags);
    let text = |value: Option<&str>| value.map(str::to_owned);
    Asked {
        namespace: text(call.namespace),
        service_account: text(call.service_account),
        pod_name: text(call.pod_name),
        pod_uid: text(call.pod_uid),
        cluster: text(call.cluster_arn.or(call.cluster_name)),
        region: text(call.region),
        session_tags_disabled: !tags,
        ..Asked::default()
    }
}

#[test]
fn every_case_is_judged_as_the_checks_judge_it() {
    let mut seen = [0; 3];
    for case in case::all() {
        let evidence = case.evidence();
        let [tags] = evidence.possible_session_tags()[..] else { continue };
        let Some(expected) = by_checks(&evidence) else { continue };
        let Some(role) = evidence.role.known().and_then(Option::as_ref) else { continue };
        let policy = serde_json::to_string_pretty(&role.assume_role_policy_document).expect("JSON");
        let Ok(file) = read("role.json", &policy) else { continue };
        let report = judge(&file, asked(&evidence, tags), Some("api"), FixFormat::Aws);
        assert_eq!(report.decision, expected, "{}: {report:#?}", case.name());
        seen[report.decision as usize] += 1;
        the_edit_helps(report.remediation.first().and_then(|one| one.command.as_deref()), &asked(&evidence, tags));
    }
    assert!(seen[0] > 100 && seen[1] > 15 && seen[2] > 2, "{seen:?}");
}

/// The policy in a command is not denied what the one before was.
fn the_edit_helps(command: Option<&str>, asked: &Asked) {
    let Some((_, policy)) = command.and_then(|command| command.split_once("--policy-document '")) else {
        return;
    };
    let policy = policy.trim_end_matches('\'').replace("'\\''", "'");
    let file = read("role.json", &policy).unwrap_or_else(|error| panic!("{error:?}\n{policy}"));
    let report = judge(&file, asked.clone(), None, FixFormat::Aws);
    assert_ne!(report.decision, TrustDecision::Denied, "{policy}");
}

#[test]
fn an_open_policy_is_said_to_be_open() {
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"pods.eks.amazonaws.com"},
        "Action":["sts:AssumeRole","sts:TagSession"]}}"#;
    let report = super::check(policy, super::of("shop", "api"));
    assert_eq!(report.decision, TrustDecision::Allowed);
    assert!(report.notes[0].contains("any association of the account"), "{:?}", report.notes);
    let file = read("role.json", super::ROLE).expect("a policy");
    let (_, request) = super::of("payments", "api").requests().remove(0);
    assert_eq!(unconditional(&file.document, &request).len(), 0);
    let report = super::check(super::ROLE, super::of("payments", "api"));
    assert!(!report.notes.iter().any(|note| note.contains("any association")), "{:?}", report.notes);
    let _: Value = serde_json::from_str(policy).expect("JSON");
}
