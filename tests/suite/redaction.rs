//! `--redact`: the verdict stays, and no name and no account is left in anything that is written.

use std::collections::{BTreeSet, HashSet};

use podid::checks::registry;
use podid::diagnose::{Options, diagnose};
use podid::evidence::Evidence;
use podid::redact::{Level, Redactor};
use podid::render::{Format, Rendering, Reports, Verbosity, render};
use podid::report::Report;
use serde_json::Value;

use crate::render::PLAIN;
use crate::support::case::{self, Case};

/// The formats besides JSON.
const FORMATS: [Format; 7] =
    [Format::Table, Format::Wide, Format::Short, Format::Yaml, Format::Markdown, Format::Html, Format::Junit];
/// Names that the cases use, and the mark that makes them impossible to overlook.
const NAMES: &[&str] =
    &["shop", "api", "prod", "jo", "oncall", "worker", "store", "billing", "migrate", "payments", "staging", "team"];
const MARK: &str = "zq";
/// A name of fewer letters may be a word of a report, too.
const DISTINCTIVE: usize = 5;

/// What a report comes to: verdict, exit code, causes, the status of every check and container.
fn outcome(report: &Report) -> Vec<String> {
    let verdict = format!("{} {}", report.verdict.word(), report.exit_code.0);
    let causes = report.causes.iter().map(|cause| format!("cause {} {}", cause.check.code, cause.suspected));
    let checks = report.checks.iter().map(|check| {
        let containers: Vec<_> = check.containers.iter().flatten().map(|one| one.status.word()).collect();
        format!("{} {} {:?} {containers:?}", check.check.code, check.status.word(), check.severity)
    });
    std::iter::once(verdict).chain(causes).chain(checks).collect()
}

/// What one comes to and the other does not.
fn differences(one: &Report, other: &Report) -> Vec<String> {
    let (one, other) = (outcome(one), outcome(other));
    let only = |these: &[String], those: &[String], sign: &str| {
        these.iter().filter(|line| !those.contains(line)).map(|line| format!("{sign} {line}")).collect::<Vec<_>>()
    };
    [only(&one, &other, "-"), only(&other, &one, "+")].concat()
}

/// The evidence with a mark in every name that `NAMES` lists, wherever it stands between other characters.
fn marked(value: &Value, field: &str) -> Value {
    let kept = ["apiVersion", "kind", "Action", "source", "ca.crt", "certificateAuthority", "unavailable"];
    match value {
        Value::String(text) if !kept.contains(&field) => Value::String(mark(text)),
        Value::Array(list) => Value::Array(list.iter().map(|one| marked(one, field)).collect()),
        Value::Object(fields) if !kept.contains(&field) => {
            let keyed = ["configMaps"].contains(&field);
            let entry = |(key, one): (&String, &Value)| (if keyed { mark(key) } else { key.clone() }, marked(one, key));
            Value::Object(fields.iter().map(entry).collect())
        }
        other => other.clone(),
    }
}

fn mark(text: &str) -> String {
    let own = ["kube-api-access", ".csi.k8s.io", ".api.aws", "api.amazonwebservices", "eks-pod-identity-agent"];
    if own.iter().any(|constant| text.contains(constant)) {
        return text.to_owned();
    }
    let mut shown = String::new();
    for piece in text.split_inclusive(|one: char| !one.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|one: char| !one.is_ascii_alphanumeric());
        shown.push_str(if NAMES.contains(&word) { MARK } else { "" });
        shown.push_str(piece);
    }
    shown
}

fn drawn(report: &Report, format: Format) -> (String, String) {
    let rendering = Rendering { reports: Reports::One(report), tool_version: "0.1.0" };
    (format!("{format:?}"), render(&rendering, format, &PLAIN, Verbosity::Verbose))
}

/// Whether a word is the number of an account, or an identity in which such a number is hidden, and no stand-in.
fn is_account(word: &str) -> bool {
    let is_number =
        |part: &str| part.len() == 12 && part.bytes().all(|one| one.is_ascii_digit()) && !part.starts_with("00000000");
    word.starts_with("AROAEX") || word.len() >= 12 && word.split(['-', '.', '_']).any(is_number)
}

/// Whether a word is an identity of AWS, and no stand-in.
fn is_identity(word: &str) -> bool {
    ["a-0123456789", "a-1123456789", "i-0123456789"].iter().any(|identity| word.starts_with(identity))
}

/// The words of a text, which are what names may be made of.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let is_word = |one: &u8| one.is_ascii_alphanumeric() || b"-._".contains(one);
    text.as_bytes().split(move |one| !is_word(one)).filter_map(|word| std::str::from_utf8(word).ok())
}

