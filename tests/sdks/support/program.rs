//! The programs, each of which resolves credentials once with its SDK.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use podid::reasoning::credential_chain::Sdk;
use serde::Deserialize;

/// The longest a program may take: some SDKs ask several times, with pauses.
const LIMIT: Duration = Duration::from_mins(2);

/// A program.
pub struct Program {
    /// Its SDK.
    pub sdk: Sdk,
    words: Vec<String>,
}

/// What a program printed.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Printed {
    /// Package and version of the SDK.
    pub sdk: String,
    /// The key id of the credentials; none where the SDK found none and thinks nothing of it.
    #[serde(default)]
    pub access_key_id: Option<String>,
    /// The class of the error.
    #[serde(default)]
    pub error: Option<String>,
}

/// All programs, in the folder that `scripts/sdks` has made and names in `PODID_SDKS`.
pub fn all() -> Vec<Program> {
    let built = std::env::var("PODID_SDKS").expect("PODID_SDKS: these tests are run by scripts/sdks test");
    let built = PathBuf::from(built);
    let place = |path: &str| built.join(path).display().to_string();
    let source = |path: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sdks").join(path).display().to_string();
    let class_path = format!("{}:{}/*", place("java/classes"), place("java/libraries"));
    let java = ["java", "-XX:TieredStopAtLevel=1", "-Duser.home={home}", "-cp", &class_path, "Resolve"];
    let program = |sdk, words: &[&str]| Program { sdk, words: words.iter().map(|word| (*word).to_owned()).collect() };
    vec![
        program(Sdk::Boto3, &[&place("python/bin/python"), &source("python/resolve.py")]),
        program(Sdk::Go, &[&place("go/resolve")]),
        program(Sdk::Java, &java),
        program(Sdk::JavaScript, &["node", &place("javascript/resolve.mjs")]),
        program(Sdk::Rust, &[&place("rust/resolve")]),
    ]
}

impl Program {
    /// Runs it with nothing in its environment but what is given, in a home of its own.
    pub fn run(&self, home: &Path, environment: &BTreeMap<String, String>) -> Printed {
        let words: Vec<String> =
            self.words.iter().map(|word| word.replace("{home}", &home.to_string_lossy())).collect();
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().env("HOME", home).current_dir(home);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).envs(environment);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let output = finish(&mut command);
        let text = String::from_utf8_lossy(&output.stdout);
        let line = text.lines().last().unwrap_or_default();
        serde_json::from_str(line).unwrap_or_else(|error| {
            panic!("{:?} printed {text:?} ({error}): {}", self.words, String::from_utf8_lossy(&output.stderr))
        })
    }
}

fn finish(command: &mut Command) -> Output {
    let mut child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let begin = Instant::now();
    while child.try_wait().expect("a child").is_none() {
        if begin.elapsed() > LIMIT {
            child.kill().expect("a child that can be ended");
            panic!("{command:?} did not end within {LIMIT:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    child.wait_with_output().expect("what it printed")
}
