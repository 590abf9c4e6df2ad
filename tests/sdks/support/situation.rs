//! The situations of `situations.yaml`, and what each is for the resolver.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use super::played::Played;
use podid::evidence::Evidence;
use podid::evidence::kubernetes::metadata::{IPV4_URI, IPV6_URI};
use podid::reasoning::credential_chain::Settings;

/// What is written into the files, and what the variable holds.
pub const TOKEN_IN_FILE: &str = "token-in-the-file";
pub const TOKEN_IN_VARIABLE: &str = "token-in-the-variable";
/// The key ids that stand for keys in the environment and in a profile.
pub const STATIC_KEY: &str = "AKIASTATIC";
pub const PROFILE_KEY: &str = "AKIAPROFILE";

/// A situation.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Situation {
    /// The name.
    pub name: String,
    /// What cannot be seen from outside.
    #[serde(default)]
    pub besides: Option<String>,
    /// The variables of the container.
    #[serde(default)]
    environment: BTreeMap<String, String>,
    /// Files in `~/.aws`.
    #[serde(default)]
    files: BTreeMap<String, String>,
    /// Who refuses.
    #[serde(default)]
    pub refuses: Option<String>,
}

/// Reads all.
pub fn all() -> Vec<Situation> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdks/situations.yaml");
    let text = std::fs::read_to_string(path).expect("situations.yaml");
    serde_saphyr::from_str(&text).expect("situations")
}

impl Situation {
    /// Makes the files in a home and in a folder for tokens, and gives the environment.
    pub fn prepare(&self, home: &Path) -> BTreeMap<String, String> {
        let tokens = home.join("tokens");
        std::fs::create_dir_all(&tokens).expect("a folder");
        let write = |path: &Path, text: &str| std::fs::write(path, text).expect("a file");
        write(&tokens.join("token"), TOKEN_IN_FILE);
        write(&tokens.join("newline"), &format!("{TOKEN_IN_FILE}\n"));
        write(&tokens.join("empty"), "");
        write(&tokens.join("web"), "web.identity.token");
        if !self.files.is_empty() {
            std::fs::create_dir_all(home.join(".aws")).expect("a folder");
        }
        for (name, text) in &self.files {
            write(&home.join(".aws").join(name), &fill(text, &tokens));
        }
        self.environment.iter().map(|(name, value)| (name.clone(), fill(value, &tokens))).collect()
    }

    /// What the resolver reads of a container in this situation.
    pub fn settings(&self) -> BTreeMap<String, String> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/healthy.yaml");
        let text = std::fs::read_to_string(path).expect("healthy.yaml");
        let mut value: Value = serde_saphyr::from_str(&text).expect("YAML");
        let variables = self.environment.iter();
        let variables =
            variables.map(|(name, value)| json!({"name": name, "value": fill(value, Path::new("/tokens"))}));
        value["pod"]["spec"]["containers"][0]["env"] = variables.collect();
        let evidence = Evidence::from_value(value).expect("evidence");
        let container = evidence.containers().expect("a pod").remove(0);
        Settings::of(&evidence, &container).situation().expect("a situation without unknowns")
    }
}

fn fill(text: &str, tokens: &Path) -> String {
    let file = |name: &str| tokens.join(name).display().to_string();
    let values = [
        ("{agent}", IPV4_URI.to_owned()),
        ("{agent6}", IPV6_URI.to_owned()),
        ("{other}", Played::other()),
        ("{proxy}", "http://127.0.0.1:9".to_owned()),
        ("{role}", "arn:aws:iam::111122223333:role/api".to_owned()),
        ("{static}", STATIC_KEY.to_owned()),
        ("{profile}", PROFILE_KEY.to_owned()),
        ("{variable}", TOKEN_IN_VARIABLE.to_owned()),
        ("{token}", file("token")),
        ("{newline}", file("newline")),
        ("{empty}", file("empty")),
        ("{web}", file("web")),
    ];
    values.into_iter().fold(text.to_owned(), |text, (name, value)| text.replace(name, &value))
}
