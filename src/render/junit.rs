//! JUnit's XML, for pipelines: a suite for each target, a test case for each check.
//!
//! It agrees with the exit code. What is wrong is a failure; a warning is one only where the run fails anyway. What had to
//! be known and is not is an error. What was not judged is skipped. The shape is the one that Jenkins, GitLab and GitHub's
//! readers share.

use std::time::Duration;

use chrono::DateTime;
use quick_junit::{NonSuccessKind, Property, Report as Document, TestCase, TestCaseStatus, TestSuite};

use crate::error::{Error, ExitCode};
use crate::findings::Severity;
use crate::render::escape::escape;
use crate::render::outline::{Line, Remedy, cause, check, run, target, unknown};
use crate::render::{Rendering, Reports};
use crate::report::summary::decides_and_is_open;
use crate::report::{CheckReport, Report, ReportList, Status};
use crate::target::Target;

/// The name of the tool, which stands over all suites.
const TOOL: &str = "kubectl podid";

/// Draws one report or a list of them.
pub fn draw(rendering: &Rendering<'_>) -> String {
    match rendering.reports {
        Reports::One(report) => document(vec![of_report(report, rendering.tool_version)]),
        Reports::List(list) => document(of_list(list, rendering.tool_version)),
    }
}

/// Draws an error that ended the run.
pub fn error(error: &Error) -> String {
    let status = open("error", &error.message, error.hint.as_deref().unwrap_or_default());
    document(vec![lonely(TOOL, "the run comes to an end", status)])
}

fn document(suites: Vec<TestSuite>) -> String {
    let mut document = Document::new(TOOL);
    document.set_time(suites.iter().filter_map(|suite| suite.time).sum());
    document.add_test_suites(suites);
    // It is written to memory, which takes all there is.
    document.to_string().unwrap_or_default()
}

/// A suite of one case that is about no check.
fn lonely(suite: &str, name: &str, status: TestCaseStatus) -> TestSuite {
    let mut suite = TestSuite::new(escape(suite));
    suite.set_time(Duration::ZERO);
    suite.add_test_case(case("podid", name, status));
    suite
}

fn case(class: &str, name: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(escape(name), status);
    case.set_classname(escape(class)).set_time(Duration::ZERO);
    case
}

/// What is wrong, or had to be known and is not: one word for it, a phrase, and what it rests on in lines.
fn problem(is: NonSuccessKind, kind: &str, message: &str, text: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(is);
    status.set_type(kind).set_message(escape(message)).set_description(text);
    status
}

fn open(kind: &str, message: &str, text: &str) -> TestCaseStatus {
    problem(NonSuccessKind::Error, kind, message, &escape(text))
}

fn skipped(why: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(escape(why));
    status
}

/// What was asked for and has no pod is a suite too: nothing that was asked for is missing.
fn of_list(list: &ReportList, tool_version: &str) -> Vec<TestSuite> {
    let is_empty = list.items.is_empty();
    let nothing = list.samples.iter().filter(|one| is_empty && one.judged == 0 && one.total == 0);
    let nothing =
        nothing.map(|one| lonely(&one.asked, "there is something to judge", open("unknown", &run::intro(one), "")));
    nothing.chain(list.items.iter().map(|item| of_report(item, tool_version))).collect()
}

fn of_report(report: &Report, tool_version: &str) -> TestSuite {
    // Viewers merge cases of one class and name: each pod has classes of its own.
    let Target { namespace, name, .. } = &report.target.target;
    let class = format!("podid.{namespace}.{name}");
    let mut suite = TestSuite::new(escape(&target::words(report)));
    suite.set_time(Duration::from_millis(report.duration_ms));
    suite.timestamp = DateTime::from_timestamp(report.collected_at.as_second(), 0).map(Into::into);
    suite.add_properties([
        Property::new("verdict", report.verdict.word()),
        Property::new("summary", escape(&report.summary)),
        Property::new("exitCode", report.exit_code.0.to_string()),
        Property::new("tool", format!("kubectl-podid {tool_version}")),
    ]);
    // Where there is nothing to judge that is said once.
    for one in report.checks.iter().filter(|_| report.target_gap.is_none()) {
        suite.add_test_case(of_check(one, &class, report));
    }
    let says_why = suite.failures + suite.errors > 0;
    if report.exit_code != ExitCode::HEALTHY && !says_why {
        let status = open("unknown", &report.summary, "");
        suite.add_test_case(case(&class, "the target could be judged", status));
    }
    suite
}

fn of_check(one: &CheckReport, class: &str, report: &Report) -> TestCase {
    let class = format!("{class}.{}", one.check.area.name);
    let with = |status| case(&class, &format!("{} {}", one.check.code, one.check.title), status);
    match one.status {
        Status::Passed => with(TestCaseStatus::success()),
        Status::Failed => failed(one, report, with),
        Status::Unknown => {
            let words = one.gap.as_ref().map(|gap| unknown::reason(gap, one.permission.as_deref())).unwrap_or_default();
            let message = format!("not checked: {words}");
            with(if decides_and_is_open(one) { open("unknown", &message, "") } else { skipped(&message) })
        }
        Status::Skipped | Status::NotApplicable => with(skipped(check::outcome(one, report).trim_start_matches(" — "))),
    }
}

fn failed(one: &CheckReport, report: &Report, with: impl Fn(TestCaseStatus) -> TestCase) -> TestCase {
    let message = one.findings.first().map(|finding| finding.message.as_str()).unwrap_or_default();
    // What fails because of something else is no failure of its own: it goes away with its cause.
    if let Some(cause) = cause::explaining(one, report) {
        return with(skipped(&format!("{message}; it goes away with {}", cause.check.code)));
    }
    let text = text(one, report);
    let kind = match (one.severity, one.findings.iter().all(|finding| finding.suspected)) {
        (Severity::Note, _) => "note",
        (_, true) => "suspected",
        (Severity::Warning, false) => "warning",
        (Severity::Error, false) => "error",
    };
    let counts = one.severity == Severity::Error || report.exit_code != ExitCode::HEALTHY;
    if counts && !check::is_note(one) {
        return with(problem(NonSuccessKind::Failure, kind, message, &text));
    }
    // It holds as far as the run is concerned, with something to say.
    let mut case = with(TestCaseStatus::success());
    case.set_system_out(format!("{kind}: {}\n{text}", escape(message)));
    case
}

/// What a check found, in lines: a cause with all that belongs to it.
fn text(one: &CheckReport, report: &Report) -> String {
    let own = report.causes.iter().find(|cause| cause.check == one.check);
    let (lines, remedies) = if let Some(own) = own {
        let entry = cause::in_full(own, report);
        (entry.lines, entry.remedies)
    } else {
        let groups = check::groups(&one.findings);
        (groups.iter().flat_map(|group| check::lines(group, false)).collect(), Vec::new())
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
