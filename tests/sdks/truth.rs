//! Where real SDKs go, written down, and compared with the table that ships.

use std::collections::BTreeMap;

use crate::support::golden;
use crate::support::played::{Contact, Played, Who};
use crate::support::program::{self, Printed};
use crate::support::situation::{self, PROFILE_KEY, STATIC_KEY, Situation, TOKEN_IN_FILE, TOKEN_IN_VARIABLE};
use podid::reasoning::credential_chain::sdk::{Measured, Situation as Row};

#[test]
fn every_sdk_goes_where_the_table_says() {
    let played = Played::start();
    let programs = program::all();
    let mut measured = Measured::default();
    for situation in situation::all() {
        let mut went = BTreeMap::new();
        for program in &programs {
            let home = tempfile::tempdir().expect("a folder");
            let mut environment = situation.prepare(home.path());
            environment.insert("AWS_REGION".to_owned(), "eu-west-1".to_owned());
            environment.insert("AWS_ENDPOINT_URL_STS".to_owned(), Played::sts());
            played.begin(situation.refuses.as_deref());
            let printed = program.run(home.path(), &environment);
            went.insert(program.sdk.word().to_owned(), words(&played.contacts(), &printed));
            measured.packages.insert(program.sdk.word().to_owned(), printed.sdk);
        }
        measured.situations.push(row(&situation, went));
    }
    let path = golden::file("src/reasoning/credential_chain/measured.json");
    let difference = golden::difference(&path, &written(&measured));
    assert!(difference.is_none(), "{}", difference.unwrap_or_default());
}

fn row(situation: &Situation, went: BTreeMap<String, String>) -> Row {
    Row { name: situation.name.clone(), settings: situation.settings(), besides: situation.besides.clone(), went }
}

/// Who was asked with which token, and what came of it.
fn words(contacts: &[Contact], printed: &Printed) -> String {
    let mut parts: Vec<String> = contacts.iter().map(contact).collect();
    let last = contacts.last().map(|contact| contact.who.key_id());
    match (&printed.access_key_id, &printed.error) {
        (Some(id), _) if id == STATIC_KEY => parts.push("staticKeys".to_owned()),
        (Some(id), _) if id == PROFILE_KEY => parts.push("profile".to_owned()),
        (Some(id), _) => assert_eq!(Some(id), last.as_ref(), "credentials that nobody gave last: {contacts:?}"),
        (None, Some(error)) => parts.push(format!("error {error}")),
        (None, None) => parts.push("nothing".to_owned()),
    }
    parts.join(", ")
}

fn contact(contact: &Contact) -> String {
    let word = contact.who.word();
    if matches!(contact.who, Who::Sts | Who::Metadata) {
        return word.to_owned();
    }
    match contact.token.as_deref() {
        None | Some("") => format!("{word} without a token"),
        Some(TOKEN_IN_FILE) => format!("{word} with the file"),
        Some(TOKEN_IN_VARIABLE) => format!("{word} with the variable"),
        Some(other) => format!("{word} with {other:?}"),
    }
}

/// One line for each situation.
fn written(measured: &Measured) -> String {
    let rows = measured.situations.iter().map(|row| format!("    {}", json(row)));
    let rows: Vec<String> = rows.collect();
    format!("{{\n  \"packages\": {},\n  \"situations\": [\n{}\n  ]\n}}\n", json(&measured.packages), rows.join(",\n"))
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("JSON")
}
