//! `--redact`: the table of a run, and where it is used: reports, samples, saved evidence, errors.

use super::judge::Judgement;
use crate::cli::Cli;
use crate::cli::diagnosis::DoctorArguments;
use crate::collect::access::kubeconfig::file::{Files, Kubeconfig};
use crate::collect::{Collected, Picked};
use crate::error::Error;
use crate::redact::{Level, Redactor};
use crate::report::{Report, Sample};

/// What of a run is told in other names.
pub struct Redaction {
    level: Level,
    redactor: Redactor,
}

impl Redaction {
    /// Makes the table of what was collected and of the container that was asked for.
    pub fn of(level: Level, collected: &Collected, container: Option<&str>) -> Self {
        let mut typed: Vec<&str> = collected.picked.iter().map(|one| one.asked.as_str()).collect();
        typed.extend(collected.picked.iter().filter_map(|one| one.namespace.as_deref()));
        typed.extend(container);
        Self { level, redactor: Redactor::new(level, &collected.items, &typed, &[]) }
    }

    /// Makes the table of a run that read nothing: what was typed, the names in the kubeconfig, and those in the error.
    pub fn of_call(level: Level, cli: &Cli, arguments: &DoctorArguments, error: &Error) -> Self {
        let name = |target: &String| target.rsplit('/').next().unwrap_or_default().to_owned();
        let mut typed: Vec<String> = arguments.targets.iter().map(name).collect();
        typed.extend(arguments.selector.clone());
        typed.extend(arguments.container.clone());
        let connection = &cli.connection;
        let flags = [&connection.context, &connection.cluster, &connection.user, &connection.namespace];
        typed.extend(flags.into_iter().flatten().cloned());
        typed.extend([&connection.server, &connection.impersonate].into_iter().flatten().cloned());
        typed.extend([&cli.aws.eks_cluster, &cli.aws.aws_profile].into_iter().flatten().cloned());
        typed.extend(kubeconfig_names(cli));
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        Self { level, redactor: Redactor::new(level, &[], &typed, &[&error.message]) }
    }

    /// The report as it may be told.
    pub fn report(&self, report: Report) -> Report {
        self.redactor.report(report)
    }

    /// What was asked for, as it may be told.
    pub fn sample(&self, picked: &Picked) -> Sample {
        let Picked { asked, namespace, judged, total, is_sample, left_out } = picked.clone();
        self.redactor.sample(Sample { asked, namespace, judged, total, is_sample, left_out })
    }

    /// What was collected, as it may be saved.
    pub fn collected(&self, collected: &Collected) -> Result<Collected, Error> {
        let items = collected.items.iter().map(|item| self.redactor.evidence(item)).collect::<Result<Vec<_>, _>>();
        let items = items.map_err(|error| Error::bug(format!("the redacted evidence cannot be read — {error}")))?;
        let picked = collected.picked.iter().map(|one| {
            let Sample { asked, namespace, judged, total, is_sample, left_out } = self.sample(one);
            Picked { asked, namespace, judged, total, is_sample, left_out }
        });
        Ok(Collected { picked: picked.collect(), items })
    }

    /// An error as it may be told; the home directory in it has the name of its owner.
    pub fn error(&self, error: Error) -> Error {
        let home = std::env::home_dir().map(|home| home.display().to_string()).filter(|home| home.len() > 1);
        let told = |text: String| {
            let text = match &home {
                Some(home) if self.level.hides_names() => text.replace(home.as_str(), "~"),
                _ => text,
            };
            if self.level == Level::None { text } else { self.redactor.text(&text) }
        };
        Error { kind: error.kind, message: told(error.message), hint: error.hint.map(told) }
    }

    /// Says where the saved evidence would be judged otherwise than the true one: then it must not be relied on.
    pub fn difference(&self, collected: &Collected, saved: &Collected, judgement: &Judgement) -> Option<String> {
        let container = judgement.container().map(|name| self.redactor.text(name));
        let told = judgement.of_container(container);
        let pairs = collected.items.iter().zip(&saved.items);
        let mut unlike = pairs.filter(|(one, other)| judgement.outcome(one) != told.outcome(other));
        unlike
            .next()
            .map(|_| "note: under other names the saved evidence is judged otherwise than this report says".to_owned())
    }
}

fn kubeconfig_names(cli: &Cli) -> Vec<String> {
    let variable = std::env::var_os("KUBECONFIG");
    let files = Files::find(cli.connection.kubeconfig.as_deref(), variable.as_deref(), std::env::home_dir());
    // One that cannot be read tells no names either.
    let Ok(read) = Kubeconfig::load(&files) else { return Vec::new() };
    let contexts = read.contexts.iter().flat_map(|(name, context)| [name.clone(), context.namespace.clone()]);
    let clusters = read.clusters.iter().flat_map(|(name, entry)| [Some(name.clone()), entry.server.clone()]);
    contexts.chain(clusters.flatten()).chain(read.users.into_iter().map(|(name, _)| name)).collect()
}
