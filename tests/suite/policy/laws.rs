//! Laws that hold for every policy and every request, tried on generated ones.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::requests::{SERVICE, document, pod};
use podid::reasoning::iam::evaluate::{Answer, Undecidable, all, any as any_of, not};
use podid::reasoning::iam::questions::{Naming, named};
use podid::reasoning::iam::{ContextValue, Decision, Denial, Document, Outcome, Request, RequestPrincipal, evaluate};

const KEYS: [&str; 4] = ["aws:RequestTag/kubernetes-namespace", "aws:TagKeys", "t:one", "t:two"];

fn request() -> impl Strategy<Value = Request> {
    let value = prop_oneof![
        prop::collection::vec("[ab]{0,2}", 0..3).prop_map(ContextValue::Known),
        Just(ContextValue::Absent),
        Just(ContextValue::Present),
        Just(ContextValue::Unknown),
    ];
    (prop::sample::select(vec!["sts:AssumeRole", "sts:TagSession"]), prop::array::uniform4(value)).prop_map(
        |(action, values)| {
            let mut request = pod().request(action);
            for (key, value) in KEYS.into_iter().zip(values) {
                request.context = request.context.with(key, value);
            }
            request
        },
    )
}

fn condition() -> impl Strategy<Value = Value> {
    let prefix = prop::sample::select(vec!["", "", "ForAnyValue:", "ForAllValues:"]);
    let base = prop::sample::select(vec![
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotLike",
        "StringEqualsIgnoreCase",
        "Bool",
        "Null",
        "NumericLessThan",
        "ArnLike",
        "NoSuchOperator",
    ]);
    let suffix = prop::sample::select(vec!["", "", "IfExists"]);
    let wanted = prop::collection::vec(
        prop_oneof![
            Just(json!("true")),
            Just(json!("*")),
            Just(json!("a*")),
            Just(json!(5)),
            "[ab]{0,2}".prop_map(Value::from),
            Just(json!("${t:two}")),
            Just(json!("${t:two, 'a'}")),
            Just(json!("${nobody:knows}")),
        ],
        1..3,
    );
    let one = (prefix, base, suffix, prop::sample::select(KEYS.to_vec()), wanted);
    prop::collection::vec(one, 0..3).prop_map(|clauses| {
        let mut block = Map::new();
        for (prefix, base, suffix, key, wanted) in clauses {
            block.insert(format!("{prefix}{base}{suffix}"), json!({ key: wanted }));
        }
        Value::Object(block)
    })
}

fn statement() -> impl Strategy<Value = Value> {
    let effect = prop::sample::select(vec!["Allow", "Allow", "Allow", "Deny", "allow"]);
    let principal = prop::sample::select(vec![
        json!({ "Service": SERVICE }),
        json!({ "Service": [SERVICE, "ec2.amazonaws.com"] }),
        json!({ "Service": "ec2.amazonaws.com" }),
        json!({ "AWS": "*" }),
        json!("*"),
    ]);
    let action = prop::sample::select(vec![
        json!("sts:AssumeRole"),
        json!(["sts:AssumeRole", "sts:TagSession"]),
        json!("sts:*"),
        json!("s3:*"),
        json!([]),
    ]);
    (effect, any_bool(), principal, any_bool(), action, condition()).prop_map(
        |(effect, not_principal, principal, not_action, action, condition)| {
            json!({
                "Effect": effect,
                if not_principal { "NotPrincipal" } else { "Principal" }: principal,
                if not_action { "NotAction" } else { "Action" }: action,
                "Condition": condition,
            })
        },
    )
}

/// Mostly false.
fn any_bool() -> impl Strategy<Value = bool> {
    prop::sample::select(vec![false, false, false, true])
}

fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(statement(), 0..4)
}

