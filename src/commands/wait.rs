//! `wait`: until new pods of a service account get their variables, or until the doctor finds a target healthy, for pipelines that
//! would sleep otherwise.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::judge::{self, Judgement};
use super::live::Spinner;
use super::printer::Printer;
use super::redaction::Redaction;
use super::{live, target};
use crate::cli::Cli;
use crate::cli::active::{Condition, WaitArguments};
use crate::cli::connection::AwsFlags;
use crate::cli::diagnosis::JudgementFlags;
use crate::collect::beyond::waiting::until_injected;
use crate::collect::{Asked, Session, collect};
use crate::error::{Error, ExitCode};
use crate::render::Format;
use crate::render::human::waiting;
use crate::render::json::v1;
use crate::report::WaitReport;
use crate::target::{Target, TargetKind};

/// Waits, and says what was seen.
pub fn run(printer: &Printer, cli: &Cli, arguments: &WaitArguments) -> Result<ExitCode, Error> {
    let format = printer.plain_format("wait")?;
    if arguments.condition == Condition::Healthy {
        return until_healthy(printer, cli, arguments);
    }
    service_account(arguments, "")?;
    let report = live::run(wait(printer, cli, arguments))?;
    printer.report(&match format {
        Format::Json | Format::Yaml => printer.document(&v1::Wait::new(&report)),
        Format::Short => waiting::line(&report, printer.style()),
        _ => waiting::draw(&report, printer.style()),
    })?;
    Ok(report.exit_code())
}

fn service_account(arguments: &WaitArguments, namespace: &str) -> Result<Target, Error> {
    let parsed = target::parse(std::slice::from_ref(&arguments.target), namespace)?;
    let wrong = || {
        Error::usage(format!("wait takes a service account, found {:?}", arguments.target))
            .hint("kubectl podid wait sa/NAME, or --for=healthy")
    };
    parsed.into_iter().find(|one| one.kind == TargetKind::ServiceAccount).ok_or_else(wrong)
}

/// How often the doctor is asked.
const PAUSE: Duration = Duration::from_secs(5);
/// The longest that one diagnosis may take, so that one that hangs does not take up all the time.
const DIAGNOSIS: Duration = Duration::from_secs(30);

/// Asks the doctor again and again, and prints the last report.
fn until_healthy(printer: &Printer, cli: &Cli, arguments: &WaitArguments) -> Result<ExitCode, Error> {
    let words = std::slice::from_ref(&arguments.target);
    target::parse(words, "")?;
    let judgement = Judgement::new(&JudgementFlags::default(), None)?;
    let (collected, is_list) = live::run(async {
        let spinner = Spinner::start(printer, format!("waiting for {}", arguments.target));
        let mut session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
        let end = session.run.deadline;
        let targets = target::parse(words, &session.namespace)?;
        let is_list = targets.iter().any(|one| one.kind.is_workload());
        let asked = Asked::Targets(targets);
        let mut last = None;
        loop {
            let begun = Instant::now();
            session.ask_anew(end.min(begun + DIAGNOSIS));
            let read = collect(&session, &asked).await;
            let collected =
                read.map_err(|gap| Error::inconclusive(format!("the target was not read — {}", gap.detail)))?;
            let code = judge::exit_code(&collected, &judgement);
            // What could not be read for lack of time takes the place of no answer that was one.
            let was_cut = begun + DIAGNOSIS > end && code == ExitCode::INCONCLUSIVE;
            let collected = match last.take() {
                Some(before) if was_cut => before,
                _ => collected,
            };
            if code == ExitCode::HEALTHY || Instant::now() + PAUSE >= end {
                return Ok((collected, is_list));
            }
            last = Some(collected);
            spinner.say(format!("waiting for {}: not healthy yet", arguments.target));
            sleep_until(begun + PAUSE).await;
            // A login that cannot be renewed is told by the reads that it makes fail.
            session.renew_login().await.ok();
        }
    })?;
    let redaction = Redaction::of(judgement.redact(), &collected, None);
    judge::run(printer, &collected, is_list, &judgement, &redaction)
}

async fn wait(printer: &Printer, cli: &Cli, arguments: &WaitArguments) -> Result<WaitReport, Error> {
    let spinner = Spinner::start(printer, format!("asking about {}", arguments.target));
    let aws = AwsFlags { no_aws: true, ..cli.aws.clone() };
    let mut session = Session::open(&cli.connection, &aws, arguments.timeout).await?;
    let target = service_account(arguments, &session.namespace)?;
    let (ending, seen) = until_injected(&mut session, &target.name, &target.namespace, |seen| {
        spinner.say(format!("waiting for {}: {}", arguments.target, waiting::counts(seen)));
    })
    .await;
    Ok(WaitReport {
        namespace: target.namespace,
        service_account: target.name,
        ending,
        seen,
        patience: arguments.timeout,
        duration_ms: session.elapsed_ms(),
        requests: session.requests(),
        typed: session.context.typed.clone(),
    })
}
