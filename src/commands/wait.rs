//! `wait`: until new pods of a service account get their variables, for pipelines that would sleep otherwise.

use super::printer::Printer;
use super::progress::Spinner;
use super::{live, target};
use crate::cli::Cli;
use crate::cli::active::WaitArguments;
use crate::cli::connection::AwsFlags;
use crate::collect::Session;
use crate::collect::beyond::waiting::until_injected;
use crate::error::{Error, ExitCode};
use crate::render::Format;
use crate::render::human::waiting;
use crate::render::json::v1;
use crate::report::WaitReport;
use crate::target::{Target, TargetKind};

/// Waits, and says what was seen.
pub fn run(printer: &Printer, cli: &Cli, arguments: &WaitArguments) -> Result<ExitCode, Error> {
    let format = printer.plain_format("wait")?;
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
            .hint("kubectl podid wait sa/NAME")
    };
    parsed.into_iter().find(|one| one.kind == TargetKind::ServiceAccount).ok_or_else(wrong)
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
    })
}
