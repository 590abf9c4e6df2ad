//! `permissions --check`: which of the wanted rights this user has, as the API server says. IAM is not asked.

use std::time::Duration;

use super::wanted::Wanted;
use crate::cli::Cli;
use crate::cli::connection::AwsFlags;
use crate::cli::informative::{PermissionLevel, PermissionsArguments};
use crate::collect::access::access_review::review;
use crate::collect::{Session, agent_namespace};
use crate::commands::live;
use crate::commands::printer::Printer;
use crate::error::{Error, ExitCode};
use crate::evidence::source::Right;
use crate::evidence::source::{Permission, SYSTEM_NAMESPACE, Scope};
use crate::render::Format;
use crate::render::human::waiting;
use crate::render::json::v1;
use crate::report::{ReviewedRight, RightsReport};

/// How long the answers may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// Asks the cluster, and says what it answered.
pub fn run(printer: &Printer, cli: &Cli, arguments: &PermissionsArguments, wanted: Wanted) -> Result<ExitCode, Error> {
    let format = printer.plain_format("permissions --check")?;
    let report = live::run(ask(cli, arguments, wanted))?;
    printer.report(&match format {
        Format::Json | Format::Yaml => printer.document(&v1::PermissionsCheck::new(&report)),
        Format::Short => waiting::right_lines(&report, printer.style()),
        _ => waiting::draw_rights(&report, printer.style()),
    })?;
    Ok(report.exit_code())
}

/// Asks in the namespaces that were named, else in that of `-n` or the context.
async fn ask(cli: &Cli, arguments: &PermissionsArguments, mut wanted: Wanted) -> Result<RightsReport, Error> {
    let aws = AwsFlags { no_aws: true, ..cli.aws.clone() };
    let session = Session::open(&cli.connection, &aws, PATIENCE).await?;
    let namespaces =
        if arguments.namespaces.is_empty() { vec![session.namespace.clone()] } else { arguments.namespaces.clone() };
    if arguments.agent_namespace.is_none()
        && let Some(found) = agent_namespace(&session).await
    {
        wanted.agent_namespace = found;
    }
    let mut rights: Vec<(PermissionLevel, Right)> = Vec::new();
    for (level, permission) in wanted.all() {
        for right in rights_of(permission, &namespaces, &wanted.agent_namespace) {
            if rights.iter().all(|(_, known)| *known != right) {
                rights.push((level, right));
            }
        }
    }
    let asked: Vec<Right> = rights.iter().map(|(_, right)| right.clone()).collect();
    let answers = rights.into_iter().zip(review(&session, &asked).await);
    Ok(RightsReport {
        levels: wanted.levels(),
        namespaces,
        rights: answers.map(|((level, right), access)| ReviewedRight { level: level.word(), right, access }).collect(),
        not_asked: wanted.all().into_iter().filter_map(|(_, permission)| action(permission)).collect(),
        agent_namespace: wanted.agent_namespace,
    })
}

fn rights_of(permission: Permission, namespaces: &[String], agent: &str) -> Vec<Right> {
    let Permission::Rule { verb, group, resources, scope } = permission else { return Vec::new() };
    let places: Vec<Option<String>> = match scope {
        Scope::WholeCluster | Scope::AllNamespaces => vec![None],
        Scope::AgentNamespace => vec![Some(agent.to_owned())],
        Scope::SystemNamespace => vec![Some(SYSTEM_NAMESPACE.to_owned())],
        Scope::TargetNamespace => namespaces.iter().cloned().map(Some).collect(),
    };
    let right = |resource: &str, namespace: &Option<String>| Right {
        verb: verb.to_owned(),
        group: group.to_owned(),
        resource: resource.to_owned(),
        namespace: namespace.clone(),
    };
    places.iter().flat_map(|place| resources.iter().map(move |resource| right(resource, place))).collect()
}

fn action(permission: Permission) -> Option<&'static str> {
    match permission {
        Permission::Action(action) => Some(action),
        _ => None,
    }
}
