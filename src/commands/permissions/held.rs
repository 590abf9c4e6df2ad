//! `permissions --check`: which of the wanted rights this user has, as the API server says. IAM is not asked.

use std::time::Duration;

use super::AGENT_NAMESPACE;
use super::wanted::Wanted;
use crate::cli::Cli;
use crate::cli::aws::AwsFlags;
use crate::cli::informative::{PermissionLevel, PermissionsArguments};
use crate::cli::output::OutputFormat;
use crate::collect::Session;
use crate::collect::access_review::{Access, Right, review};
use crate::commands::printer::{Printer, no_such_format};
use crate::error::Error;
use crate::evidence::source::{Permission, Scope};
use crate::exit::ExitCode;
use crate::render::Style;
use crate::render::json::v1;
use crate::render::page::{Page, Span};
use crate::render::style::Mark;

/// How long the answers may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// Why nothing is said of the actions of AWS.
const NOT_ASKED: &str =
    "AWS tells a user's permissions only to whoever may simulate policies: a run of the doctor names what is missing";

/// A right, the level that wants it, and the answer.
struct Answer {
    level: PermissionLevel,
    right: Right,
    access: Access,
}

/// Asks the cluster, and says what it answered.
pub fn run(printer: &Printer, cli: &Cli, arguments: &PermissionsArguments, wanted: &Wanted) -> Result<ExitCode, Error> {
    let format = printer.format.unwrap_or(OutputFormat::Table);
    if !matches!(format, OutputFormat::Table | OutputFormat::Short | OutputFormat::Json | OutputFormat::Yaml) {
        return Err(no_such_format("permissions --check"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::bug(format!("the runtime did not start — {error}")))?;
    let (namespaces, answers) = runtime.block_on(ask(cli, arguments, wanted))?;
    runtime.shutdown_background();
    let code = exit_code(&answers);
    let actions: Vec<&str> = wanted.all().into_iter().filter_map(|(_, permission)| action(permission)).collect();
    printer.report(&match format {
        OutputFormat::Json | OutputFormat::Yaml => {
            printer.document(&document(wanted, namespaces, &answers, &actions, code))
        }
        OutputFormat::Short => short(&answers, printer.style()),
        _ => page(&namespaces, &answers, &actions, &printing(wanted, &namespaces), printer.style()),
    })?;
    Ok(code)
}

/// Asks in the namespaces that were named, else in that of `-n` or the context.
async fn ask(
    cli: &Cli,
    arguments: &PermissionsArguments,
    wanted: &Wanted,
) -> Result<(Vec<String>, Vec<Answer>), Error> {
    let aws = AwsFlags { no_aws: true, ..cli.aws.clone() };
    let session = Session::open(&cli.connection, &aws, PATIENCE).await?;
    let namespaces =
        if arguments.namespaces.is_empty() { vec![session.namespace.clone()] } else { arguments.namespaces.clone() };
    let mut rights: Vec<(PermissionLevel, Right)> = Vec::new();
    for (level, permission) in wanted.all() {
        for right in rights_of(permission, &namespaces) {
            if rights.iter().all(|(_, known)| *known != right) {
                rights.push((level, right));
            }
        }
    }
    let asked: Vec<Right> = rights.iter().map(|(_, right)| right.clone()).collect();
    let access = review(&session, &asked).await;
    let answers = rights.into_iter().zip(access).map(|((level, right), access)| Answer { level, right, access });
    Ok((namespaces, answers.collect()))
}

fn rights_of(permission: Permission, namespaces: &[String]) -> Vec<Right> {
    let Permission::Rule { verb, group, resources, scope } = permission else { return Vec::new() };
    let places: Vec<Option<String>> = match scope {
        Scope::Cluster | Scope::AllNamespaces => vec![None],
        Scope::AgentNamespace => vec![Some(AGENT_NAMESPACE.to_owned())],
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

/// A right that is surely missing counts before one that is not known.
fn exit_code(answers: &[Answer]) -> ExitCode {
    if answers.iter().any(|one| one.access == Access::Missing) {
        ExitCode::BROKEN
    } else if answers.iter().any(|one| one.access != Access::Held) {
        ExitCode::INCONCLUSIVE
    } else {
        ExitCode::HEALTHY
    }
}

fn page(namespaces: &[String], answers: &[Answer], actions: &[&str], printing: &str, style: &Style) -> String {
    let mut page = Page::new(style);
    page.prose(0, 2, &[Span::strong(headline(answers))]);
    page.prose(2, 2, &[Span::faint(format!("for pods in namespace {}", namespaces.join(", ")))]);
    page.gap();
    let shown = if let Some(why) = one_reason(answers) {
        // A cluster that cannot be asked is no news of each right.
        page.prose(2, 4, &[Span::marked(Mark::Unknown, "? "), Span::plain(why)]);
        &[]
    } else {
        answers
    };
    for one in shown {
        let (mark, why) = match &one.access {
            Access::Held => (Mark::Good, String::new()),
            Access::Missing => (Mark::Bad, " — not allowed".to_owned()),
            Access::Unknown(why) => (Mark::Unknown, format!(" — {why}")),
        };
        let level =
            if one.level == PermissionLevel::Read { String::new() } else { format!("  for {}", one.level.word()) };
        let sign = Span::marked(mark, style.sign(mark));
        page.prose(2, 6, &[sign, Span::plain(format!(" {}{why}", words(&one.right))), Span::faint(level)]);
    }
    page.gap();
    page.prose(2, 4, &[Span::plain(format!("IAM, not asked: {}", actions.join(" ")))]);
    page.prose(4, 4, &[Span::faint(NOT_ASKED)]);
    if answers.iter().any(|one| one.access == Access::Missing) {
        page.gap();
        page.prose(2, 8, &[Span::faint("next: "), Span::plain(format!("{printing} prints the role to ask for"))]);
    }
    page.finish()
}

/// The command that prints what was asked about.
fn printing(wanted: &Wanted, namespaces: &[String]) -> String {
    let levels = wanted.levels();
    let level = if levels.len() > 1 { format!(" --level {}", levels.join(",")) } else { String::new() };
    format!("kubectl podid permissions{level} --for-namespace {} -o rbac", namespaces.join(","))
}

/// Why nothing at all is known, where that is the same for each right.
fn one_reason(answers: &[Answer]) -> Option<&str> {
    let reason = |one: &Answer| match &one.access {
        Access::Unknown(why) => Some(why.clone()),
        _ => None,
    };
    let first = reason(answers.first()?)?;
    let all = answers.iter().all(|one| reason(one).as_ref() == Some(&first));
    match &answers.first()?.access {
        Access::Unknown(why) if all => Some(why),
        _ => None,
    }
}

fn headline(answers: &[Answer]) -> String {
    let count = |wanted: fn(&Access) -> bool| answers.iter().filter(|one| wanted(&one.access)).count();
    let held = count(|access| *access == Access::Held);
    let missing = count(|access| *access == Access::Missing);
    match (missing, answers.len() - held - missing) {
        (0, 0) => format!("this user has all {held} rights in the cluster that a run needs"),
        (missing, 0) => format!("this user lacks {missing} of the {} rights that a run needs", answers.len()),
        (0, open) if open == answers.len() => "what this user may do in the cluster is not known".to_owned(),
        (0, open) => format!(
            "of {open} of the {} rights that a run needs it is not known whether this user has them",
            answers.len()
        ),
        (missing, open) => {
            format!(
                "this user lacks {missing} of the {} rights that a run needs, and {open} are not known",
                answers.len()
            )
        }
    }
}

/// What is not held, a line each.
fn short(answers: &[Answer], style: &Style) -> String {
    let line = |one: &Answer| match &one.access {
        Access::Held => None,
        Access::Missing => Some(format!("missing {}\n", style.words(&words(&one.right)))),
        Access::Unknown(why) => Some(format!("unknown {} — {}\n", words(&one.right), style.words(why))),
    };
    let lines: String = answers.iter().filter_map(line).collect();
    if lines.is_empty() { "ok all held\n".to_owned() } else { lines }
}

fn words(right: &Right) -> String {
    let group = if right.group.is_empty() { String::new() } else { format!(".{}", right.group) };
    let place = right.namespace.as_ref().map(|namespace| format!(" in {namespace}")).unwrap_or_default();
    format!("{} {}{group}{place}", right.verb, right.resource)
}

fn document(
    wanted: &Wanted,
    namespaces: Vec<String>,
    answers: &[Answer],
    actions: &[&str],
    code: ExitCode,
) -> v1::PermissionsCheck {
    let right = |one: &Answer| {
        let (state, detail) = match &one.access {
            Access::Held => ("held", None),
            Access::Missing => ("missing", None),
            Access::Unknown(why) => ("unknown", Some(why.clone())),
        };
        let Right { verb, group, resource, namespace } = one.right.clone();
        let level = one.level.word().to_owned();
        v1::RightCheck { level, verb, group, resource, namespace, state: state.to_owned(), detail }
    };
    v1::PermissionsCheck {
        api_version: v1::API_VERSION.to_owned(),
        kind: "PermissionsCheck".to_owned(),
        exit_code: code.0,
        levels: wanted.levels().into_iter().map(str::to_owned).collect(),
        namespaces,
        rights: answers.iter().map(right).collect(),
        not_asked: actions.iter().map(|action| (*action).to_owned()).collect(),
    }
}
