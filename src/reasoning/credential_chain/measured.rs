//! What real SDKs did: the table that the tests of `tests/sdks` write, shipped so that a report can say "measured".

use std::collections::BTreeMap;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::sdk::Sdk;

/// The table, as the tests write it.
pub const TABLE: &str = include_str!("measured.json");

/// What was measured.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// Package and version of each SDK, by its word.
    pub packages: BTreeMap<String, String>,
    /// The situations.
    pub situations: Vec<Situation>,
}

/// One situation, and where the SDKs went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Situation {
    /// The name.
    pub name: String,
    /// What the container set, as [`super::Settings::situation`] words it.
    pub settings: BTreeMap<String, String>,
    /// What else was so, and cannot be seen from outside: files, or an address that refuses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub besides: Option<String>,
    /// What each SDK did, by its word: the servers that it asked in order, with the token it sent; then what it took
    /// without asking, or the class of its error; `nothing` where it had neither.
    pub went: BTreeMap<String, String>,
}

impl Measured {
    /// Reads the table; an empty one if it cannot be read, which a test rules out.
    pub fn table() -> &'static Self {
        static READ: OnceLock<Measured> = OnceLock::new();
        READ.get_or_init(|| serde_json::from_str(TABLE).unwrap_or_default())
    }
}

/// The package and version with which a situation was measured.
pub fn package(situation: &BTreeMap<String, String>, sdk: Sdk) -> Option<String> {
    let table = Measured::table();
    let same = table.situations.iter().find(|one| one.besides.is_none() && one.settings == *situation)?;
    same.went.get(sdk.word())?;
    table.packages.get(sdk.word()).cloned()
}
