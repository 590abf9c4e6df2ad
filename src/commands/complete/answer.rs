//! What is answered: kubectl runs `kubectl_complete-podid` with the words behind `kubectl podid`, the last of which is being typed. A line for each
//! candidate, with a description behind a tab, and a number at the end that says what the shell may add. Whatever fails is silent:
//! a message would land in the line that somebody is typing.

use std::ffi::OsString;
use std::io::Write as _;
use std::time::Duration;

use super::typed::{Typed, Wanted};
use crate::checks::registry;
use crate::cli::formats;
use crate::collect::candidates::{self, Candidates};
use crate::commands::{live as runtime, target};
use crate::demo::EXAMPLES;
use crate::exit::ExitCode;
use crate::target::TargetKind;

/// The verb.
pub const VERB: &str = "__complete";
/// A shell waits for as long as this, and then for no longer.
const PATIENCE: Duration = Duration::from_millis(900);
/// cobra's `ShellCompDirectiveDefault`: file names are fine.
const FILES: u8 = 0;
/// cobra's `ShellCompDirectiveNoFileComp`.
const NO_FILES: u8 = 4;
/// With cobra's `ShellCompDirectiveNoSpace`: more follows at once.
const NO_FILES_NO_SPACE: u8 = 6;

/// Prints the candidates for the last word.
pub fn run(words: &[OsString]) -> ExitCode {
    let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let (candidates, directive) = answer(&words);
    let mut lines: Vec<String> = candidates.iter().map(Candidate::line).collect();
    lines.push(format!(":{directive}\n"));
    // A shell that has gone needs no answer.
    std::io::stdout().write_all(lines.join("\n").as_bytes()).ok();
    ExitCode::HEALTHY
}

/// A word that can be typed, and what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Candidate {
    word: String,
    about: String,
}

impl Candidate {
    fn new(word: impl Into<String>, about: impl Into<String>) -> Self {
        Self { word: word.into(), about: about.into() }
    }

    fn line(&self) -> String {
        let about: String = self.about.chars().filter(|one| !one.is_control()).collect();
        if about.is_empty() { self.word.clone() } else { format!("{}\t{about}", self.word) }
    }
}

fn answer(words: &[String]) -> (Vec<Candidate>, u8) {
    let command = formats::command();
    let typed = Typed::read(&command, words);
    if typed.wanted == Wanted::File {
        return (Vec::new(), FILES);
    }
    let mut all = candidates(&typed);
    all.retain(|one| one.word.starts_with(&typed.prefix) && !typed.targets.contains(&one.word));
    let goes_on = !all.is_empty() && all.iter().all(|one| one.word.ends_with('/'));
    (all, if goes_on { NO_FILES_NO_SPACE } else { NO_FILES })
}

fn candidates(typed: &Typed) -> Vec<Candidate> {
    match &typed.wanted {
        Wanted::OneOf(words) => words.iter().map(|(word, about)| Candidate::new(word, about)).collect(),
        Wanted::Examples => EXAMPLES.iter().map(|one| Candidate::new(one.name, one.about)).collect(),
        Wanted::Checks => registry::all().map(|check| Candidate::new(check.code.to_string(), check.title)).collect(),
        Wanted::Contexts => named(candidates::contexts(&typed.connection())),
        Wanted::Clusters => named(candidates::clusters(&typed.connection())),
        Wanted::Users => named(candidates::users(&typed.connection())),
        Wanted::Namespaces => named(live(typed, &Candidates::Namespaces)),
        Wanted::Containers => containers(typed).unwrap_or_default(),
        Wanted::ServiceAccounts => of_kind(typed, TargetKind::ServiceAccount, "sa"),
        Wanted::Targets => targets(typed),
        Wanted::File | Wanted::Nothing => Vec::new(),
    }
}

/// Those of the pod that is named before.
fn containers(typed: &Typed) -> Option<Vec<Candidate>> {
    let named_before = target::parse(typed.targets.get(..1)?, "").ok()?.pop()?;
    let is_pod = named_before.kind == TargetKind::Pod;
    is_pod.then(|| named(live(typed, &Candidates::Containers(named_before.name))))
}

/// Pods, or objects of the kind that is typed already; the kinds where no pod begins so.
fn targets(typed: &Typed) -> Vec<Candidate> {
    if let Some((kind, _)) = typed.prefix.split_once('/') {
        return TargetKind::parse(kind).map(|found| of_kind(typed, found, kind)).unwrap_or_default();
    }
    let pods = named(live(typed, &Candidates::Objects(TargetKind::Pod)));
    if pods.iter().any(|pod| pod.word.starts_with(&typed.prefix)) {
        return pods;
    }
    let kinds = TargetKind::NAMES.iter().filter_map(|(kind, names)| Some((kind, names.first()?)));
    kinds.map(|(kind, name)| Candidate::new(format!("{name}/"), kind.word())).collect()
}

fn of_kind(typed: &Typed, kind: TargetKind, prefix: &str) -> Vec<Candidate> {
    let names = live(typed, &Candidates::Objects(kind));
    names.into_iter().map(|name| Candidate::new(format!("{prefix}/{name}"), "")).collect()
}

fn named(names: Vec<String>) -> Vec<Candidate> {
    names.into_iter().map(|name| Candidate::new(name, "")).collect()
}

/// Asks the cluster; a cluster that is away has no names.
fn live(typed: &Typed, wanted: &Candidates) -> Vec<String> {
    let flags = typed.connection();
    runtime::run(async { Ok(candidates::read(&flags, wanted, PATIENCE).await) }).unwrap_or_default()
}
