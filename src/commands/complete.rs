//! `__complete`: what can stand where the cursor is, in the protocol of cobra, in which kubectl asks plugins.

use std::ffi::OsString;
use std::io::Write as _;
use std::time::Duration;

use clap::{Arg, Command};

use crate::checks::registry;
use crate::cli::connection::{self, ConnectionFlags};
use crate::cli::output;
use crate::collect::candidates::{self, Candidates};
use crate::commands::{live as runtime, target};
use crate::demo::EXAMPLES;
use crate::error::ExitCode;
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
    let command = output::command();
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
        // What is waited for is mostly a service account, and another kind where one is typed.
        Wanted::ServiceAccounts if typed.prefix.contains('/') => targets(typed),
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

/// What the last word may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wanted {
    /// One of these, with what each means: verbs, flags, values.
    OneOf(Vec<(String, String)>),
    /// A pod, or `TYPE/NAME`.
    Targets,
    /// `sa/NAME`, or `TYPE/NAME` once a type is typed.
    ServiceAccounts,
    /// A container of the pod that is named before.
    Containers,
    /// A namespace.
    Namespaces,
    /// A context of the kubeconfig.
    Contexts,
    /// A cluster of the kubeconfig.
    Clusters,
    /// A user of the kubeconfig.
    Users,
    /// An example of `demo`.
    Examples,
    /// A code of a check.
    Checks,
    /// A file.
    File,
    /// Something that nobody can know.
    Nothing,
}

/// A line as far as it is typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// What the last word may be.
    pub wanted: Wanted,
    /// What is typed of it; of `--flag=value` the value.
    pub prefix: String,
    /// The words before it that are no flags: targets, or the example.
    pub targets: Vec<String>,
    /// The flags that all verbs have, with their values.
    flags: Vec<String>,
}

impl Typed {
    /// Reads the words behind the plugin's name, of which the last is being typed.
    pub fn read(command: &Command, words: &[String]) -> Self {
        let (last, before) = words.split_last().map_or(("", &[][..]), |(last, before)| (last.as_str(), before));
        let mut line = Line { root: command, verb: None, targets: Vec::new(), flags: Vec::new(), only_words: false };
        let mut open = None;
        for word in before {
            open = line.take(open, word);
        }
        let (wanted, prefix) = match open {
            Some(flag) => (value_of(flag), last),
            None => line.wanted(last),
        };
        let Line { targets, flags, .. } = line;
        Self { wanted, prefix: prefix.to_owned(), targets, flags }
    }

    /// The flags of the connection that were typed; their defaults where they cannot be read.
    pub fn connection(&self) -> ConnectionFlags {
        connection::read(&self.flags).unwrap_or_default()
    }
}

struct Line<'c> {
    root: &'c Command,
    verb: Option<&'c Command>,
    targets: Vec<String>,
    flags: Vec<String>,
    /// Behind `--` no word is a flag.
    only_words: bool,
}

impl<'c> Line<'c> {
    /// Takes a whole word; gives the flag that still wants its value.
    fn take(&mut self, open: Option<&'c Arg>, word: &str) -> Option<&'c Arg> {
        if let Some(flag) = open {
            self.keep(flag, word);
            return None;
        }
        if self.only_words || !word.starts_with('-') || word == "-" {
            match self.root.find_subcommand(word) {
                Some(verb) if self.verb.is_none() => self.verb = Some(verb),
                _ => self.targets.push(word.to_owned()),
            }
            return None;
        }
        if word == "--" {
            self.only_words = true;
            return None;
        }
        let (name, attached) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
        let flag = self.flag(name)?;
        self.keep(flag, word);
        // `-nshop` brings its value along.
        let has_value = attached.is_some() || !name.starts_with("--") && name.len() > 2;
        (wants_word(flag) && !has_value).then_some(flag)
    }

    /// Keeps a word of a flag that every verb has: those of one verb say nothing about the connection.
    fn keep(&mut self, flag: &Arg, word: &str) {
        if self.root.get_arguments().any(|shared| shared.get_id() == flag.get_id()) {
            self.flags.push(word.to_owned());
        }
    }

    /// What the last word may be, and what is typed of it.
    fn wanted<'w>(&self, last: &'w str) -> (Wanted, &'w str) {
        if !self.only_words && last.starts_with('-') {
            return match last.split_once('=') {
                Some((name, value)) => (self.flag(name).map_or(Wanted::Nothing, value_of), value),
                None => (Wanted::OneOf(self.all_flags().filter_map(flag_words).collect()), last),
            };
        }
        let Some(verb) = self.verb else {
            let verbs = self.root.get_subcommands().filter(|verb| !verb.is_hide_set());
            return (
                Wanted::OneOf(verbs.map(|verb| (verb.get_name().to_owned(), about(verb.get_about()))).collect()),
                last,
            );
        };
        let place = verb.get_positionals().nth(self.targets.len());
        let place = place.or_else(|| verb.get_positionals().last().filter(|one| takes_many(one)));
        (place.map_or(Wanted::Nothing, value_of), last)
    }

