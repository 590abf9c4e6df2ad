//! From evidence to the written report: what `doctor`, `--from` and `demo` share.

use super::printer::Printer;
use super::redaction::Redaction;
use crate::cli::diagnosis::JudgementFlags;
use crate::cli::output::OutputFormat;
use crate::collect::Collected;
use crate::diagnose::{FailOn, Options, Selection, diagnose};
use crate::error::{Error, ExitCode};
use crate::evidence::Evidence;
use crate::redact::Level;
use crate::render::{self, Format, Rendering, Reports, Verbosity};
use crate::report::{Report, ReportList};

/// What a user chose about the judgement.
#[derive(Debug, Clone)]
pub struct Judgement {
    options: Options,
    /// How much is told in other names.
    redact: Level,
    /// The exit code that the run has for another reason than its verdict.
    exit_code: Option<ExitCode>,
}

impl Judgement {
    /// Reads the flags. A pattern that names no check is a usage error.
    pub fn new(flags: &JudgementFlags, container: Option<&str>) -> Result<Self, Error> {
        let selection = Selection::new(&flags.only, &flags.skip).map_err(|pattern| {
            Error::usage(format!("no check is called {pattern:?}"))
                .hint("kubectl podid explain --all lists codes and names; * stands for any text")
        })?;
        let options = Options {
            container: container.map(str::to_owned),
            selection,
            fix_format: flags.fix_format.into(),
            fail_on: flags.fail_on.into(),
        };
        Ok(Self { options, redact: flags.redact.into(), exit_code: None })
    }

    /// The same, for a run that ends with this exit code whatever the verdict is.
    pub fn ending_with(&self, exit_code: ExitCode) -> Self {
        Self { exit_code: Some(exit_code), ..self.clone() }
    }

    /// The same, for a container of another name.
    pub fn of_container(&self, container: Option<String>) -> Self {
        Self { options: Options { container, ..self.options.clone() }, ..self.clone() }
    }

    /// How much is told in other names.
    pub fn redact(&self) -> Level {
        self.redact
    }

    /// The name of the container that alone is judged.
    pub fn container(&self) -> Option<&str> {
        self.options.container.as_deref()
    }

    /// What evidence comes to: verdict, causes, and how each check ended.
    pub fn outcome(&self, evidence: &Evidence) -> impl PartialEq {
        let report = diagnose(evidence, &self.options);
        let causes: Vec<_> = report.causes.iter().map(|cause| (cause.check.code, cause.suspected)).collect();
        let checks: Vec<_> = report.checks.iter().map(|check| check.status).collect();
        (report.verdict, causes, checks)
    }
}

/// What a run would end with.
pub fn exit_code(collected: &Collected, judgement: &Judgement) -> ExitCode {
    let codes = collected.items.iter().map(|evidence| diagnose(evidence, &judgement.options).exit_code);
    codes.reduce(ExitCode::worst).unwrap_or(ExitCode::INCONCLUSIVE)
}

/// Judges, writes, and gives the exit code that stands in the document.
pub fn run(
    printer: &Printer,
    collected: &Collected,
    is_list: bool,
    judgement: &Judgement,
    redaction: &Redaction,
) -> Result<ExitCode, Error> {
    let items = &collected.items;
    container_exists(items, judgement.container()).map_err(|error| redaction.error(error))?;
    let judged = items.iter().map(|evidence| diagnose(evidence, &judgement.options));
    let mut reports: Vec<Report> = judged.map(|report| redaction.report(report)).collect();
    for report in &mut reports {
        report.exit_code = judgement.exit_code.unwrap_or(report.exit_code);
    }
    let (text, exit_code) = match reports.as_slice() {
        [only] if !is_list => (draw(printer, Reports::One(only))?, only.exit_code),
        _ => {
            let never = judgement.options.fail_on == FailOn::Never;
            let when_empty = if never { ExitCode::HEALTHY } else { ExitCode::INCONCLUSIVE };
            let samples = collected.picked.iter().map(|one| redaction.sample(one)).collect();
            let mut list = ReportList::new(samples, reports, when_empty);
            list.exit_code = judgement.exit_code.unwrap_or(list.exit_code);
            (draw(printer, Reports::List(&list))?, list.exit_code)
        }
    };
    printer.report(&text)?;
    Ok(exit_code)
}

/// The format of reports; some formats are other verbs' only.
pub fn format(printer: &Printer) -> Result<Format, Error> {
    let format = printer.format.map_or(Some(Format::Table), OutputFormat::of_report);
    format.ok_or_else(|| super::printer::no_such_format("doctor"))
}

fn draw(printer: &Printer, reports: Reports<'_>) -> Result<String, Error> {
    let format = format(printer)?;
    let verbosity = match (printer.quiet, printer.verbose) {
        (true, _) => Verbosity::Quiet,
        (false, 0) => Verbosity::Normal,
        (false, _) => Verbosity::Verbose,
    };
    let rendering = Rendering { reports, tool_version: env!("CARGO_PKG_VERSION") };
    Ok(render::render(&rendering, format, printer.style(), verbosity))
}

/// A container that none of the pods has is a mistake of the call, not a healthy one.
fn container_exists(items: &[Evidence], wanted: Option<&str>) -> Result<(), Error> {
    let Some(wanted) = wanted else { return Ok(()) };
    let mut names: Vec<String> = Vec::new();
    for pod in items.iter().filter_map(|evidence| evidence.pod.present()) {
        names.extend(pod.containers().map(|container| container.name.clone()));
    }
    names.sort();
    names.dedup();
    if names.is_empty() || names.iter().any(|name| name == wanted) {
        return Ok(());
    }
    Err(Error::usage(format!("no container is called {wanted}"))
        .hint(format!("the containers are {}", names.join(", "))))
}
