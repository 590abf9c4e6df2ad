//! `permissions`: the least RBAC role and IAM policy for each level, and with `--check` which of them this user has.

mod held;
mod manifests;
mod wanted;

use manifests::{bindings, iam, rbac};
use serde_json::{Value, json};
use wanted::Wanted;

use super::printer::Printer;
use crate::cli::Cli;
use crate::cli::informative::PermissionsArguments;
use crate::cli::output::OutputFormat;
use crate::error::{Error, ExitCode};
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::render::page::{Page, Span};
use crate::render::{self, Format};
use crate::target::is_object_name;

/// Prints the permissions, or asks the cluster for them.
pub fn run(printer: &Printer, cli: &Cli, arguments: &PermissionsArguments) -> Result<ExitCode, Error> {
    // As with kubectl, -n is the namespace that is meant; --for-namespace takes several.
    let own = cli.connection.namespace.iter().filter(|_| arguments.namespaces.is_empty());
    let namespaces: &Vec<String> = &arguments.namespaces.iter().chain(own).cloned().collect();
    let mut named = namespaces.iter().chain(&arguments.agent_namespace);
    if let Some(name) = named.find(|name| !is_object_name(name)) {
        return Err(Error::usage(format!("{name:?} names no namespace")).hint(
            "names of namespaces have lower-case letters, digits and -; --for-namespace takes several with commas",
        ));
    }
    let agent = arguments.agent_namespace.as_deref().unwrap_or(SYSTEM_NAMESPACE);
    let wanted = wanted::of(&arguments.level, arguments.inspect_secrets, agent);
    if arguments.check {
        return held::run(printer, cli, arguments, wanted);
    }
    printer.report(&match printer.format {
        Some(OutputFormat::Rbac) => {
            let roles = rbac(&wanted, namespaces);
            let text = roles.iter().map(render::yaml::text).collect::<Vec<_>>().join("---\n");
            format!("{text}{}", commented(&bindings(&roles)))
        }
        Some(OutputFormat::Iam) => render::json::text(&iam(&wanted)),
        _ => match printer.plain_format("permissions")? {
            Format::Json | Format::Yaml => printer.document(&document(&wanted, namespaces)),
            _ => table(printer, &wanted),
        },
    })?;
    Ok(ExitCode::HEALTHY)
}

fn document(wanted: &Wanted, namespaces: &[String]) -> Value {
    json!({
        "apiVersion": "podid/v1",
        "kind": "Permissions",
        "levels": wanted.levels(),
        "rbac": rbac(wanted, namespaces),
        "iam": iam(wanted),
    })
}

fn table(printer: &Printer, wanted: &Wanted) -> String {
    let rows = wanted.rows(printer.verbose > 0);
    let mut page = Page::new(printer.style());
    page.prose(0, 2, &[Span::strong("what a run needs, and what rests on it")]);
    let mut level = None;
    for row in rows {
        if level != Some(row.level) {
            level = Some(row.level);
            page.gap();
            page.prose(0, 2, &[Span::plain(format!("{}: {}", row.level.word(), row.level.meaning()))]);
        }
        // A purpose stands in its column where both fit a line, else below.
        let permission = format!("{:PERMISSION$}", row.permission);
        page.groups(2, 8, 2, &[vec![Span::plain(permission)], vec![Span::faint(row.purpose)]]);
    }
    page.gap();
    let manifests = "kubectl podid permissions -o rbac";
    let policy = "kubectl podid permissions -o iam";
    page.prose(0, 2, &[Span::plain("as manifests: "), Span::command(manifests)]);
    page.prose(0, 2, &[Span::plain("as a policy: "), Span::command(policy)]);
    page.finish()
}

/// How wide the column of permissions is; longer ones stand out of it.
const PERMISSION: usize = 48;

/// Bindings as comments: whom the roles are for, only the reader knows.
fn commented(bindings: &[Value]) -> String {
    let text = bindings.iter().map(render::yaml::text).collect::<Vec<_>>().join("---\n");
    let lines: Vec<String> = text.lines().map(|line| format!("# {line}")).collect();
    format!("# Bind them to the people on call:\n# ---\n{}\n", lines.join("\n"))
}