/// A case with its names marked.
struct Marked {
    evidence: Evidence,
    options: Options,
    report: Report,
    turn: usize,
}

impl Marked {
    fn new(case: &Case, turn: usize) -> Self {
        let value = marked(&serde_json::to_value(case.evidence()).expect("a value"), "");
        let evidence = Evidence::from_value(value).expect("evidence");
        let container = case.options().container.map(|name| mark(&name));
        let options = Options { container, ..case.options() };
        Self { report: diagnose(&evidence, &options), evidence, options, turn }
    }

    /// What is wrong with it at a level.
    fn faults(&self, level: Level) -> Vec<String> {
        let redactor = Redactor::new(level, std::slice::from_ref(&self.evidence), &[], &[]);
        let told = redactor.report(self.report.clone());
        let saved = redactor.evidence(&self.evidence).expect("evidence again");
        let container = self.options.container.as_ref().map(|name| redactor.text(name));
        let again = diagnose(&saved, &Options { container, ..self.options.clone() });
        let mut faults = Vec::new();
        for (what, other) in [("the report", &told), ("the saved evidence", &again)] {
            let changed = differences(&self.report, other);
            if !changed.is_empty() {
                faults.push(format!("{level:?}: {what} comes to something else: {}", changed.join("; ")));
            }
        }
        let mut texts = vec![drawn(&told, Format::Json)];
        if level == Level::All {
            // Every report goes through the document that holds everything, and through one of the others in turn.
            texts.push(drawn(&told, FORMATS[self.turn % FORMATS.len()]));
        }
        texts.push(("the saved evidence".to_owned(), serde_json::to_string_pretty(&saved).expect("JSON")));
        let originals = originals(&redactor);
        for (what, text) in texts.iter().filter(|(_, text)| tells(text, level, &originals)) {
            let line = text.lines().find(|line| tells(value(line), level, &originals));
            faults.extend(line.map(|line| format!("{level:?}: {what} tells {}", line.trim())));
        }
        faults
    }
}

/// Whether a text tells what a level hides.
fn tells(text: &str, level: Level, originals: &HashSet<&str>) -> bool {
    let is_name = |word: &str| is_identity(word) || originals.contains(word);
    let names = level.hides_names() && (text.contains(MARK) || words(text).any(is_name));
    names || level.hides_accounts() && words(text).any(is_account)
}

/// A line without the name of its field: that is a word, also where something is called the same.
fn value(line: &str) -> &str {
    line.split_once("\": ").filter(|(field, _)| !field.contains(MARK)).map_or(line, |(_, value)| value)
}

/// The names that are replaced, without those that are words of every report, too.
fn originals(redactor: &Redactor) -> HashSet<&str> {
    let is_word = |name: &str| registry::all().any(|check| check.title.split(' ').any(|word| word == name));
    redactor.originals().filter(|name| name.len() >= DISTINCTIVE && !is_word(name)).collect()
}

/// What is wrong with cases, and which of them are about other things once they are marked.
fn look_at(cases: &[Case]) -> (Vec<String>, Vec<String>) {
    let (mut wrong, mut unlike) = (Vec::new(), Vec::new());
    for (turn, case) in cases.iter().enumerate() {
        let marked = Marked::new(case, turn);
        if outcome(&marked.report) != outcome(&case.report()) {
            unlike.push(case.name());
        }
        let faults = [Level::Names, Level::Accounts, Level::All].into_iter().flat_map(|level| marked.faults(level));
        wrong.extend(faults.map(|fault| format!("{}: {fault}", case.name())));
    }
    (wrong, unlike)
}

#[test]
fn every_case_keeps_its_verdict_and_loses_its_names() {
    let cases = case::all();
    let (one, other) = cases.split_at(cases.len() / 2);
    let (wrong, unlike) = std::thread::scope(|scope| {
        let aside = scope.spawn(|| look_at(one));
        let here = look_at(other);
        let aside = aside.join().expect("half of the cases");
        ([here.0, aside.0].concat(), [here.1, aside.1].concat())
    });
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
    // A mark changes what some cases are about, such as names that are nearly alike; those say less here.
    assert!(unlike.len() < 20, "{} are unlike themselves once they are marked:\n{}", unlike.len(), unlike.join("\n"));
}

/// Gives the pod a label for every word in the evidence.
fn with_words_as_labels(value: &mut Value) -> bool {
    let text = value.to_string().to_ascii_lowercase();
    // Letters up to f alone are a number: the identity of a cluster.
    let of_letters = |word: &&str| {
        word.len() > 2
            && word.bytes().all(|one| one.is_ascii_lowercase())
            && !word.bytes().all(|one| one.is_ascii_hexdigit())
    };
    let found: BTreeSet<String> =
        text.split(|one: char| !one.is_ascii_alphanumeric()).filter(of_letters).map(str::to_owned).collect();
    let Some(labels) = value.pointer_mut("/pod/metadata/labels").and_then(Value::as_object_mut) else { return false };
    for (number, word) in found.into_iter().enumerate() {
        labels.insert(format!("example.com/{number}"), word.into());
    }
    true
}

