//! `doctor`: collect, diagnose, render.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;

use super::judge::{self, Judgement};
use super::live::Spinner;
use super::printer::Printer;
use super::redaction::Redaction;
use super::{live, plan, saved, target};
use crate::cli::Cli;
use crate::cli::active::ProbeMode;
use crate::cli::diagnosis::{DoctorArguments, FailOnFlag};
use crate::collect::access::bounded;
use crate::collect::beyond::active::Active;
use crate::collect::beyond::leftovers::Leftovers;
use crate::collect::beyond::probe;
use crate::collect::read::manifest::{self, Home, Manifest};
use crate::collect::{Asked, Collected, Session, collect, collect_written};
use crate::duration::parse_past;
use crate::error::{Error, ExitCode};
use crate::evidence::GapReason;
use crate::redact::Level;
use crate::target::Target;

/// Diagnoses what the arguments name, or what a saved file holds.
pub fn run(printer: &Printer, cli: &Cli, arguments: &DoctorArguments) -> Result<ExitCode, Error> {
    judge::format(printer)?;
    let judgement = Judgement::new(&arguments.judgement, arguments.container.as_deref())?;
    if let Some(path) = &arguments.from {
        let saved = saved::read(path)?;
        let redaction = Redaction::of(judgement.redact(), &saved.collected, judgement.container());
        return judge::run(printer, &saved.collected, saved.is_list, &judgement, &redaction);
    }
    refuse_with_redaction(printer, arguments, judgement.redact())?;
    let is_named = !arguments.targets.is_empty() || !arguments.filename.is_empty();
    if !is_named && arguments.selector.is_none() && !arguments.all_namespaces {
        return Err(Error::usage("nothing was named to diagnose")
            .hint("kubectl podid doctor POD, or deploy/NAME, or sa/NAME, or -l SELECTOR, or -A"));
    }
    if arguments.no_cluster {
        return by_manifests(printer, cli, arguments, &judgement);
    }
    let of_aws = [("--assume", arguments.active.assume), ("--cloudtrail", arguments.active.cloudtrail.is_some())];
    if let Some((switch, _)) = of_aws.into_iter().find(|(_, is_given)| *is_given && cli.aws.no_aws) {
        let words = format!("{switch} asks AWS, and --no-aws leaves it out");
        return Err(Error::usage(words).hint("leave out one of them"));
    }
    if let Some((value, switch)) = misplaced(arguments) {
        return Err(Error::usage(format!("{value} is taken for the name of a pod, and not for a value of {switch}"))
            .hint(format!("{switch}={value}; a pod of that name is pod/{value}")));
    }
    // A mistake in the names is told before anything is read; the namespace comes with the kubeconfig.
    let told = |error: Error| Redaction::of_call(judgement.redact(), cli, arguments, &error).error(error);
    target::parse(&arguments.targets, "").map_err(told)?;
    let leftovers = Arc::new(Leftovers::default());
    let work = diagnose(printer, cli, arguments, &judgement, &leftovers);
    let clear = async { leftovers.remove_all().await.iter().for_each(|words| printer.warning()(words)) };
    live::run_and_clear(work, clear).map_err(told)
}

/// A target that looks like the value of a switch which takes its value behind an equals sign only.
fn misplaced(arguments: &DoctorArguments) -> Option<(&str, &'static str)> {
    let is_period = |text: &str| text.starts_with(|first: char| first.is_ascii_digit()) && parse_past(text).is_ok();
    let of = |text: &str| {
        let is_number = text.parse::<u32>().is_ok();
        // `pod` is a type of target as well.
        let is_mode = text != "pod" && probe::Mode::WAYS.iter().any(|way| way.word() == text);
        let switches = [
            ("--canary", arguments.active.canary.is_some() && is_number),
            ("--cloudtrail", arguments.active.cloudtrail.is_some() && is_period(text)),
            ("--probe", arguments.probe.probe.is_some() && is_mode),
        ];
        switches.into_iter().find_map(|(switch, fits)| fits.then_some(switch))
    };
    arguments.targets.iter().find_map(|text| Some((text.as_str(), of(text)?)))
}

