//! Documents: what is one and what is not, and that saving and rereading loses nothing.

use serde_json::{Value, json};

use super::policies::rows;
use podid::reasoning::iam::reader::duplicate_keys;
use podid::reasoning::iam::{Document, NotAPolicy};

/// Unusual in every way that is still readable: order, unknown elements, numbers, escapes.
const ODD: &str = r#"{"Statement":[{"Zeta":1.50,"Action":"sts:AssumeRole","Effect":"Allow","Condition":{"StringEquals":{"b":"2012-10-17","a":[true,1,"no","~"]}},"Principal":{"Service":"pods.eks.amazonaws.com"}}],"Id":"ä \" \\ \n","Version":"2012-10-17","Alpha":null}"#;

const TWICE: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"*"}]}"#;

#[test]
fn what_is_no_policy_is_an_error() {
    assert!(matches!(Document::parse("{"), Err(NotAPolicy::NotJson(_))));
    assert!(matches!(Document::parse(""), Err(NotAPolicy::NotJson(_))));
    assert!(matches!(Document::parse("{} x"), Err(NotAPolicy::NotJson(_))));
    assert!(matches!(Document::parse(&"[".repeat(10_000)), Err(NotAPolicy::NotJson(_))));
    for text in ["null", "5", "[]", "\"{}\"", "true"] {
        assert_eq!(Document::parse(text), Err(NotAPolicy::NotAnObject), "{text}");
    }
    for text in ["{}", r#"{"statement":[]}"#, r#"{"Statement":null}"#, r#"{"Statement":"*"}"#] {
        assert_eq!(Document::parse(text), Err(NotAPolicy::NoStatement), "{text}");
    }
    assert_eq!(Document::from_value(&json!("\"text in a text\"")), Err(NotAPolicy::NotAnObject));
}

#[test]
fn a_document_keeps_its_order_and_what_is_unknown() {
    let document = Document::parse(ODD).expect("a policy");
    let expected = ODD.replace("1.50", "1.5");
    assert_eq!(document.to_json(), expected);
    assert_eq!(json_again(&document).to_json(), expected);
    assert_eq!(yaml_again(&document).to_json(), expected);
}

#[test]
fn a_key_that_stands_twice_survives_saving() {
    let document = Document::parse(TWICE).expect("a policy");
    assert!(!document.is_whole());
    assert_eq!(document.to_json(), TWICE);
    for again in [json_again(&document), yaml_again(&document)] {
        assert_eq!(again, document);
        assert_eq!(again.problems(), document.problems());
    }
    assert_ne!(Document::from_value(document.value()).expect("a policy"), document);
}

#[test]
fn every_document_of_the_tables_survives_saving() {
    for row in rows() {
        let document = row.document();
        for again in [json_again(&document), yaml_again(&document)] {
            assert_eq!(again, document, "{}", row.name);
            assert_eq!(again.statements(), document.statements(), "{}", row.name);
            assert_eq!(again.problems(), document.problems(), "{}", row.name);
        }
    }
}

#[test]
fn keys_that_stand_twice_are_found_wherever_they_are() {
    let places = |text: &str| duplicate_keys(text).iter().map(|place| place.as_str().to_owned()).collect::<Vec<_>>();
    assert_eq!(places(r#"{"a":1,"b":{"a":1}}"#), Vec::<String>::new());
    assert_eq!(places(r#"{"a":1,"a":2,"a":3}"#), ["a", "a"]);
    assert_eq!(places(r#"{"x":[{},{"a":-1,"\u0061":2.5}]}"#), ["x[1].a"]);
    assert_eq!(places(r#"{"x":{"a b":{"c:d":[],"c:d":""}}}"#), [r#"x["a b"]["c:d"]"#]);
    assert_eq!(places(r#"{"a":1,"a":2"#), Vec::<String>::new());
}

#[test]
fn an_empty_document_is_one_of_the_present_version() {
    let document = Document::empty();
    assert_eq!(document, Document::parse(&document.to_json()).expect("a policy"));
    assert!(document.has_variables() && document.statements().is_empty() && document.problems().is_empty());
}

fn json_again(document: &Document) -> Document {
    let value: Value = serde_json::to_value(document).expect("JSON");
    serde_json::from_value(value).expect("a policy")
}

fn yaml_again(document: &Document) -> Document {
    let text = serde_saphyr::to_string(document).expect("YAML");
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
