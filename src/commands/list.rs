//! `list`: who has which role in a cluster, whose pods got it, and who needs a restart.

use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;

use super::live::Spinner;
use super::printer::{Printer, no_such_format};
use super::{live, plan, saved};
use crate::cli::Cli;
use crate::cli::connection::ConnectionFlags;
use crate::cli::fleet::ListArguments;
use crate::cli::output::OutputFormat;
use crate::collect::waves::inventory::{self as wave, Progress, Wanted};
use crate::collect::{Session, candidates};
use crate::demo;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::evidence::{Context, GapReason, Inventory};
use crate::inventory::restart::{self, Owners, StalePods};
use crate::inventory::{rows, selection};
use crate::render::Format;
use crate::render::inventory::{export, table};
use crate::render::json::v1;
use crate::report::inventory::{InventoryList, InventoryReport};

/// How many clusters are read at a time.
const AT_A_TIME: usize = 4;

/// Lists, and says what was found.
pub fn run(printer: &Printer, cli: &Cli, arguments: &ListArguments) -> Result<ExitCode, Error> {
    let format = format(printer, arguments)?;
    if cli.connection.context.is_some() && !arguments.contexts.is_empty() {
        return Err(Error::usage("--context and --contexts name clusters twice").hint("leave out one of them"));
    }
    let wanted = wanted(cli, arguments);
    if arguments.demo {
        let inventory = demo::inventory()?;
        if arguments.restart_plan {
            let report = report(&inventory, arguments);
            let stale = restart::stale_pods(&inventory, &report).into_iter().map(demo::with_owner).collect();
            return restart_plan(printer, arguments, format, &Stale { inventory, report, pods: stale });
        }
        return show(printer, arguments, format, &[inventory]);
    }
    if arguments.plan {
        return live::run(async {
            let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
            plan::of_list(printer, &session, &wanted)
        });
    }
    if arguments.restart_plan {
        let stale = live::run(stale(printer, cli, arguments, &wanted))?;
        return restart_plan(printer, arguments, format, &stale);
    }
    let inventories = if arguments.contexts.is_empty() {
        let (_, inventory) = live::run(one(printer, cli, arguments, &wanted))?;
        vec![inventory]
    } else {
        let contexts = candidates::named_contexts(&cli.connection, &arguments.contexts)?;
        live::run(several(printer, cli, arguments, &wanted, &contexts))?
    };
    show(printer, arguments, format, &inventories)
}

fn wanted(cli: &Cli, arguments: &ListArguments) -> Wanted {
    let namespace = cli.connection.namespace.clone().filter(|name| !name.is_empty());
    Wanted {
        namespace: namespace.filter(|_| !arguments.all_namespaces),
        selector: arguments.selector.clone(),
        roles: !arguments.no_roles,
        trust: arguments.judges_trust(),
    }
}

/// The format, if what is asked for has it.
fn format(printer: &Printer, arguments: &ListArguments) -> Result<OutputFormat, Error> {
    let format = printer.format.unwrap_or(OutputFormat::Report(Format::Table));
    let is_table = matches!(format, OutputFormat::Report(Format::Table | Format::Wide | Format::Json | Format::Yaml));
    match format {
        OutputFormat::Names | OutputFormat::Csv | OutputFormat::Prometheus
            if !arguments.by_role && !arguments.restart_plan =>
        {
            Ok(format)
        }
        _ if is_table => Ok(format),
        _ if arguments.by_role => Err(no_such_format("list --by-role")),
        _ if arguments.restart_plan => Err(no_such_format("list --restart-plan")),
        _ => Err(no_such_format("list")),
    }
}

async fn one(
    printer: &Printer,
    cli: &Cli,
    arguments: &ListArguments,
    wanted: &Wanted,
) -> Result<(Session, Inventory), Error> {
    let spinner = Spinner::start(printer, "reading the cluster".to_owned());
    let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?.for_many_calls();
    let inventory = wave::collect(&session, wanted, |progress| spinner.say(words(progress))).await;
    Ok((session, inventory))
}

/// The rows that were asked for, and the stale pods of them with what made them.
struct Stale {
    inventory: Inventory,
    report: InventoryReport,
    pods: Vec<(StalePods, Owners)>,
}

async fn stale(printer: &Printer, cli: &Cli, arguments: &ListArguments, wanted: &Wanted) -> Result<Stale, Error> {
    let (session, inventory) = one(printer, cli, arguments, wanted).await?;
    let report = report(&inventory, arguments);
    let stale = restart::stale_pods(&inventory, &report);
    let owners = wave::owners(&session, stale.iter().map(|one| &one.pod)).await;
    Ok(Stale { inventory, report, pods: stale.into_iter().zip(owners).collect() })
}

/// The rows of a cluster that were asked for.
fn report(inventory: &Inventory, arguments: &ListArguments) -> InventoryReport {
    let mut report = rows(inventory, arguments.judges_trust() || arguments.demo);
    arguments.filter().apply(&mut report);
    report
}

