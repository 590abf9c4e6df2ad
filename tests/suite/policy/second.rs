//! A second evaluator, slow and plain, written from the tables of the IAM user guide: 20,000 random policies come out the same by both.
//!
//! It knows every key of a request, and reads only what those tables decide. Sources: IAM user guide, "Policy evaluation logic", "IAM JSON
//! policy elements: Condition operators", "Conditions with multiple context keys or values", "Single-valued vs. multivalued context keys",
//! "Policy elements: Variables and tags".

use std::collections::BTreeMap;

use fastrand::Rng;
use serde_json::{Map, Value, json};

use podid::reasoning::iam::{ContextValue, Decision, Document, Request, RequestContext, RequestPrincipal, evaluate};

/// How many policies are made.
const RUNS: u64 = 20_000;
const SERVICES: [&str; 3] = ["pods.eks.amazonaws.com", "ec2.amazonaws.com", "lambda.amazonaws.com"];
const ACTIONS: [&str; 3] = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];

/// A condition key: its operators, what a request has, and what a policy wants of it.
struct Key {
    name: &'static str,
    operators: &'static [&'static str],
    has: &'static [&'static str],
    wants: &'static [&'static str],
    is_multivalued: bool,
}

const TEXTS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "Null",
];

const KEYS: &[Key] = &[
    Key {
        name: "aws:RequestTag/kubernetes-namespace",
        operators: TEXTS,
        has: &["shop", "Shop", "web", "sh*", ""],
        wants: &["shop", "SHOP", "s*", "*", "sh?p", "??op*", "sh\u{2a}", "", "${aws:RequestTag/other}", "web", "${*}"],
        is_multivalued: false,
    },
    Key {
        name: "aws:RequestTag/other",
        operators: TEXTS,
        has: &["shop", "web", "a"],
        wants: &["shop", "w*b", "?", "a", "${aws:RequestTag/kubernetes-namespace}*"],
        is_multivalued: false,
    },
    Key {
        name: "aws:TagKeys",
        operators: TEXTS,
        has: &["kubernetes-namespace", "cost", "Team"],
        wants: &["kubernetes-namespace", "kubernetes-*", "cost", "team", "*"],
        is_multivalued: true,
    },
    Key {
        name: "t:number",
        operators: &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
            "Null",
        ],
        has: &["5", "7", "-1", "5.00"],
        wants: &["5", "5.0", "6", "-1", "100"],
        is_multivalued: false,
    },
    Key {
        name: "aws:CurrentTime",
        operators: &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
            "Null",
        ],
        has: &["2026-11-20T14:00:00Z", "2025-01-01T00:00:00Z"],
        wants: &["2026-11-20T14:00:00Z", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"],
        is_multivalued: false,
    },
    Key {
        name: "aws:SecureTransport",
        operators: &["Bool", "Null"],
        has: &["true", "false"],
        wants: &["true", "false"],
        is_multivalued: false,
    },
    Key {
        name: "aws:SourceIp",
        operators: &["IpAddress", "NotIpAddress", "Null"],
        has: &["10.0.1.7", "192.168.3.255", "2001:db8::7"],
        wants: &["10.0.0.0/16", "10.0.1.7", "10.0.1.6/31", "192.168.0.0/22", "0.0.0.0/0", "2001:db8::/32"],
        is_multivalued: false,
    },
    Key {
        name: "aws:SourceArn",
        operators: &["ArnEquals", "ArnLike", "ArnNotEquals", "ArnNotLike", "Null"],
        has: &["arn:aws:eks:eu-west-1:111122223333:cluster/prod", "arn:aws:iam::111122223333:role/a:b"],
        wants: &[
            "arn:aws:eks:eu-west-1:111122223333:cluster/prod",
            "arn:aws:eks:*:111122223333:cluster/*",
            "arn:aws:*:*:*:*",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:eks:eu-west-?:111122223333:cluster/p*",
            "arn:*:cluster/prod:*:*:*",
        ],
        is_multivalued: false,
    },
];

/// What a request has: for each key its values; a key that is not there has no entry.
type Has = BTreeMap<String, Vec<String>>;

