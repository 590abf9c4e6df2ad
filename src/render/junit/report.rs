//! Reports as JUnit.

use crate::error::{Error, ExitCode};
use crate::findings::Severity;
use crate::render::escape::{escape, escape_markup};
use crate::render::outline::{Line, Remedy, cause, check, finding, run, target, unknown};
use crate::render::{Rendering, Reports};
use crate::report::summary::decides_and_is_open;
use crate::report::{CheckReport, Report, ReportList, Status};
use crate::target::Target;

/// How a test case ended.
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not.
    Failure(Problem),
    /// It had to be known, and is not.
    Error(Problem),
    /// It was not judged; why.
    Skipped(String),
    /// It holds as far as the run is concerned, with something to say.
    Said(String),
}

/// What is wrong.
pub struct Problem {
    /// One word for it.
    pub kind: &'static str,
    /// One phrase.
    pub message: String,
    /// What it rests on, in lines that are escaped already.
    pub text: String,
}

/// A test case.
pub struct Case {
    /// What it belongs to, with dots.
    pub class: String,
    /// What should hold.
    pub name: String,
    /// How it ended.
    pub outcome: Outcome,
}

/// A suite of test cases.
pub struct Suite {
    /// What was tested.
    pub name: String,
    /// Names and values.
    pub properties: Vec<(&'static str, String)>,
    /// How long it took.
    pub seconds: f64,
    /// When, in UTC and without a zone, as the format has it.
    pub timestamp: Option<String>,
    /// The test cases.
    pub cases: Vec<Case>,
}

/// Writes the document.
pub fn document(suites: &[Suite]) -> String {
    let all: Vec<&Case> = suites.iter().flat_map(|suite| &suite.cases).collect();
    let seconds: f64 = suites.iter().map(|suite| suite.seconds).sum();
    let written: String = suites.iter().map(suite).collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"kubectl podid\"{} time=\"{seconds:.3}\">\n{written}</testsuites>\n",
        counts(&all, false)
    )
}

fn suite(suite: &Suite) -> String {
    let all: Vec<&Case> = suite.cases.iter().collect();
    let timestamp = suite.timestamp.as_ref().map(|time| format!(" timestamp=\"{time}\"")).unwrap_or_default();
    let property = |(name, value): &(&str, String)| {
        format!("      <property name=\"{name}\" value=\"{}\"/>\n", escape_markup(value))
    };
    let properties: String = suite.properties.iter().map(property).collect();
    let properties =
        if properties.is_empty() { properties } else { format!("    <properties>\n{properties}    </properties>\n") };
    let cases: String = suite.cases.iter().map(case).collect();
    format!(
        "  <testsuite name=\"{}\"{} time=\"{:.3}\"{timestamp}>\n{properties}{cases}  </testsuite>\n",
        escape_markup(&suite.name),
        counts(&all, true),
        suite.seconds
    )
}

/// The counts of a suite; that of what was skipped has no place on the whole.
fn counts(cases: &[&Case], with_skipped: bool) -> String {
    let with = |is: fn(&Outcome) -> bool| cases.iter().filter(|case| is(&case.outcome)).count();
    let failures = with(|outcome| matches!(outcome, Outcome::Failure(_)));
    let errors = with(|outcome| matches!(outcome, Outcome::Error(_)));
    let skipped = with(|outcome| matches!(outcome, Outcome::Skipped(_)));
    let skipped = if with_skipped { format!(" skipped=\"{skipped}\"") } else { String::new() };
    format!(" tests=\"{}\" failures=\"{failures}\" errors=\"{errors}\"{skipped}", cases.len())
}

fn case(case: &Case) -> String {
    let body = match &case.outcome {
        Outcome::Passed => String::new(),
        Outcome::Failure(problem) => self::problem("failure", problem),
        Outcome::Error(problem) => self::problem("error", problem),
        Outcome::Skipped(message) => format!("<skipped message=\"{}\"/>", escape_markup(message)),
        Outcome::Said(text) => format!("<system-out>{}</system-out>", lines(text)),
    };
    let head = format!(
        "    <testcase classname=\"{}\" name=\"{}\" time=\"0\"",
        escape_markup(&case.class),
        escape_markup(&case.name)
    );
    if body.is_empty() { format!("{head}/>\n") } else { format!("{head}>{body}</testcase>\n") }
}

fn problem(element: &str, problem: &Problem) -> String {
    let Problem { kind, message, text } = problem;
    format!("<{element} type=\"{kind}\" message=\"{}\">{}</{element}>", escape_markup(message), lines(text))
}

/// Lines that were made here, with what stood in them escaped already.
fn lines(text: &str) -> String {
    text.split('\n').map(escape_markup).collect::<Vec<_>>().join("\n")
}

/// Draws one report or a list of them.
pub fn draw(rendering: &Rendering<'_>) -> String {
    let suites = match rendering.reports {
        Reports::One(report) => vec![of_report(report, rendering.tool_version)],
        Reports::List(list) => of_list(list, rendering.tool_version),
    };
    document(&suites)
}

/// Draws an error that ended the run.
pub fn error(error: &Error) -> String {
    let (message, text) = (error.message.clone(), error.hint.clone().unwrap_or_default());
    let outcome = Outcome::Error(Problem { kind: "error", message, text });
    document(&[lonely("kubectl podid", "the run comes to an end", outcome)])
}

