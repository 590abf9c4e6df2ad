//! `can-i`: may the role that a pod acts as do something?

use std::path::Path;

use super::live::Spinner;
use super::printer::Printer;
use super::{live, plan, target};
use crate::cli::Cli;
use crate::cli::diagnosis::CanIArguments;
use crate::collect::access::bounded::read_text_or_standard_input;
use crate::collect::waves::roles::{Rights, rights};
use crate::collect::{Asked, Session, collect};
use crate::diagnose::can_i::{actor, answer, session_context};
use crate::diagnose::{Options, diagnose};
use crate::error::{Error, ExitCode};
use crate::evidence::{Evidence, Gap};
use crate::render::Format;
use crate::render::human::waiting;
use crate::render::json::v1;
use crate::report::can_i::CanIReport;
use crate::target::TargetKind;

/// Asks, and says what is allowed.
pub fn run(printer: &Printer, cli: &Cli, arguments: &CanIArguments) -> Result<ExitCode, Error> {
    let format = printer.plain_format("can-i")?;
    let (words, asked) = asked(arguments)?;
    let targets = target::parse(words, "")?;
    if targets.len() != 1 {
        return Err(Error::usage(format!("can-i takes one target, found {}", targets.len()))
            .hint("kubectl podid can-i s3:GetObject --resource arn:aws:s3:::bucket/key POD"));
    }
    let conditions = conditions(&arguments.conditions)?;
    if arguments.plan {
        return live::run(async {
            let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
            let targets = target::parse(words, &session.namespace)?;
            plan::of_rights(printer, &session, &Asked::Targets(targets), &asked)
        });
    }
    let report = live::run(ask(printer, cli, arguments, words, &asked, &conditions))?;
    if !printer.quiet {
        printer.report(&match format {
            Format::Json | Format::Yaml => printer.document(&v1::CanI::new(&report, env!("CARGO_PKG_VERSION"))),
            Format::Short => lines(printer, &report),
            _ => waiting::draw_can_i(&report, printer.style()),
        })?;
    }
    Ok(report.exit_code())
}

/// A line for each answer.
fn lines(printer: &Printer, report: &CanIReport) -> String {
    let line = |decision: &str, action: &str, resource: &str| {
        format!("{decision} {} {}\n", printer.style().words(action), printer.style().words(resource))
    };
    if report.actor.is_err() {
        return "undecided: the role it acts as is not known\n".to_owned();
    }
    let lines = report.answers.iter().map(|one| line(one.decision.word(), &one.action, &one.resource));
    let obstacle = report
        .obstacle()
        .map(|words| format!("but the pod does not act as this role now: {}\n", printer.style().words(words)));
    lines.chain(obstacle).collect()
}

type Right = (String, String);

/// The words of the target, and the actions with their resources.
fn asked(arguments: &CanIArguments) -> Result<(&[String], Vec<Right>), Error> {
    let resource = |action: &str| -> Vec<Right> {
        let all = arguments.resources.iter().map(|resource| (action.to_owned(), resource.clone()));
        if arguments.resources.is_empty() { vec![(action.to_owned(), "*".to_owned())] } else { all.collect() }
    };
    if let Some(path) = &arguments.filename {
        let text = read(path)?;
        let mut all = Vec::new();
        for (number, line) in text.lines().enumerate() {
            // A comment begins a line, or a word of it: an ARN may hold the sign.
            let mut words = line.split_whitespace().take_while(|word| !word.starts_with('#'));
            let Some(action) = words.next() else { continue };
            check(action).map_err(|error| {
                let place = format!("line {} of {}: {}", number + 1, path.display(), error.message);
                Error { message: place, ..error }
            })?;
            match (words.next(), words.next()) {
                (Some(one), None) => all.push((action.to_owned(), one.to_owned())),
                (None, _) => all.extend(resource(action)),
                (Some(_), Some(more)) => {
                    return Err(Error::usage(format!(
                        "line {} of {}: {more:?} stands behind the resource",
                        number + 1,
                        path.display()
                    ))
                    .hint("one action and the ARN of one resource a line"));
                }
            }
        }
        if all.is_empty() {
            return Err(Error::usage(format!("{} lists no action", path.display())).hint(
                "one action a line, and behind it the ARN of its resource: s3:GetObject arn:aws:s3:::bucket/key",
            ));
        }
        return Ok((&arguments.words, all));
    }
    let Some((actions, words)) = arguments.words.split_first() else {
        return Err(Error::usage("can-i takes an action and a target").hint("kubectl podid can-i s3:GetObject POD"));
    };
    let mut all = Vec::new();
    for action in actions.split(',') {
        check(action)?;
        all.extend(resource(action));
    }
    Ok((words, all))
}

