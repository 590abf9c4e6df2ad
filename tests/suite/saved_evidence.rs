//! `--save` and `--from` lose nothing, whatever text a cluster holds: names, log lines and policies are anyone's to write.

use podid::diagnose::{Options, diagnose};
use podid::evidence::Evidence;
use proptest::prelude::*;
use serde_json::Value;

use crate::support::case;

/// Text that YAML could take for something else, and text that a terminal would.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,12}",
        "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{202e}\u{feff}a: ]{0,8}",
        prop::sample::select(vec![
            "",
            " ",
            "null",
            "~",
            "true",
            "no",
            "y",
            "0o7",
            "1e3",
            "-",
            "- a",
            "a: b",
            "a #b",
            "#",
            "|",
            ">-",
            "'",
            "\"",
            "\\",
            "*a",
            "&a",
            "!!str",
            "%YAML",
            "---",
            "...",
            "[",
            "{",
            "a\n",
            "\na",
            "a\n\n  b\n",
            " a",
            "a ",
            "\t",
            "\r\n",
            "2026-11-20",
            "0x1F",
            ".inf",
            "=",
            "<<",
            "?",
            "\u{85}",
            "\u{2028}",
        ])
        .prop_map(str::to_owned),
        "[a-z]{200}( [a-z]{1,9}){30}",
    ]
}

#[test]
fn an_address_of_which_nothing_may_be_shown_is_hidden_and_not_empty() {
    let mut value = serde_json::to_value(Evidence::from_value(case::healthy()).expect("evidence")).expect("JSON");
    let name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    let containers = value["pod"]["spec"]["containers"].as_array_mut().expect("containers");
    let variables = containers[0]["env"].as_array_mut().expect("variables");
    let variable = variables.iter_mut().find(|one| one["name"] == name).expect("the variable");
    variable["value"] = Value::from("@");
    let evidence = Evidence::from_value(value).expect("evidence");
    let saved = evidence.to_yaml().expect("YAML");
    assert!(saved.contains("valueHidden: true"), "{saved}");
    assert_eq!(Evidence::from_yaml(&saved).expect("evidence"), evidence);
}

/// The places of all texts whose meaning is free.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::String(_) => found.push(at.to_owned()),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, item)| places(item, &format!("{at}/{index}"), found));
        }
        Value::Object(members) => {
            for (name, member) in members {
                places(member, &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_saved_comes_back_and_says_the_same(
        changes in prop::collection::vec((any::<prop::sample::Index>(), text()), 1..6),
    ) {
        let mut value = serde_json::to_value(Evidence::from_value(case::healthy()).expect("evidence")).expect("JSON");
        let mut all = Vec::new();
        places(&value, "", &mut all);
        for (which, text) in changes {
            let place = which.get(&all);
            let before = value.pointer(place).cloned();
            *value.pointer_mut(place).expect("a place") = Value::from(text);
            // Times, kinds and words of a list cannot be any text.
            if Evidence::from_value(value.clone()).is_err() {
                *value.pointer_mut(place).expect("a place") = before.unwrap_or_default();
            }
        }
        let evidence = Evidence::from_value(value).expect("evidence");
        let saved = evidence.to_yaml().expect("YAML");
        let again = Evidence::from_yaml(&saved);
        prop_assert!(again.is_ok(), "{:?}\n{saved}", again.err());
        let again = again.expect("evidence");
        prop_assert_eq!(&again, &evidence);
        let options = Options::default();
        prop_assert_eq!(diagnose(&again, &options), diagnose(&evidence, &options));
        // Nothing of a saved file acts on the terminal that shows it.
        prop_assert!(!saved.contains(['\u{1b}', '\u{7}', '\u{8}']), "{saved:?}");
    }
}
