//! Runs the built binary as a user would, in an environment that has nothing but what the test gives it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use super::schema;
use super::world::SECRET;

/// The binary with its arguments and its environment.
pub struct Command {
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    folder: PathBuf,
    stdin: Option<String>,
}

/// What a run came to, told in full where a test fails.
#[derive(Debug)]
pub struct Run {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
    /// How long it took.
    pub took: Duration,
    #[expect(dead_code, reason = "tells which run it was")]
    arguments: Vec<String>,
}

impl Command {
    /// Prepares a run in a home directory.
    pub fn new(home: &Path, arguments: &[&str]) -> Self {
        let command = Self {
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            variables: BTreeMap::new(),
            folder: home.to_owned(),
            stdin: None,
        };
        // Where an exec entry is to start a program, the test names the places itself.
        command
            .variable("HOME", &home.display().to_string())
            .variable("PATH", "/usr/bin:/bin")
            .variable("LANG", "C.UTF-8")
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Takes variables away.
    #[must_use]
    pub fn without(mut self, names: &[&str]) -> Self {
        for name in names {
            self.variables.remove(*name);
        }
        self
    }

    /// Gives the process this text on standard input.
    #[must_use]
    pub fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.to_owned());
        self
    }

    /// Starts the process with its outputs as pipes.
    pub fn spawn(&self) -> Child {
        self.prepared().spawn().expect("the binary starts")
    }

    /// The process with its outputs as pipes, not started yet.
    pub fn prepared(&self) -> std::process::Command {
        // A bench may be about another build than that of the tests.
        let built = std::env::var("PODID_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_kubectl-podid").to_owned());
        let mut command = std::process::Command::new(built);
        command.args(&self.arguments).env_clear().envs(&self.variables).current_dir(&self.folder);
        let stdin = if self.stdin.is_some() { Stdio::piped() } else { Stdio::null() };
        command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs to the end. Whatever the run is about, it has not crashed, and has given no secret away.
    pub fn run(&self) -> Run {
        let begun = Instant::now();
        let mut child = self.spawn();
        if let Some(text) = &self.stdin {
            use std::io::Write as _;
            let mut stdin = child.stdin.take().expect("a pipe");
            // A process that does not want to read it closes its end.
            stdin.write_all(text.as_bytes()).ok();
        }
        let output = child.wait_with_output().expect("an end");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let run = Run {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code().unwrap_or_else(|| panic!("ended by a signal: {}", output.status)),
            took: begun.elapsed(),
            arguments: self.arguments.clone(),
        };
        run.has_not_crashed();
        run.tells_no_secret();
        run
    }
}

impl Run {
    fn has_not_crashed(&self) {
        let crashed = matches!(self.code, 70 | 101 | 134) || self.stderr.contains("panicked");
        assert!(!crashed, "{self:#?}");
    }

    fn tells_no_secret(&self) {
        for text in [&self.stdout, &self.stderr] {
            assert!(!text.contains(SECRET), "a secret came out: {self:#?}");
        }
    }

    /// Makes sure of the exit code.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Reads standard output as one JSON document, whose exit code must be the run's.
    #[track_caller]
    pub fn json(&self) -> Value {
        let document: Value =
            serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("no JSON: {error}\n{self:#?}"));
        self.follows_the_contract(&document);
        document
    }

    /// Reads standard output as one YAML document, whose exit code must be the run's.
    #[track_caller]
    pub fn yaml(&self) -> Value {
        let document: Value =
            serde_saphyr::from_str(&self.stdout).unwrap_or_else(|error| panic!("no YAML: {error}\n{self:#?}"));
        self.follows_the_contract(&document);
        document
    }

    /// The document's exit code is the run's, and the schema knows the document.
    #[track_caller]
    fn follows_the_contract(&self, document: &Value) {
        if let Some(code) = document.get("exitCode") {
            assert_eq!(*code, self.code, "{self:#?}");
            assert_eq!(schema::violations(document), Vec::<String>::new(), "{self:#?}");
        }
    }

    /// Makes sure that phrases stand on standard output, wherever lines break.
    #[track_caller]
    pub fn says(self, phrases: &[&str]) -> Self {
        for phrase in phrases {
            assert!(in_one_line(&self.stdout).contains(phrase), "{phrase:?} is missing: {self:#?}");
        }
        self
    }

    /// Makes sure that phrases stand on standard error, wherever lines break.
    #[track_caller]
    pub fn warns(self, phrases: &[&str]) -> Self {
        for phrase in phrases {
            assert!(in_one_line(&self.stderr).contains(phrase), "{phrase:?} is missing on standard error: {self:#?}");
        }
        self
    }
}

/// A text without line breaks and indentation.
pub fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