/// Whether a wildcard pattern fits: `*` any run, `?` any one. What came from a variable is plain.
fn fits(pattern: &[(char, bool)], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((('*', true), rest)) => (0..=text.len()).any(|from| fits(rest, &text[from..])),
        Some((('?', true), rest)) => !text.is_empty() && fits(rest, &text[1..]),
        Some(((letter, _), rest)) => text.first() == Some(letter) && fits(rest, &text[1..]),
    }
}

/// A wanted value with its variables filled in; none where one has no value.
fn filled(wanted: &str, has: &Has, is_wild: bool, has_variables: bool) -> Option<Vec<(char, bool)>> {
    let mut letters = Vec::new();
    let mut rest = wanted;
    while !rest.is_empty() {
        if has_variables && rest.starts_with("${") {
            let (name, after) = rest[2..].split_once('}').expect("a whole variable");
            let value = if name == "*" { "*".to_owned() } else { has.get(&name.to_lowercase())?.first()?.clone() };
            letters.extend(value.chars().map(|letter| (letter, false)));
            rest = after;
        } else {
            let letter = rest.chars().next().expect("a letter");
            letters.push((letter, is_wild));
            rest = &rest[letter.len_utf8()..];
        }
    }
    Some(letters)
}

fn bits(address: &str) -> String {
    let octets: Vec<u8> = match address.parse().expect("an address") {
        std::net::IpAddr::V4(four) => four.octets().to_vec(),
        std::net::IpAddr::V6(six) => six.octets().to_vec(),
    };
    octets.iter().flat_map(|octet| format!("{octet:08b}").into_bytes()).map(char::from).collect()
}

/// Whether one value of the request matches one wanted value, by the operator without its negation.
fn matches(operator: &str, wanted: &str, found: &str, has: &Has, has_variables: bool) -> bool {
    let letters: Vec<char> = found.chars().collect();
    let hundredths = |text: &str| {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        whole.parse::<i64>().expect("a number") * 100 + format!("{fraction:0<2}").parse::<i64>().expect("a number")
    };
    let by_order = |order: std::cmp::Ordering| match operator.trim_start_matches("Numeric").trim_start_matches("Date") {
        "Equals" => order.is_eq(),
        "LessThan" => order.is_lt(),
        "LessThanEquals" => order.is_le(),
        "GreaterThan" => order.is_gt(),
        "GreaterThanEquals" => order.is_ge(),
        other => panic!("{other} is in no table"),
    };
    match operator {
        "StringEquals" => filled(wanted, has, false, has_variables).is_some_and(|pattern| fits(&pattern, &letters)),
        "StringLike" => filled(wanted, has, true, has_variables).is_some_and(|pattern| fits(&pattern, &letters)),
        "StringEqualsIgnoreCase" => filled(wanted, has, false, has_variables).is_some_and(|pattern| {
            let text: String = pattern.iter().map(|(letter, _)| letter).collect();
            text.to_lowercase() == found.to_lowercase()
        }),
        // Times in this form are in the order of their letters.
        date if date.starts_with("Date") => by_order(found.cmp(wanted)),
        number if number.starts_with("Numeric") => by_order(hundredths(found).cmp(&hundredths(wanted))),
        "Bool" => wanted == found,
        "IpAddress" => {
            let (network, found) = (wanted.split('/').next().expect("an address"), bits(found));
            let length =
                wanted.split_once('/').map_or(bits(network).len(), |(_, length)| length.parse().expect("a length"));
            bits(network).len() == found.len() && bits(network)[..length] == found[..length]
        }
        "ArnLike" | "ArnEquals" => {
            let parts = |text: &str| text.splitn(6, ':').map(str::to_owned).collect::<Vec<_>>();
            let (wanted, found) = (parts(wanted), parts(found));
            wanted.len() == found.len()
                && wanted.iter().zip(&found).all(|(wanted, found)| {
                    let pattern: Vec<_> = wanted.chars().map(|letter| (letter, true)).collect();
                    fits(&pattern, &found.chars().collect::<Vec<_>>())
                })
        }
        other => panic!("{other} is in no table"),
    }
}

