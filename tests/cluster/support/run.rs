//! Runs the built binary as a user would: a kubeconfig file, an environment, and nothing a test could hook into.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::kubeconfig;
use super::report::Report;

/// The secret part of every access key here.
pub const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A run of `kubectl-podid doctor`.
pub struct Doctor {
    arguments: Vec<String>,
    variables: BTreeMap<String, String>,
    folder: PathBuf,
}

/// What a run came to.
#[derive(Debug)]
pub struct Outcome {
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The exit code.
    pub code: i32,
}

impl Outcome {
    /// Asserts that phrases stand in the human report, wherever its lines end.
    #[track_caller]
    pub fn says(&self, phrases: &[&str]) {
        let flat = self.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        for phrase in phrases {
            assert!(flat.contains(phrase), "nothing says {phrase:?} in\n{}", self.stdout);
        }
    }
}

impl Doctor {
    /// Prepares a run in a namespace, in somebody's home directory, with an access key.
    pub fn new(namespace: &str, home: &Path, key: &str, arguments: &[&str]) -> Self {
        let all = ["doctor", "--namespace", namespace].into_iter().chain(arguments.iter().copied());
        let doctor =
            Self { arguments: all.map(str::to_owned).collect(), variables: BTreeMap::new(), folder: home.to_owned() };
        let address = std::env::var("AWS_ENDPOINT_URL").expect("run by scripts/cluster test");
        doctor
            .variable("HOME", &home.display().to_string())
            .variable("PATH", "/usr/bin:/bin")
            .variable("LANG", "C.UTF-8")
            .variable("AWS_ENDPOINT_URL", &address)
            .variable("AWS_ACCESS_KEY_ID", key)
            .variable("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
            .kubeconfig(&kubeconfig::of("eks"))
    }

    /// Sets a variable of the environment.
    #[must_use]
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    /// Runs another verb than `doctor`.
    #[must_use]
    pub fn verb(mut self, verb: &str) -> Self {
        verb.clone_into(&mut self.arguments[0]);
        self
    }

    /// Takes the AWS credentials out of the environment.
    #[must_use]
    pub fn without_credentials(mut self) -> Self {
        self.variables.remove("AWS_ACCESS_KEY_ID");
        self.variables.remove("AWS_SECRET_ACCESS_KEY");
        self
    }

    /// Uses another kubeconfig file.
    #[must_use]
    pub fn kubeconfig(self, path: &Path) -> Self {
        self.variable("KUBECONFIG", &path.display().to_string())
    }

    /// Uses the kubeconfig file of one of the cluster's users.
    #[must_use]
    pub fn user(self, name: &str) -> Self {
        self.kubeconfig(&kubeconfig::of(name))
    }

    /// Runs it.
    pub fn run(&self) -> Outcome {
        self.run_as(Path::new(env!("CARGO_BIN_EXE_kubectl-podid")), &[])
    }

    /// The program, its arguments and its variables, for a test that does more than wait for it.
    pub fn command(&self) -> (&'static Path, &[String], &BTreeMap<String, String>) {
        (Path::new(env!("CARGO_BIN_EXE_kubectl-podid")), &self.arguments, &self.variables)
    }

    /// Runs it through another program, which is given these arguments first.
    pub fn run_as(&self, program: &Path, before: &[&str]) -> Outcome {
        let output = Command::new(program)
            .args(before)
            .args(&self.arguments)
            .env_clear()
            .envs(&self.variables)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .output()
            .expect("the binary starts");
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("UTF-8");
        let outcome = Outcome {
            stdout: text(output.stdout),
            stderr: text(output.stderr),
            code: output.status.code().expect("an exit code"),
        };
        for output in [&outcome.stdout, &outcome.stderr] {
            assert!(!output.contains(SECRET_KEY), "a secret was printed: {output}");
        }
        outcome
    }

    /// Runs it with `-o json` and reads the one diagnosis.
    pub fn report(mut self) -> Report {
        self.arguments.extend(["--output".to_owned(), "json".to_owned()]);
        Report::read(&self.run())
    }

    /// Runs it with `-o json` and reads the diagnoses of a list.
    pub fn reports(mut self) -> Vec<Report> {
        self.arguments.extend(["--output".to_owned(), "json".to_owned()]);
        Report::read_list(&self.run())
    }
}
