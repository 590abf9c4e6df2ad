//! `nodes`: how the agent is on each node of a cluster.

use super::live::Spinner;
use super::printer::{Printer, no_such_format};
use super::{live, plan};
use crate::cli::Cli;
use crate::cli::fleet::NodesArguments;
use crate::cli::output::OutputFormat;
use crate::collect::Session;
use crate::collect::waves::nodes::{self as wave, Progress, Wanted};
use crate::demo;
use crate::error::{Error, ExitCode};
use crate::evidence::NodeInventory;
use crate::inventory::node_rows;
use crate::render::Format;
use crate::render::inventory::nodes;
use crate::render::json::v1;

/// Reads the nodes, and says how the agent is on each.
pub fn run(printer: &Printer, cli: &Cli, arguments: &NodesArguments) -> Result<ExitCode, Error> {
    let OutputFormat::Report(format @ (Format::Table | Format::Wide | Format::Json | Format::Yaml)) =
        printer.format.unwrap_or(OutputFormat::Report(Format::Table))
    else {
        return Err(no_such_format("nodes"));
    };
    let wanted = Wanted { selector: arguments.selector.clone(), logs: arguments.logs, metrics: arguments.metrics };
    if arguments.plan {
        return plan::of_nodes(printer, &wanted);
    }
    let inventory = if arguments.demo { demo::nodes()? } else { live::run(read(printer, cli, arguments, &wanted))? };
    show(printer, arguments, format, &inventory)
}

async fn read(
    printer: &Printer,
    cli: &Cli,
    arguments: &NodesArguments,
    wanted: &Wanted,
) -> Result<NodeInventory, Error> {
    let spinner = Spinner::start(printer, "reading the nodes".to_owned());
    let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
    Ok(wave::collect(&session, wanted, |progress| spinner.say(words(progress))).await)
}

fn words(progress: Progress) -> String {
    let Progress { nodes, pods, agents: (read, all) } = progress;
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
