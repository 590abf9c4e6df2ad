//! `nodes`: how the agent is on each node of a cluster.

use std::sync::Arc;
use std::time::Duration;

use super::live::Spinner;
use super::printer::{Printer, no_such_format};
use super::{live, plan, target};
use crate::cli::Cli;
use crate::cli::fleet::NodesArguments;
use crate::cli::output::OutputFormat;
use crate::collect::Session;
use crate::collect::beyond::active::Active;
use crate::collect::beyond::leftovers::Leftovers;
use crate::collect::beyond::probe::every_node;
use crate::collect::waves::nodes::{self as wave, Progress, Wanted};
use crate::demo;
use crate::error::{Error, ExitCode};
use crate::evidence::NodeInventory;
use crate::inventory::node_rows;
use crate::render::Format;
use crate::render::inventory::nodes;
use crate::render::json::v1;
use crate::target::{Target, TargetKind};

/// How long a pod may take to come up, and then its probe, where nobody says it: its image may have to be pulled.
const PATIENCE: Duration = Duration::from_mins(1);

/// Reads the nodes, and says how the agent is on each.
pub fn run(printer: &Printer, cli: &Cli, arguments: &NodesArguments) -> Result<ExitCode, Error> {
    let OutputFormat::Report(format @ (Format::Table | Format::Wide | Format::Json | Format::Yaml)) =
        printer.format.unwrap_or(OutputFormat::Report(Format::Table))
    else {
        return Err(no_such_format("nodes"));
    };
    if arguments.plan {
        // What the kubeconfig says is part of the plan: the namespace.
        let session = || live::run(Session::open(&cli.connection, &cli.aws, arguments.timeout));
        let namespace = if arguments.probe.is_some() { session()?.namespace } else { String::new() };
        return plan::of_nodes(printer, &wanted(arguments, &namespace)?);
    }
    // A mistake in the names is told before anything is read.
    wanted(arguments, "")?;
    if arguments.demo {
        return show(printer, arguments, format, &demo::nodes()?);
    }
    let leftovers = Arc::new(Leftovers::default());
    let clear = async { leftovers.remove_all().await.iter().for_each(|words| printer.warning()(words)) };
    let inventory = live::run_and_clear(read(printer, cli, arguments, &leftovers), clear)?;
    show(printer, arguments, format, &inventory)
}

/// What is to be read, in this namespace where the probe's service account names none.
fn wanted(arguments: &NodesArguments, namespace: &str) -> Result<Wanted, Error> {
    let probe = match &arguments.probe {
        Some(text) => Some(probe(arguments, text, namespace)?),
        None => None,
    };
    let selector = arguments.selector.clone();
    Ok(Wanted { selector, logs: arguments.logs, metrics: arguments.metrics, probe })
}

fn probe(arguments: &NodesArguments, text: &str, namespace: &str) -> Result<every_node::Asked, Error> {
    let wrong = || {
        Error::usage(format!("--probe takes a service account, and {text:?} is none"))
            .hint("--probe sa/NAME, with -n for its namespace")
    };
    let targets = target::parse(&[text.to_owned()], namespace).map_err(|_| wrong())?;
    let [Target { kind: TargetKind::ServiceAccount, namespace, name, .. }] = targets.as_slice() else {
        return Err(wrong());
    };
    let asked = every_node::Asked {
        namespace: namespace.clone(),
        service_account: name.clone(),
        selector: arguments.selector.clone(),
        image: arguments.probe_image.clone(),
        timeout: arguments.probe_timeout.unwrap_or(PATIENCE),
    };
    if !asked.has_fitting_selector() {
        let selector = asked.selector.unwrap_or_default();
        return Err(Error::usage(format!("{selector:?} is no label selector")).hint("-l KEY=VALUE[,KEY=VALUE…]"));
    }
    Ok(asked)
}

async fn read(
    printer: &Printer,
    cli: &Cli,
    arguments: &NodesArguments,
    leftovers: &Arc<Leftovers>,
) -> Result<NodeInventory, Error> {
    let spinner = Spinner::start(printer, "reading the nodes".to_owned());
    let mut session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
    session.active =
        Active { leftovers: Arc::clone(leftovers), announce: spinner.announce(printer), ..Active::default() };
    let wanted = wanted(arguments, &session.namespace)?;
    Ok(wave::collect(&session, &wanted, |progress| spinner.say(words(progress))).await)
}

fn words(progress: Progress) -> String {
    let Progress { nodes, pods, agents: (read, all), probed: (probed, of) } = progress;
    if of > 0 {
        return format!("probed {probed} of {of} nodes");
    }
    let logs = if all > 0 { format!(" · {read} of {all} agents") } else { String::new() };
    format!("{nodes} nodes · {pods} pods{logs}")
}

fn show(
    printer: &Printer,
    arguments: &NodesArguments,
    format: Format,
    inventory: &NodeInventory,
) -> Result<ExitCode, Error> {
    let mut report = node_rows(inventory);
    arguments.filter().apply(&mut report);
    printer.report(&match format {
        Format::Json | Format::Yaml => printer.document(&v1::NodeList::new(&report, env!("CARGO_PKG_VERSION"))),
        format => {
            let wide = format == Format::Wide;
            nodes::draw(&report, printer.style(), printer.table_columns(), wide, printer.quiet)
        }
    })?;
    Ok(report.exit_code())
}