/// Whether one condition holds.
fn holds(written: &str, key: &str, wanted: &[String], has: &Has, has_variables: bool) -> bool {
    let found = has.get(&key.to_lowercase());
    if written == "Null" {
        return wanted.iter().any(|wanted| (wanted == "true") == found.is_none());
    }
    let (quantifier, operator) = match written.split_once(':') {
        Some((quantifier, rest)) => (Some(quantifier), rest),
        None => (None, written),
    };
    let (operator, if_exists) = operator.strip_suffix("IfExists").map_or((operator, false), |rest| (rest, true));
    let positive = operator.replace("Not", "");
    let is_negated = positive != operator;
    let fits_one = |found: &String| {
        wanted.iter().any(|wanted| matches(&positive, wanted, found, has, has_variables)) != is_negated
    };
    // "or if the context key value resolves to a null data set, such as an empty string"
    let is_null = found.is_some_and(|found| found.iter().all(String::is_empty));
    match (found, quantifier) {
        (Some(_), Some("ForAllValues")) if is_null => true,
        (Some(_), Some("ForAnyValue")) if is_null => false,
        (None, Some("ForAllValues")) => true,
        (None, _) if if_exists => true,
        (None, Some("ForAnyValue")) => false,
        (None, _) => is_negated,
        (Some(found), Some("ForAllValues")) => found.iter().all(fits_one),
        (Some(found), _) => found.iter().any(fits_one),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(list) => list.iter().map(|one| one.as_str().expect("a text").to_owned()).collect(),
        one => vec![one.as_str().expect("a text").to_owned()],
    }
}

fn applies(statement: &Value, service: &str, action: &str, has: &Has, has_variables: bool) -> bool {
    let (element, is_without) = match statement.get("NotPrincipal") {
        Some(element) => (element, true),
        None => (&statement["Principal"], false),
    };
    let is_named = texts(&element["Service"]).iter().any(|one| one == service);
    let (patterns, is_except) = match statement.get("NotAction") {
        Some(patterns) => (patterns, true),
        None => (&statement["Action"], false),
    };
    let is_asked = texts(patterns).iter().any(|pattern| {
        let pattern: Vec<_> = pattern.to_lowercase().chars().map(|letter| (letter, true)).collect();
        fits(&pattern, &action.to_lowercase().chars().collect::<Vec<_>>())
    });
    let conditions = statement["Condition"].as_object().expect("conditions");
    is_named != is_without
        && is_asked != is_except
        && conditions.iter().all(|(operator, keys)| {
            let keys = keys.as_object().expect("keys");
            keys.iter().all(|(key, wanted)| holds(operator, key, &texts(wanted), has, has_variables))
        })
}

/// Whether the policy allows: no Deny applies, and an Allow does.
fn allows(policy: &Value, service: &str, action: &str, has: &Has) -> bool {
    let has_variables = policy["Version"] == "2012-10-17";
    let applying = |effect: &str| {
        let statements = policy["Statement"].as_array().expect("statements");
        let mut own = statements.iter().filter(|statement| statement["Effect"] == effect);
        own.any(|statement| applies(statement, service, action, has, has_variables))
    };
    !applying("Deny") && applying("Allow")
}

fn one<T: Copy>(rng: &mut Rng, all: &[T]) -> T {
    all[rng.usize(0..all.len())]
}

/// One or two of these.
fn some(rng: &mut Rng, all: &[&str]) -> Value {
    if rng.bool() { json!(one(rng, all)) } else { json!([one(rng, all), one(rng, all)]) }
}

fn condition(rng: &mut Rng, block: &mut Map<String, Value>) {
    let key = &KEYS[rng.usize(0..KEYS.len())];
    let base = one(rng, key.operators);
    let (operator, wanted) = if base == "Null" {
        (base.to_owned(), json!(one(rng, &["true", "false"])))
    } else {
        let quantifiers: &[&str] = if key.is_multivalued {
            &["ForAllValues:", "ForAnyValue:"]
        } else {
            &["", "", "", "ForAllValues:", "ForAnyValue:"]
        };
        let quantifier = one(rng, quantifiers);
        // What ForAnyValue and IfExists say together of a key that is not there is in no table.
        let suffixes: &[&str] = if quantifier == "ForAnyValue:" { &[""] } else { &["", "", "IfExists"] };
        let suffix = one(rng, suffixes);
        (format!("{quantifier}{base}{suffix}"), some(rng, key.wants))
    };
    let name = if rng.u8(0..4) == 0 { key.name.to_uppercase() } else { key.name.to_owned() };
    let keys = block.entry(operator).or_insert_with(|| json!({}));
    // The same key in two spellings is no policy that IAM stores.
    let is_there = keys.as_object().expect("keys").keys().any(|there| there.eq_ignore_ascii_case(&name));
    if !is_there {
        keys[name] = wanted;
    }
}