async fn diagnose(
    printer: &Printer,
    cli: &Cli,
    arguments: &DoctorArguments,
    judgement: &Judgement,
    leftovers: &Arc<Leftovers>,
) -> Result<ExitCode, Error> {
    let spinner = Spinner::start(printer, what(arguments, judgement.redact()));
    let mut session = Session::open(&cli.connection, &cli.aws, arguments.timeout).await?;
    session.active = Active {
        inspect_secrets: arguments.inspect_secrets,
        canary: arguments.active.canary,
        assume: arguments.active.assume,
        cloud_trail: arguments.active.cloudtrail,
        node_logs: arguments.active.node_logs,
        probe: wanted_probe(arguments),
        leftovers: Arc::clone(leftovers),
        announce: spinner.announce(printer),
    };
    if !arguments.filename.is_empty() {
        let home = Home { namespace: &session.namespace, is_typed: is_typed(cli) };
        let manifest = manifest::read(&arguments.filename, home)?;
        if arguments.plan {
            drop(spinner);
            let targets: Vec<Target> = manifest.written.iter().map(|one| one.target.clone()).collect();
            return plan::of_written(printer, &session, &targets);
        }
        let collected = collect_written(&session, &manifest).await;
        drop(spinner);
        return tell_written(printer, arguments, judgement, &collected, &manifest);
    }
    let asked = asked(arguments, &session.namespace)?;
    if arguments.plan {
        drop(spinner);
        return plan::run(printer, &session, &asked);
    }
    let collected = collect(&session, &asked).await.map_err(|gap| {
        let hint = match gap.reason {
            GapReason::Denied => "it needs list pods; kubectl podid permissions prints the least role",
            _ => "kubectl get pods with the same flags says more",
        };
        Error::inconclusive(format!("the pods could not be listed — {}", gap.detail)).hint(hint)
    })?;
    drop(spinner);
    tell(printer, arguments, judgement, &collected, is_list(&asked))
}

/// Saves what is to be saved, and prints the report.
fn tell(
    printer: &Printer,
    arguments: &DoctorArguments,
    judgement: &Judgement,
    collected: &Collected,
    is_list: bool,
) -> Result<ExitCode, Error> {
    let redaction = Redaction::of(judgement.redact(), collected, judgement.container());
    let saved = match &arguments.save {
        None => Ok(()),
        Some(path) => save(printer, path, collected, is_list, judgement, &redaction),
    };
    let aside = arguments.save.as_deref().filter(|path| *path == Path::new(bounded::STANDARD)).map(|_| printer.aside());
    finish(aside.as_ref().unwrap_or(printer), collected, is_list, judgement, &redaction, saved)
}

/// What the manifests alone tell: nobody is asked.
fn by_manifests(
    printer: &Printer,
    cli: &Cli,
    arguments: &DoctorArguments,
    judgement: &Judgement,
) -> Result<ExitCode, Error> {
    let namespace = cli.connection.namespace.as_deref().filter(|name| !name.is_empty()).unwrap_or("default");
    let manifest = manifest::read(&arguments.filename, Home { namespace, is_typed: is_typed(cli) })?;
    let collected = Collected { items: manifest.evidence(Timestamp::now()), picked: Vec::new() };
    tell_written(printer, arguments, judgement, &collected, &manifest)
}

fn is_typed(cli: &Cli) -> bool {
    cli.connection.namespace.as_ref().is_some_and(|name| !name.is_empty())
}

/// Reports on manifests. What makes pods and cannot be judged is no pass.
fn tell_written(
    printer: &Printer,
    arguments: &DoctorArguments,
    judgement: &Judgement,
    collected: &Collected,
    manifest: &Manifest,
) -> Result<ExitCode, Error> {
    let code = tell(printer, arguments, judgement, collected, is_list_of(manifest))?;
    if manifest.not_judged.is_empty() || arguments.judgement.fail_on == FailOnFlag::Never {
        manifest.not_judged.iter().for_each(|one| printer.warning()(&format!("not judged: {one}")));
        return Ok(code);
    }
    printer.warning()(&format!("not judged: {}", manifest.not_judged.join(", ")));
    Ok(code.worst(ExitCode::INCONCLUSIVE))
}