async fn several(
    printer: &Printer,
    cli: &Cli,
    arguments: &ListArguments,
    wanted: &Wanted,
    contexts: &[String],
) -> Result<Vec<Inventory>, Error> {
    let spinner = Spinner::start(printer, format!("reading {} clusters", contexts.len()));
    let each = contexts.iter().map(|context| async {
        let flags = ConnectionFlags { context: Some(context.clone()), ..cli.connection.clone() };
        match Session::open(&flags, &cli.aws, arguments.timeout).await {
            Ok(session) => Ok(wave::collect(&session.for_many_calls(), wanted, |_| ()).await),
            // One that cannot be reached is a row, and not the end of the others.
            Err(error) if matches!(error.kind, ErrorKind::Usage | ErrorKind::Inconclusive) => {
                let known = Context { name: Some(context.clone()), ..Context::default() };
                Ok(Inventory::unread(known, Timestamp::now(), &GapReason::Unreachable, &error.message))
            }
            Err(error) => Err(error),
        }
    });
    let read: Vec<Result<Inventory, Error>> = stream::iter(each).buffered(AT_A_TIME).collect().await;
    drop(spinner);
    read.into_iter().collect()
}

fn words(progress: Progress) -> String {
    let mut words = format!("{} pods", progress.pods);
    for (what, (read, all)) in [("associations", progress.associations), ("roles", progress.roles)] {
        if all > 0 {
            words.push_str(&format!(" · {read} of {all} {what}"));
        }
    }
    words
}

fn show(
    printer: &Printer,
    arguments: &ListArguments,
    format: OutputFormat,
    inventories: &[Inventory],
) -> Result<ExitCode, Error> {
    let mut clusters: Vec<InventoryReport> = inventories.iter().map(|inventory| report(inventory, arguments)).collect();
    for cluster in &mut clusters {
        arguments.sort_by.sort(&mut cluster.rows);
    }
    let names_clusters = !arguments.contexts.is_empty();
    let list = InventoryList { clusters, names_clusters, looks_for_trouble: !arguments.filter().troubles.is_empty() };
    let text = if arguments.by_role {
        let uses = selection::by_role(&list.clusters, names_clusters);
        match format {
            OutputFormat::Report(Format::Json | Format::Yaml) => printer.document(&v1::RoleList::new(&uses)),
            format => {
                let is_whole = list.clusters.iter().all(|cluster| cluster.gaps.is_empty());
                table::draw_roles(&uses, printer.style(), format == OutputFormat::Report(Format::Wide), is_whole)
            }
        }
    } else {
        draw(printer, format, &list)
    };
    write(printer, arguments, &text)?;
    let has_place = matches!(format, OutputFormat::Report(_)) && !arguments.by_role;
    if !has_place || arguments.to.is_some() {
        tell_unread(printer, &list);
    }
    Ok(list.exit_code())
}

/// Writes the result to standard output, or to the file that was named.
fn write(printer: &Printer, arguments: &ListArguments, text: &str) -> Result<(), Error> {
    let Some(path) = &arguments.to else { return printer.report(text) };
    let failed = |error: std::io::Error| {
        Error::usage(format!("the list could not be written to {} — {error}", path.display()))
            .hint("name a place that can be written to")
    };
    saved::replace(path, text, 0o644).map_err(failed)
}

fn draw(printer: &Printer, format: OutputFormat, list: &InventoryList) -> String {
    match format {
        OutputFormat::Names => export::names(list),
        OutputFormat::Csv => export::csv(list),
        OutputFormat::Prometheus => export::prometheus(list),
        OutputFormat::Report(Format::Json | Format::Yaml) => {
            printer.document(&v1::AssociationList::new(list, env!("CARGO_PKG_VERSION")))
        }
        format => {
            let wide = format == OutputFormat::Report(Format::Wide);
            table::draw(list, printer.style(), printer.table_columns(), wide, printer.quiet)
        }
    }
}

fn restart_plan(
    printer: &Printer,
    arguments: &ListArguments,
    format: OutputFormat,
    stale: &Stale,
) -> Result<ExitCode, Error> {
    let lines = restart::plan(&stale.inventory, &stale.report, &stale.pods);
    // Without what was not read, or not asked for, it may lack a workload; its rows are no finding.
    let report = InventoryReport { rows: Vec::new(), ..stale.report.clone() };
    let list = InventoryList { clusters: vec![report], names_clusters: false, looks_for_trouble: true };
    let code = list.exit_code();
    let text = match format {
        OutputFormat::Report(Format::Json | Format::Yaml) => printer.document(&v1::RestartPlan::new(&lines)),
        _ => table::draw_plan(&lines, printer.style(), code == ExitCode::HEALTHY),
    };
    write(printer, arguments, &text)?;
    if code == ExitCode::INCONCLUSIVE {
        printer.warning()("the plan may lack workloads:");
        tell_unread(printer, &list);
    }
    Ok(code)
}

/// Says what was not read on standard error, for what has no place for it.
fn tell_unread(printer: &Printer, list: &InventoryList) {
    let all = list.clusters.iter().flat_map(|cluster| table::unread(list.names_clusters, cluster));
    all.for_each(|words| printer.warning()(&words));
}