fn json() -> impl Strategy<Value = Value> {
    let word = prop::sample::select(vec![
        "Statement",
        "Effect",
        "Allow",
        "Deny",
        "Principal",
        "NotPrincipal",
        "Service",
        "AWS",
        "Action",
        "NotAction",
        "Condition",
        "StringEquals",
        "aws:TagKeys",
        "${",
        "${aws:TagKeys, '",
        "*",
        SERVICE,
        "sts:AssumeRole",
        "Version",
        "2012-10-17",
        "ß",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((word.clone(), inner), 0..5)
                .prop_map(|members| members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

fn with(statements: &[Value], more: Value) -> Vec<Value> {
    statements.iter().cloned().chain([more]).collect()
}

fn decision(statements: &[Value], request: &Request) -> Decision {
    evaluate(&document(statements), request).decision
}

/// Doubt may become anything, and a sure answer may become doubt (of another clause), but never its opposite.
fn may_become(before: Decision, after: Decision) -> bool {
    let allowed = |decision| decision == Decision::Allowed;
    before == Decision::Undecided || after == Decision::Undecided || allowed(before) == allowed(after)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn deny_always_wins(statements in statements(), place in 0_usize..4, request in request()) {
        let mut denied = statements.clone();
        denied.insert(place.min(statements.len()), json!({ "Effect": "Deny" }));
        prop_assert_eq!(decision(&denied, &request), Decision::Denied(Denial::Explicit));
    }

    #[test]
    fn adding_an_allow_never_takes_away(statements in statements(), request in request(), mut more in statement()) {
        more["Effect"] = json!("Allow");
        let (before, after) = (decision(&statements, &request), decision(&with(&statements, more), &request));
        prop_assert!(before != Decision::Allowed || after == Decision::Allowed);
        prop_assert_eq!(before == Decision::Denied(Denial::Explicit), after == Decision::Denied(Denial::Explicit));
        prop_assert!(after != Decision::Denied(Denial::Implicit) || before == Decision::Denied(Denial::Implicit));
    }

    #[test]
    fn adding_a_deny_never_gives(statements in statements(), request in request(), mut more in statement()) {
        more["Effect"] = json!("Deny");
        let (before, after) = (decision(&statements, &request), decision(&with(&statements, more), &request));
        prop_assert!(after != Decision::Allowed || before == Decision::Allowed);
    }

    #[test]
    fn order_decides_nothing(statements in statements(), request in request()) {
        let reversed: Vec<Value> = statements.iter().rev().cloned().collect();
        prop_assert_eq!(decision(&statements, &request), decision(&reversed, &request));
    }

    /// A sure answer stays the same whatever an unknown key turns out to be.
    #[test]
    fn an_unknown_key_never_yields_a_sure_answer_that_could_be_wrong(
        statements in statements(),
        request in request(),
        key in prop::sample::select(KEYS.to_vec()),
        truth in prop_oneof![
            Just(ContextValue::Absent), Just(ContextValue::Present), prop::collection::vec("[ab]{0,2}", 0..3).prop_map(ContextValue::Known),
            Just(ContextValue::single("true")), Just(ContextValue::single("5")), Just(ContextValue::single("*")),
        ],
    ) {
        let mut unknown = request.clone();
        unknown.context = unknown.context.with(key, ContextValue::Unknown);
        let mut known = request;
        known.context = known.context.with(key, truth);
        let before = decision(&statements, &unknown);
        let after = decision(&statements, &known);
        prop_assert!(may_become(before, after), "{before:?} became {after:?}");
    }

    /// The same for a key that is there with an unknown value.
    #[test]
    fn a_present_key_never_yields_a_sure_answer_that_could_be_wrong(
        statements in statements(),
        request in request(),
        key in prop::sample::select(KEYS.to_vec()),
        value in "[ab*]{1,2}|true|5",
    ) {
        let mut present = request.clone();
        present.context = present.context.with(key, ContextValue::Present);
        let mut known = request;
        known.context = known.context.with(key, ContextValue::single(value));
        let (before, after) = (decision(&statements, &present), decision(&statements, &known));
        prop_assert!(may_become(before, after), "{before:?} became {after:?}");
    }

    #[test]
    fn an_unknown_key_that_matters_is_undecided(
        base in prop::sample::select(vec!["StringEquals", "StringNotEquals", "StringLike", "Bool", "Null", "IpAddress", "ArnNotLike"]),
        key in "[a-z]{1,5}:[A-Z][a-z]{1,8}",
    ) {
        let wanted = match base {
            "IpAddress" => "10.0.0.0/8",
            "ArnNotLike" => "arn:aws:iam::1:role/x",
            _ => "true",
        };
        let policy = document(&[json!({ "Condition": { base: { key: wanted } } })]);
        let request = pod().request("sts:AssumeRole");
        prop_assert_eq!(evaluate(&policy, &request).decision, Decision::Undecided);
    }

    #[test]
    fn every_outcome_but_a_match_names_its_clauses(statements in statements(), request in request()) {
        let evaluation = evaluate(&document(&statements), &request);
        prop_assert_eq!(evaluation.statements.len(), statements.len());
        for verdict in &evaluation.statements {
            prop_assert_eq!(verdict.outcome.clauses().is_empty(), verdict.outcome == Outcome::Matches);
            let sure = matches!(verdict.outcome, Outcome::DoesNotMatch(_));
            for clause in verdict.outcome.clauses() {
                prop_assert!(clause.place.starts_with(&verdict.place));
                prop_assert_eq!(clause.reason.is_none(), sure);
            }
        }
        if evaluation.decision == Decision::Undecided {
            prop_assert!(!evaluation.clauses().is_empty());
        }
    }

    #[test]
    fn reading_never_panics_and_loses_nothing(value in json(), request in request()) {
        let text = value.to_string();
        if let Ok(document) = Document::parse(&text) {
            prop_assert_eq!(document.to_json(), text);
            let saved = serde_json::to_value(&document).expect("JSON");
            prop_assert_eq!(&saved, &value);
            let evaluation = evaluate(&document, &request);
            prop_assert_eq!(evaluation.statements.len(), document.statements().len());
            let _ = evaluation.clauses().iter().map(ToString::to_string).collect::<Vec<_>>();
            let _ = document.allowing(&RequestPrincipal::Service(SERVICE.to_owned()), &["sts:AssumeRole"]);
        }
    }

    #[test]
    fn statements_of_any_json_never_panic(value in json(), request in request()) {
        let policy = json!({ "Version": "2012-10-17", "Statement": [value.clone()] });
        let document = Document::from_value(&policy).expect("a policy");
        let evaluation = evaluate(&document, &request);
        if !document.statements()[0].problems.is_empty() {
            prop_assert!(matches!(evaluation.statements[0].outcome, Outcome::Undecidable(_)));
        }
    }

    #[test]
    fn an_edit_keeps_every_statement_and_then_allows(statements in statements()) {
        let principal = RequestPrincipal::Service(SERVICE.to_owned());
        let request = pod().request("sts:AssumeRole");
        let bare: Vec<Value> = statements
            .iter()
            .filter(|statement| statement["Effect"] == "Allow")
            .map(|statement| {
                let mut bare = statement.clone();
                bare["Condition"] = json!({});
                bare
            })
            .collect();
        let before = document(&bare);
        let after = before.allowing(&principal, &["sts:AssumeRole", "sts:TagSession"]).expect("it can be edited");
        prop_assert_eq!(evaluate(&after, &request).decision, Decision::Allowed);
        prop_assert_eq!(evaluate(&after, &request.with_action("sts:TagSession")).decision, Decision::Allowed);
        prop_assert!(matches!(named(&after, &principal, "sts:TagSession"), Naming::Named(_)));
        for (old, new) in before.statements().iter().zip(after.statements()) {
            prop_assert_eq!(&old.principals, &new.principals);
            prop_assert_eq!(&old.conditions, &new.conditions);
            let patterns = |statement: &podid::reasoning::iam::Statement| {
                statement.actions.as_ref().map(|actions| actions.patterns.clone()).unwrap_or_default()
            };
            prop_assert!(patterns(new).starts_with(&patterns(old)));
        }
    }

    #[test]
    fn doubt_is_kept_where_it_could_matter(answers in prop::collection::vec(answer(), 0..5)) {
        let worlds = |truth: bool| answers.iter().map(|answer| *answer.as_ref().unwrap_or(&truth)).collect::<Vec<_>>();
        for (folded, both) in [
            (any_of(answers.clone()), [false, true].map(|truth| worlds(truth).contains(&true))),
            (all(answers.clone()), [false, true].map(|truth| !worlds(truth).contains(&false))),
        ] {
            prop_assert_eq!(folded.clone().ok(), (both[0] == both[1]).then_some(both[0]));
            prop_assert_eq!(not(not(folded.clone())), folded);
        }
    }
}

fn answer() -> impl Strategy<Value = Answer> {
    prop_oneof![Just(Ok(true)), Just(Ok(false)), Just(Err(Undecidable("doubt".to_owned())))]
}
