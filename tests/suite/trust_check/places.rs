//! A place of a document is found in its text, whatever the document and however it is laid out.

use proptest::prelude::*;
use serde_json::Value;

use podid::reasoning::iam::place::{Place, line_and_column, locate};

fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a\"\\\\\\]}{,:é\n]{0,6}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        let name = "[a-c]{1,2}|[a:/.\"\\]\\\\é ]{0,4}";
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..5).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Every place with what stands there.
fn all(value: &Value, place: &Place, found: &mut Vec<(Place, Value)>) {
    found.push((place.clone(), value.clone()));
    match value {
        Value::Array(items) => items.iter().enumerate().for_each(|(index, item)| all(item, &place.item(index), found)),
        Value::Object(members) => members.iter().for_each(|(name, member)| all(member, &place.member(name), found)),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_place_is_found(value in document()) {
        let mut places = Vec::new();
        all(&value, &Place::root(), &mut places);
        for text in [value.to_string(), format!(" \n{}\r\n", serde_json::to_string_pretty(&value).expect("JSON"))] {
            for (place, expected) in &places {
                let span = locate(&text, place.as_str());
                prop_assert!(span.is_some(), "{place} is not found in {text}");
                let part = &text[span.unwrap_or_default()];
                // A member stands with its key: one more brace on each side makes JSON of it.
                let read = serde_json::from_str::<Value>(part).ok();
                let member = serde_json::from_str::<Value>(&format!("{{{part}}}")).ok();
                let member = member.and_then(|member| member.as_object()?.values().next().cloned());
                prop_assert!(read.as_ref() == Some(expected) || member.as_ref() == Some(expected), "{place}: {part}");
            }
        }
    }

    #[test]
    fn what_is_no_place_is_not_found(text in "[a-c\\[\\]\".0-9]{0,12}", value in document()) {
        // It must not panic, and finds only what is there.
        if let Some(span) = locate(&value.to_string(), &text) {
            prop_assert!(span.end <= value.to_string().len());
        }
    }
}

#[test]
fn lines_and_columns_count_from_one_and_in_characters() {
    let text = "{\n  \"é\": 1, \"b\": 2\n}";
    let at = |place: &str| line_and_column(text, locate(text, place).expect("a place").start);
    assert_eq!(at(""), (1, 1));
    assert_eq!(at("[\"é\"]"), (2, 3));
    assert_eq!(at("b"), (2, 11));
    assert_eq!(locate(text, "c"), None);
    assert_eq!(locate(text, "[0]"), None);
}
