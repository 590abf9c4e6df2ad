//! `diff`: the same diagnosis twice, and only what differs.

use std::path::Path;

use super::live::Spinner;
use super::printer::Printer;
use super::{live, saved, target};
use crate::cli::Cli;
use crate::cli::diagnosis::DiffArguments;
use crate::collect::{Asked, Session, collect};
use crate::diagnose::compare;
use crate::error::{Error, ExitCode};
use crate::evidence::Evidence;
use crate::render::Format;
use crate::render::human::comparison;
use crate::render::json::v1;
use crate::target::Target;

/// Compares, and says what differs.
pub fn run(printer: &Printer, cli: &Cli, arguments: &DiffArguments) -> Result<ExitCode, Error> {
    let format = printer.plain_format("diff")?;
    let targets = target::parse(&arguments.targets, "")?;
    if targets.len() + arguments.from.len() != 2 {
        return Err(Error::usage(format!("diff compares two, found {}", targets.len() + arguments.from.len()))
            .hint("kubectl podid diff POD POD, or POD --from FILE, or --from FILE --from FILE"));
    }
    if let Some(workload) = targets.iter().find(|one| one.kind.is_workload()) {
        return Err(Error::usage(format!("{}/{} stands for several pods", workload.kind.resource(), workload.name))
            .hint("diff takes pods and service accounts"));
    }
    // What was saved is what was there before.
    let mut sides: Vec<Evidence> = arguments.from.iter().map(|path| read(path)).collect::<Result<_, _>>()?;
    if !targets.is_empty() {
        sides.extend(live::run(ask(printer, cli, arguments))?);
    }
    let [left, right] = sides.as_slice() else {
        return Err(Error::inconclusive("one of the two could not be read"));
    };
    let compared = compare(left, right);
    printer.report(&match format {
        Format::Json | Format::Yaml => printer.document(&v1::Comparison::new(&compared, env!("CARGO_PKG_VERSION"))),
        _ => comparison::draw(&compared, printer.style()),
    })?;
    Ok(compared.exit_code())
}

fn read(path: &Path) -> Result<Evidence, Error> {
    let mut items = saved::read(path)?.collected.items;
    match (items.pop(), items.pop()) {
        (Some(only), None) => Ok(only),
        _ => Err(Error::usage(format!("{} holds several diagnoses", path.display()))
            .hint("save one: kubectl podid doctor POD --save FILE")),
    }
}

async fn ask(printer: &Printer, cli: &Cli, arguments: &DiffArguments) -> Result<Vec<Evidence>, Error> {
    let spinner = Spinner::start(printer, "reading".to_owned());
    let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
    let targets: Vec<Target> = target::parse(&arguments.targets, &session.namespace)?;
    let collected = collect(&session, &Asked::Targets(targets)).await;
    drop(spinner);
    collected
        .map(|all| all.items)
        .map_err(|gap| Error::inconclusive(format!("the targets were not read — {}", gap.detail)))
}