fn lonely(suite: &str, name: &str, outcome: Outcome) -> Suite {
    let case = Case { class: "podid".to_owned(), name: name.to_owned(), outcome };
    Suite { name: suite.to_owned(), properties: Vec::new(), seconds: 0.0, timestamp: None, cases: vec![case] }
}

/// What was asked for and has no pod is a suite too: nothing that was asked for is missing.
fn of_list(list: &ReportList, tool_version: &str) -> Vec<Suite> {
    let nothing =
        list.samples.iter().filter(|one| one.judged == 0 && one.total == 0 && list.items.is_empty()).map(|one| {
            let outcome = Outcome::Error(Problem { kind: "unknown", message: run::intro(one), text: String::new() });
            lonely(&one.asked, "there is something to judge", outcome)
        });
    nothing.chain(list.items.iter().map(|item| of_report(item, tool_version))).collect()
}

fn of_report(report: &Report, tool_version: &str) -> Suite {
    // Viewers merge cases of one class and name: each pod has classes of its own.
    let Target { namespace, name, .. } = &report.target.target;
    let class = format!("podid.{namespace}.{name}");
    // Where there is nothing to judge that is said once.
    let judged = report.checks.iter().filter(|_| report.target_gap.is_none());
    let cases = judged.map(|one| Case {
        class: format!("{class}.{}", one.check.area.name),
        name: format!("{} {}", one.check.code, one.check.title),
        outcome: outcome(one, report),
    });
    let mut cases: Vec<Case> = cases.collect();
    let says_why = cases.iter().any(|case| matches!(case.outcome, Outcome::Failure(_) | Outcome::Error(_)));
    if report.exit_code != ExitCode::HEALTHY && !says_why {
        let problem = Problem { kind: "unknown", message: report.summary.clone(), text: String::new() };
        cases.push(Case { class, name: "the target could be judged".to_owned(), outcome: Outcome::Error(problem) });
    }
    let word = |text: &str| text.to_owned();
    Suite {
        name: target::words(report),
        properties: vec![
            ("verdict", word(report.verdict.word())),
            ("summary", report.summary.clone()),
            ("exitCode", report.exit_code.0.to_string()),
            ("tool", format!("kubectl-podid {tool_version}")),
        ],
        seconds: std::time::Duration::from_millis(report.duration_ms).as_secs_f64(),
        timestamp: Some(report.collected_at.strftime("%Y-%m-%dT%H:%M:%S").to_string()),
        cases,
    }
}

fn outcome(one: &CheckReport, report: &Report) -> Outcome {
    match one.status {
        Status::Passed => Outcome::Passed,
        Status::Failed => failed(one, report),
        Status::Unknown => {
            let words = one.gap.as_ref().map(|gap| unknown::reason(gap, one.permission.as_deref())).unwrap_or_default();
            let message = format!("not checked: {words}");
            if decides_and_is_open(one) {
                Outcome::Error(Problem { kind: "unknown", message, text: String::new() })
            } else {
                Outcome::Skipped(message)
            }
        }
        Status::Skipped | Status::NotApplicable => {
            Outcome::Skipped(check::outcome(one, report).trim_start_matches(" — ").to_owned())
        }
    }
}

fn failed(one: &CheckReport, report: &Report) -> Outcome {
    let message = one.findings.first().map(|finding| finding.message.clone()).unwrap_or_default();
    // What fails because of something else is no failure of its own: it goes away with its cause.
    if let Some(cause) = cause::explaining(one, report) {
        return Outcome::Skipped(format!("{message}; it goes away with {}", cause.check.code));
    }
    let text = text(one, report);
    let kind = match (one.severity, one.findings.iter().all(|finding| finding.suspected)) {
        (Severity::Note, _) => "note",
        (_, true) => "suspected",
        (Severity::Warning, false) => "warning",
        (Severity::Error, false) => "error",
    };
    let counts = one.severity == Severity::Error || report.exit_code != ExitCode::HEALTHY;
    if counts && !finding::is_note(one) {
        Outcome::Failure(Problem { kind, message, text })
    } else {
        Outcome::Said(format!("{kind}: {}\n{text}", escape(&message)))
    }
}

/// What a check found, in lines: a cause with all that belongs to it.
fn text(one: &CheckReport, report: &Report) -> String {
    let own = report.causes.iter().find(|cause| cause.check == one.check);
    let (lines, remedies) = if let Some(own) = own {
        let entry = cause::in_full(own, report);
        (entry.lines, entry.remedies)
    } else {
        let groups = finding::groups(&one.findings);
        (groups.iter().flat_map(|group| finding::lines(group, false)).collect(), Vec::new())
    };
    let lines = lines.iter().map(line).chain(remedies.iter().map(remedy));
    lines.collect::<Vec<_>>().join("\n")
}

fn line(line: &Line) -> String {
    match line {
        Line::Says(words) => escape(words).into_owned(),
        Line::Row(row) => {
            let source = row.source.map(|source| format!(" in {source}")).unwrap_or_default();
            format!("{}: {}{source}", row.label, escape(&row.words))
        }
    }
}

fn remedy(remedy: &Remedy) -> String {
    let command = remedy.command.iter().map(|command| {
        let lines = command.split('\n').map(|line| format!("\n{}", escape(line)));
        lines.collect::<String>()
    });
    format!("{}: {}{}", remedy.label, escape(&remedy.does), command.collect::<String>())
}
