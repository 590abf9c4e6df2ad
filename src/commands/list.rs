//! `list`: who has which role in a cluster, whose pods got it, and who needs a restart.

use futures::StreamExt as _;
use futures::stream;
use jiff::Timestamp;

use super::live::Spinner;
use super::printer::{Printer, no_such_format};
use super::{live, plan, saved};
use crate::cli::Cli;
use crate::cli::connection::ConnectionFlags;
use crate::cli::list::ListArguments;
use crate::cli::output::OutputFormat;
use crate::collect::waves::inventory::{self as wave, Progress, Wanted};
use crate::collect::{Session, candidates};
use crate::demo;
use crate::error::{Error, ErrorKind, ExitCode};
use crate::evidence::{Context, GapReason, Inventory};
use crate::inventory::restart::{self, Owners, StalePods};
use crate::inventory::{rows, selection};
use crate::nearest::nearest;
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
        return show(printer, arguments, format, &[demo::inventory()?], Vec::new);
    }
    if arguments.plan {
        return live::run(async {
            let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
            plan::of_list(printer, &session, &wanted)
        });
    }
    if arguments.contexts.is_empty() {
        let (inventory, owners) = live::run(one(printer, cli, arguments, &wanted))?;
        return show(printer, arguments, format, &[inventory], || owners);
    }
    let contexts = contexts(&cli.connection, &arguments.contexts)?;
    let inventories = live::run(several(printer, cli, arguments, &wanted, &contexts))?;
    show(printer, arguments, format, &inventories, Vec::new)
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

type Restarts = Vec<(StalePods, Owners)>;

async fn one(
    printer: &Printer,
    cli: &Cli,
    arguments: &ListArguments,
    wanted: &Wanted,
) -> Result<(Inventory, Restarts), Error> {
    let spinner = Spinner::start(printer, "reading the cluster".to_owned());
    let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
    let inventory = wave::collect(&session, wanted, |progress| spinner.say(words(progress))).await;
    if !arguments.restart_plan {
        return Ok((inventory, Vec::new()));
    }
    let mut report = rows(&inventory, true);
    arguments.filter().apply(&mut report);
    let stale = restart::stale_pods(&inventory, &report);
    let owners = wave::owners(&session, stale.iter().map(|one| &one.pod)).await;
    Ok((inventory, stale.into_iter().zip(owners).collect()))
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
            Ok(session) => Ok(wave::collect(&session, wanted, |_| ()).await),
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

/// The contexts that were named; a name that the kubeconfig does not have is a mistake of the call.
fn contexts(flags: &ConnectionFlags, named: &[String]) -> Result<Vec<String>, Error> {
    let known = candidates::contexts(flags);
    if named.iter().any(|name| name == "*") {
        if known.is_empty() {
            return Err(Error::usage("the kubeconfig has no context").hint("kubectl config get-contexts lists them"));
        }
        return Ok(known);
    }
    let mut wanted: Vec<String> = Vec::new();
    for name in named.iter().filter(|name| !name.is_empty()) {
        if !known.contains(name) {
            let near = nearest(name, known.iter().map(String::as_str), 3).join(", ");
            let hint = if near.is_empty() {
                "kubectl config get-contexts lists them".to_owned()
            } else {
                format!("nearest: {near}")
            };
            return Err(Error::usage(format!("the kubeconfig has no context {name:?}")).hint(hint));
        }
        if !wanted.contains(name) {
            wanted.push(name.clone());
        }
    }
    Ok(wanted)
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
    restarts: impl FnOnce() -> Restarts,
) -> Result<ExitCode, Error> {
    let filter = arguments.filter();
    let trust = arguments.judges_trust() || arguments.demo;
    let mut clusters: Vec<InventoryReport> = inventories.iter().map(|inventory| rows(inventory, trust)).collect();
    for cluster in &mut clusters {
        filter.apply(cluster);
    }
    if arguments.restart_plan {
        return restart_plan(printer, arguments, format, inventories, &clusters, restarts());
    }
    for cluster in &mut clusters {
        arguments.sort_by.sort(&mut cluster.rows);
    }
    let names_clusters = !arguments.contexts.is_empty();
    let list = InventoryList { clusters, names_clusters, looks_for_trouble: !filter.troubles.is_empty() };
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
    inventories: &[Inventory],
    clusters: &[InventoryReport],
    mut restarts: Restarts,
) -> Result<ExitCode, Error> {
    let (Some(inventory), Some(report)) = (inventories.first(), clusters.first()) else {
        return Ok(ExitCode::HEALTHY);
    };
    if arguments.demo {
        restarts = restart::stale_pods(inventory, report).into_iter().map(demo::with_owner).collect();
    }
    let lines = restart::plan(inventory, report, &restarts);
    // Without what was not read, or not asked for, it may lack a workload; its rows are no finding.
    let mut list = InventoryList { clusters: clusters.to_vec(), names_clusters: false, looks_for_trouble: true };
    list.clusters.iter_mut().for_each(|cluster| cluster.rows.clear());
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