    fn flag(&self, name: &str) -> Option<&'c Arg> {
        if let Some(long) = name.strip_prefix("--") {
            return self.all_flags().find(|flag| flag.get_long() == Some(long));
        }
        let short = name.chars().nth(1)?;
        self.all_flags().find(|flag| flag.get_short() == Some(short))
    }

    /// The flags of the verb, and those of all verbs.
    fn all_flags(&self) -> impl Iterator<Item = &'c Arg> + use<'c> {
        let of_verb = self.verb.into_iter().flat_map(Command::get_arguments);
        let own: Vec<&'c Arg> = of_verb.filter(|flag| !flag.is_positional()).collect();
        let shared = self.root.get_arguments().filter(|flag| !flag.is_positional());
        let shared: Vec<&'c Arg> = shared.filter(|flag| own.iter().all(|one| one.get_id() != flag.get_id())).collect();
        own.into_iter().chain(shared)
    }
}

fn flag_words(flag: &Arg) -> Option<(String, String)> {
    (!flag.is_hide_set()).then_some(())?;
    Some((format!("--{}", flag.get_long()?), about(flag.get_help())))
}

/// The first sentence of a help text, on one line.
fn about(text: Option<&clap::builder::StyledStr>) -> String {
    text.map(ToString::to_string).unwrap_or_default().lines().next().unwrap_or_default().to_owned()
}

/// Whether the value is a word of its own.
fn wants_word(flag: &Arg) -> bool {
    flag.get_action().takes_values() && flag.get_num_args().is_none_or(|count| count.min_values() > 0)
}

fn takes_many(argument: &Arg) -> bool {
    matches!(argument.get_action(), clap::ArgAction::Append)
        || argument.get_num_args().is_some_and(|count| count.max_values() > 1)
}

/// What the value of a flag, or the word at a place, may be.
fn value_of(argument: &Arg) -> Wanted {
    let possible = argument.get_possible_values();
    if argument.get_action().takes_values() && !possible.is_empty() {
        let shown = possible.iter().filter(|one| !one.is_hide_set());
        return Wanted::OneOf(shown.map(|one| (one.get_name().to_owned(), about(one.get_help()))).collect());
    }
    let names = argument.get_value_names().unwrap_or_default();
    match (argument.get_id().as_str(), names.first().map(clap::builder::Str::as_str)) {
        ("targets", _) => Wanted::Targets,
        ("target", _) => Wanted::ServiceAccounts,
        ("container", _) => Wanted::Containers,
        ("context" | "contexts", _) => Wanted::Contexts,
        ("cluster", _) => Wanted::Clusters,
        ("user", _) => Wanted::Users,
        (_, Some("NAMESPACE")) => Wanted::Namespaces,
        (_, Some("EXAMPLE")) => Wanted::Examples,
        (_, Some("CODE|NAME|AREA" | "CHECKS")) => Wanted::Checks,
        (_, Some("FILE")) => Wanted::File,
        _ => Wanted::Nothing,
    }
}
