//! `migrate`: the plan that moves service accounts from IRSA to EKS Pod Identity. It is printed, never run.

use super::live::Spinner;
use super::printer::{Printer, no_such_format};
use super::{live, plan};
use crate::cli::Cli;
use crate::cli::fleet::MigrateArguments;
use crate::cli::output::OutputFormat;
use crate::collect::Session;
use crate::collect::waves::inventory::{self as wave, Wanted};
use crate::demo;
use crate::error::{Error, ExitCode};
use crate::evidence::Reading;
use crate::inventory::migration::{self, Read};
use crate::render::Format;
use crate::render::inventory::migration as page;
use crate::render::json::v1;
use crate::report::migration::MigrationReport;

/// Reads the cluster, and prints the plan.
pub fn run(printer: &Printer, cli: &Cli, arguments: &MigrateArguments) -> Result<ExitCode, Error> {
    let OutputFormat::Report(format @ (Format::Table | Format::Json | Format::Yaml | Format::Markdown)) =
        printer.format.unwrap_or(OutputFormat::Report(Format::Table))
    else {
        return Err(no_such_format("migrate"));
    };
    let namespace = cli.connection.namespace.clone().filter(|name| !name.is_empty());
    let wanted = Wanted {
        namespace: namespace.filter(|_| !arguments.all_namespaces),
        selector: None,
        roles: true,
        trust: false,
    };
    if arguments.plan {
        return live::run(async {
            let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
            plan::of_migration(printer, &session, &wanted)
        });
    }
    let report = if arguments.demo { example(arguments)? } else { live::run(read(printer, cli, arguments, &wanted))? };
    printer.report(&match format {
        Format::Json | Format::Yaml => printer.document(&v1::MigrationPlan::new(&report, env!("CARGO_PKG_VERSION"))),
        Format::Markdown => page::markdown(&report),
        _ => page::draw(&report, printer.style()),
    })?;
    Ok(report.exit_code())
}

fn example(arguments: &MigrateArguments) -> Result<MigrationReport, Error> {
    let inventory = demo::inventory()?;
    let accounts = migration::accounts(&inventory);
    let pods: Vec<_> = migration::pods_to_replace(&inventory, &accounts).into_iter().map(demo::with_owner).collect();
    let agents = Reading::Known(demo::nodes()?.agent_daemon_sets.known().cloned().unwrap_or_default());
    let format = arguments.fix_format.into();
    let add_ons = Reading::Known(Vec::new());
    Ok(migration::plan(&Read { inventory: &inventory, agents: &agents, add_ons: &add_ons, pods: &pods, format }))
}

async fn read(
    printer: &Printer,
    cli: &Cli,
    arguments: &MigrateArguments,
    wanted: &Wanted,
) -> Result<MigrationReport, Error> {
    let spinner = Spinner::start(printer, "reading the cluster".to_owned());
    let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?.for_many_calls();
    let mut inventory =
        wave::collect(&session, wanted, |progress| spinner.say(format!("{} pods", progress.pods))).await;
    let (agents, add_ons) = wave::add_annotated_roles(&session, &mut inventory).await;
    let accounts = migration::accounts(&inventory);
    let pods = migration::pods_to_replace(&inventory, &accounts);
    let owners = wave::owners(&session, pods.iter().map(|one| &one.pod)).await;
    inventory.requests = session.requests();
    let pods: Vec<_> = pods.into_iter().zip(owners).collect();
    let format = arguments.fix_format.into();
    Ok(migration::plan(&Read { inventory: &inventory, agents: &agents, add_ons: &add_ons, pods: &pods, format }))
}