fn statement(rng: &mut Rng) -> Value {
    let mut conditions = Map::new();
    for _ in 0..rng.usize(0..3) {
        condition(rng, &mut conditions);
    }
    let patterns =
        ["sts:AssumeRole", "STS:assumerole", "sts:*", "sts:Tag*", "sts:????ession", "*", "s3:*", "sts:TagSession"];
    let effect = one(rng, &["Allow", "Allow", "Deny"]);
    // NotPrincipal beside Allow is refused by IAM.
    let principal = if effect == "Deny" && rng.u8(0..4) == 0 { "NotPrincipal" } else { "Principal" };
    let action = if rng.u8(0..5) == 0 { "NotAction" } else { "Action" };
    json!({
        "Effect": effect,
        principal: { "Service": some(rng, &SERVICES) },
        action: some(rng, &patterns),
        "Condition": conditions,
    })
}

fn has(rng: &mut Rng) -> Has {
    let mut has = Has::new();
    for key in KEYS {
        let mut values = vec![one(rng, key.has).to_owned()];
        if key.is_multivalued && rng.bool() {
            values.push(one(rng, key.has).to_owned());
            values.dedup();
        }
        if rng.u8(0..4) > 0 {
            has.insert(key.name.to_lowercase(), values);
        }
    }
    has
}

#[test]
fn random_policies_come_out_the_same_by_both() {
    let (mut allowed, mut undecided) = (0, 0);
    for seed in 0..RUNS {
        let mut rng = Rng::with_seed(seed);
        let statements: Vec<Value> = (0..rng.usize(1..4)).map(|_| statement(&mut rng)).collect();
        let policy =
            json!({ "Version": one(&mut rng, &["2012-10-17", "2012-10-17", "2008-10-17"]), "Statement": statements });
        let has = has(&mut rng);
        let (service, action) = (SERVICES[0], one(&mut rng, &ACTIONS));
        let context = KEYS.iter().fold(RequestContext::new(), |context, key| {
            let value = has.get(&key.name.to_lowercase()).cloned();
            context.with(key.name, value.map_or(ContextValue::Absent, ContextValue::Known))
        });
        let request = Request::new(RequestPrincipal::Service(service.to_owned()), action, context);
        let document = Document::from_value(&policy).expect("a policy");
        let found = evaluate(&document, &request);
        let expected = allows(&policy, service, action, &has);
        match found.decision {
            Decision::Undecided => undecided += 1,
            decision => assert_eq!(
                decision == Decision::Allowed,
                expected,
                "seed {seed}: {decision:?} by the evaluator, by the tables {expected}\n{has:?}\n{policy:#}\n{:#?}",
                found.clauses()
            ),
        }
        if let Decision::Undecided = found.decision {
            assert!(
                is_beyond_the_tables(&policy, &has),
                "seed {seed}: undecided\n{has:?}\n{policy:#}\n{:#?}",
                found.clauses()
            );
        }
        allowed += u64::from(expected);
    }
    // Neither side has it easy.
    assert!((RUNS / 20..RUNS / 2).contains(&allowed), "{allowed} of {RUNS} allow");
    assert!(undecided < RUNS / 5, "{undecided} of {RUNS} are undecided");
}

/// What the tables leave open: whether an empty value is one, to `Null` and to a variable.
fn is_beyond_the_tables(policy: &Value, has: &Has) -> bool {
    let text = policy.to_string();
    let has_empty = has.values().flatten().any(String::is_empty);
    has_empty && (text.contains("${") || text.contains("\"Null\""))
}
