//! `--plan`: each request the run would make and the permission for it, without making any.

use serde_json::json;

use super::printer::Printer;
use crate::collect::plan::{BEYOND_READING, Planned, of_manifests, plan};
use crate::collect::read::simulation;
use crate::collect::waves::inventory::Wanted;
use crate::collect::waves::{inventory, nodes};
use crate::collect::{Asked, Session};
use crate::error::{Error, ExitCode};
use crate::render::{self, Format};
use crate::target::Target;

/// Prints the plan.
pub fn run(printer: &Printer, session: &Session, asked: &Asked) -> Result<ExitCode, Error> {
    let planned = plan(&session.context, session.aws.is_some(), &session.active, asked);
    print(printer, "doctor --plan", &planned)
}

/// Prints the plan of what simulates rights.
pub fn of_rights(
    printer: &Printer,
    session: &Session,
    asked: &Asked,
    rights: &[(String, String)],
) -> Result<ExitCode, Error> {
    let mut planned = plan(&session.context, session.aws.is_some(), &session.active, asked);
    planned.extend(simulation::plan(rights));
    print(printer, "can-i --plan", &planned)
}

/// Prints the plan for what is written in manifests.
pub fn of_written(printer: &Printer, session: &Session, targets: &[Target]) -> Result<ExitCode, Error> {
    let planned = of_manifests(&session.context, session.aws.is_some(), &session.active, targets);
    print(printer, "doctor --plan", &planned)
}

/// Prints the plan of a list.
pub fn of_list(printer: &Printer, session: &Session, wanted: &Wanted) -> Result<ExitCode, Error> {
    let planned = inventory::plan(&session.context, session.aws.is_some(), &session.namespace, wanted);
    print(printer, "list --plan", &planned)
}

/// Prints the plan of what plans a move.
pub fn of_migration(printer: &Printer, session: &Session, wanted: &Wanted) -> Result<ExitCode, Error> {
    let planned = inventory::plan_of_migration(&session.context, session.aws.is_some(), &session.namespace, wanted);
    print(printer, "migrate --plan", &planned)
}

/// Prints the plan of what reads nodes.
pub fn of_nodes(printer: &Printer, wanted: &nodes::Wanted) -> Result<ExitCode, Error> {
    print(printer, "nodes --plan", &nodes::plan(wanted))
}

fn print(printer: &Printer, verb: &str, planned: &[Planned]) -> Result<ExitCode, Error> {
    let document = || {
        let requests: Vec<_> = planned
            .iter()
            .map(|one| {
                json!({
                    "wave": one.wave,
                    "request": one.request,
                    "permission": one.permission,
                    "when": one.when,
                })
            })
            .collect();
        json!({ "apiVersion": "podid/v1", "kind": "Plan", "requests": requests })
    };
    printer.report(&match printer.plain_format(verb)? {
        Format::Json | Format::Yaml => printer.document(&document()),
        _ => table(planned),
    })?;
    Ok(ExitCode::HEALTHY)
}

fn table(planned: &[Planned]) -> String {
    let reads = planned.iter().all(|one| one.wave < BEYOND_READING);
    let what = if reads { "all of them reads, " } else { "those of the last wave no mere reads, " };
    let mut text = format!("the run would make these requests, {what}and was not started\n");
    let mut wave = 0;
    for one in planned {
        if one.wave != wave {
            wave = one.wave;
            text.push_str(&format!("\nwave {wave}\n"));
        }
        let permission = one.permission.as_deref().unwrap_or("none");
        let when = one.when.map(|when| format!(" ({when})")).unwrap_or_default();
        text.push_str(&format!("  {}{when}\n      permission: {permission}\n", render::escape::escape(&one.request)));
    }
    text
}