/// IAM takes full names of actions only.
fn check(action: &str) -> Result<(), Error> {
    let is_word = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    match action.split_once(':') {
        Some((service, name)) if is_word(service) && is_word(name) => Ok(()),
        Some((service, name)) if is_word(service) && name.contains('*') => {
            Err(Error::usage(format!("{action:?} stands for several actions"))
                .hint("IAM simulates single ones; name each, with commas between them"))
        }
        _ => Err(Error::usage(format!("{action:?} is no action"))
            .hint("an action is a service and a name, such as s3:GetObject")),
    }
}

fn read(path: &Path) -> Result<String, Error> {
    let failed = |error: std::io::Error| Error::usage(format!("{} cannot be read — {error}", path.display()));
    read_text_or_standard_input(path).map_err(failed)
}

/// Each key once, with all its values: `KEY=VALUE`, several between commas or given one by one.
fn conditions(texts: &[String]) -> Result<Vec<(String, Vec<String>)>, Error> {
    let mut all: Vec<(String, Vec<String>)> = Vec::new();
    for text in texts {
        let (key, value) = text.split_once('=').filter(|(key, _)| key.contains(':')).ok_or_else(|| {
            Error::usage(format!("{text:?} gives no condition key a value"))
                .hint("such as --condition aws:SourceVpc=vpc-0123456789abcdef0")
        })?;
        let values = value.split(',').map(str::to_owned);
        match all.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(key)) {
            Some((_, known)) => known.extend(values),
            None => all.push((key.to_owned(), values.collect())),
        }
    }
    Ok(all)
}

async fn ask(
    printer: &Printer,
    cli: &Cli,
    arguments: &CanIArguments,
    words: &[String],
    asked: &[Right],
    conditions: &[(String, Vec<String>)],
) -> Result<CanIReport, Error> {
    let spinner = Spinner::start(printer, "reading".to_owned());
    let session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
    let parsed = target::parse(words, &session.namespace)?;
    let unread = |gap: Gap| Error::inconclusive(format!("the target was not read — {}", gap.detail));
    let collected = collect(&session, &Asked::Targets(parsed.clone())).await.map_err(unread)?;
    let mut accounts: Vec<&str> = collected.items.iter().filter_map(|one| one.service_account_name().ok()).collect();
    accounts.sort_unstable();
    accounts.dedup();
    if accounts.len() > 1 {
        return Err(Error::inconclusive(format!("its pods have several service accounts: {}", accounts.join(" and ")))
            .hint("ask about one of its pods, or about sa/NAME"));
    }
    let Some(evidence) = collected.items.into_iter().next() else {
        return Err(Error::inconclusive("the target was not read"));
    };
    let is_one_pod = parsed.first().is_some_and(|target| target.kind == TargetKind::Pod);
    let report = simulate(&session, &evidence, is_one_pod, asked, conditions).await;
    drop(spinner);
    Ok(report)
}

async fn simulate(
    session: &Session,
    evidence: &Evidence,
    is_one_pod: bool,
    asked: &[Right],
    conditions: &[(String, Vec<String>)],
) -> CanIReport {
    let diagnosis = diagnose(evidence, &Options::default());
    let association = evidence.association.present();
    let session_policy = association.and_then(|one| one.policy.as_deref()).filter(|policy| !policy.trim().is_empty());
    let actor = match &diagnosis.target_gap {
        Some(gap) => Err(gap.clone()),
        None => actor(evidence),
    };
    let mut report = CanIReport {
        diagnosis,
        actor,
        has_session_policy: session_policy.is_some(),
        conditions: conditions.to_vec(),
        answers: Vec::new(),
    };
    let Ok(acting) = &report.actor else { return report };
    let mut context: Vec<(String, Vec<String>)> =
        session_context(evidence, acting, is_one_pod).into_iter().map(|(key, value)| (key, vec![value])).collect();
    context.retain(|(key, _)| conditions.iter().all(|(given, _)| !given.eq_ignore_ascii_case(key)));
    context.extend(conditions.iter().cloned());
    let of_role = Rights { role_arn: &acting.role_arn, session_policy, context: &context, asked };
    report.answers = rights(session, evidence, of_role).await.iter().map(answer).collect();
    report
}