fn is_list_of(manifest: &Manifest) -> bool {
    !matches!(manifest.written.as_slice(), [only] if !only.target.kind.is_workload())
}

/// Saves what may be told of the evidence.
fn save(
    printer: &Printer,
    path: &Path,
    collected: &Collected,
    is_list: bool,
    judgement: &Judgement,
    redaction: &Redaction,
) -> Result<(), Error> {
    let write = |collected: &Collected| {
        if path == Path::new(bounded::STANDARD) {
            return printer.output(&saved::text(collected, is_list)?);
        }
        saved::write(path, collected, is_list)
    };
    if judgement.redact() == Level::None {
        return write(collected);
    }
    let told = redaction.collected(collected)?;
    write(&told)?;
    if let Some(note) = redaction.difference(collected, &told, judgement) {
        printer.note()(&note);
    }
    Ok(())
}

/// The report comes first, also when it could not be saved: nothing that was read is lost.
fn finish(
    printer: &Printer,
    collected: &Collected,
    is_list: bool,
    judgement: &Judgement,
    redaction: &Redaction,
    saved: Result<(), Error>,
) -> Result<ExitCode, Error> {
    match saved {
        Ok(()) => judge::run(printer, collected, is_list, judgement, redaction),
        Err(error) => {
            let judgement = judgement.ending_with(error.exit_code());
            judge::run(printer, collected, is_list, &judgement, redaction)?;
            let error = redaction.error(error);
            printer.explain_error(&error);
            Ok(error.exit_code())
        }
    }
}

/// Requests are shown before it is known what in them is a name, so they are not shown where names may not be told.
fn refuse_with_redaction(printer: &Printer, arguments: &DoctorArguments, level: Level) -> Result<(), Error> {
    let shown = match (arguments.plan, printer.verbose) {
        _ if level == Level::None => return Ok(()),
        (true, _) => "--plan",
        (false, 2..) => "-vv",
        _ => return Ok(()),
    };
    Err(Error::usage(format!("{shown} shows requests with the names in them, and --redact is there to hide names"))
        .hint(format!("leave out one of them: {shown} or --redact")))
}

fn what(arguments: &DoctorArguments, level: Level) -> String {
    if level.hides_names() {
        return "reading".to_owned();
    }
    let what = match (&arguments.selector, arguments.targets.as_slice()) {
        (Some(selector), _) => format!("pods with {selector}"),
        (None, []) => "the pods of all namespaces".to_owned(),
        (None, [only]) => only.clone(),
        (None, several) => format!("{} targets", several.len()),
    };
    format!("reading {what}")
}

fn asked(arguments: &DoctorArguments, namespace: &str) -> Result<Asked, Error> {
    if arguments.selector.is_none() && !arguments.all_namespaces {
        return Ok(Asked::Targets(target::parse(&arguments.targets, namespace)?));
    }
    Ok(Asked::Pods {
        namespace: (!arguments.all_namespaces).then(|| namespace.to_owned()),
        selector: arguments.selector.clone(),
        all: arguments.all_pods,
    })
}

fn is_list(asked: &Asked) -> bool {
    match asked {
        Asked::Targets(targets) => !matches!(targets.as_slice(), [only] if !only.kind.is_workload()),
        Asked::Pods { .. } => true,
    }
}

fn wanted_probe(arguments: &DoctorArguments) -> Option<probe::Asked> {
    let mode = match arguments.probe.probe? {
        ProbeMode::Auto => probe::Mode::Auto,
        ProbeMode::Exec => probe::Mode::Exec,
        ProbeMode::Ephemeral => probe::Mode::Ephemeral,
        ProbeMode::Pod => probe::Mode::Pod,
    };
    Some(probe::Asked {
        mode,
        image: arguments.probe.probe_image.clone(),
        timeout: arguments.probe.probe_timeout,
        container: arguments.container.clone(),
    })
}