/// What the saved evidence comes to that the true evidence does not.
fn changes(value: Value, options: &Options) -> Vec<String> {
    let evidence = Evidence::from_value(value).expect("evidence");
    let redactor = Redactor::new(Level::All, std::slice::from_ref(&evidence), &[], &[]);
    let container = options.container.as_ref().map(|name| redactor.text(name));
    match redactor.evidence(&evidence) {
        Err(error) => vec![format!("it cannot be read again: {error}")],
        Ok(saved) => {
            differences(&diagnose(&evidence, options), &diagnose(&saved, &Options { container, ..options.clone() }))
        }
    }
}

#[test]
fn names_that_are_words_elsewhere_change_no_verdict() {
    let mut wrong = Vec::new();
    for case in case::all() {
        let options = case.options();
        let mut value = serde_json::to_value(case.evidence()).expect("a value");
        let plain = changes(value.clone(), &options);
        let labelled = if with_words_as_labels(&mut value) { changes(value, &options) } else { Vec::new() };
        for (what, changes) in [("as it is", plain), ("with labels", labelled)] {
            if !changes.is_empty() {
                wrong.push(format!("{} {what}: {}", case.name(), changes.join("; ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

fn healthy() -> Evidence {
    Evidence::from_value(case::healthy()).expect("evidence")
}

fn redacted(level: Level) -> String {
    let evidence = healthy();
    let redactor = Redactor::new(level, std::slice::from_ref(&evidence), &["deployment/api", "team=blue"], &[]);
    redactor.evidence(&evidence).expect("evidence").to_yaml().expect("YAML")
}

#[test]
fn a_level_hides_what_it_says_and_nothing_else() {
    let original = healthy().to_yaml().expect("YAML");
    assert_eq!(redacted(Level::None), original);
    let (names, accounts) = (redacted(Level::Names), redacted(Level::Accounts));
    assert!(
        names.contains("111122223333") && !names.contains("a-0123456789abcdefg") && !names.contains("shop"),
        "{names}"
    );
    assert!(accounts.contains("shop") && accounts.contains("api-7c9f"), "{accounts}");
    assert!(!accounts.contains("111122223333") && accounts.contains("a-0123456789abcdefg"), "{accounts}");
    assert!(accounts.contains("arn:aws:iam::000000000001:role/api"), "{accounts}");
    assert!(!accounts.contains("602401143452"), "an account inside a host is one too: {accounts}");
}

#[test]
fn what_was_the_same_stays_the_same() {
    let all = redacted(Level::All);
    for (count, text) in [
        (5, "namespace-1"),
        (1, "arn:aws:iam::000000000001:role/name-1"),
        (1, "arn:aws:sts::000000000001:assumed-role/role-1/session-1"),
        (2, "arn:aws:eks:eu-west-1:000000000001:cluster/cluster-1"),
        (2, "https://identity-1.gr7.eu-west-1.eks.amazonaws.com"),
    ] {
        assert!(all.matches(text).count() >= count, "{text}:\n{all}");
    }
    for kept in
        ["eks-pod-identity-agent", "kube-system", "pod-identity-webhook", "169.254.170.23", "eu-west-1", "v1.34.4"]
    {
        assert!(all.contains(kept), "{kept}:\n{all}");
    }
}

#[test]
fn what_was_asked_for_is_told_in_the_same_names() {
    let evidence = healthy();
    let redactor = Redactor::new(Level::All, &[evidence], &["deployment/api", "team=blue"], &[]);
    assert_eq!(redactor.text("deployment/api"), "deployment/name-1");
    assert_eq!(redactor.text("pod api-7c9f in namespace shop"), "pod name-1-7c9f in namespace namespace-1");
    assert!(!redactor.text("-l team=blue").contains("blue"));
    assert_eq!(redactor.text("api-8d2k of API, 111122223333"), "name-1-8d2k of API, 000000000001");
}

#[test]
fn redacting_twice_changes_nothing_more() {
    let once = Evidence::from_yaml(&redacted(Level::All)).expect("evidence");
    let again = Redactor::new(Level::All, std::slice::from_ref(&once), &[], &[]).evidence(&once).expect("evidence");
    let outcome = |evidence: &Evidence| outcome(&diagnose(evidence, &Options::default()));
    assert_eq!(outcome(&once), outcome(&again));
}
