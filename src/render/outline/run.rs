//! What a run came to: how many checks and targets ended how, and which targets say the same.

use std::cmp::Reverse;

use crate::render::Verbosity;
use crate::render::outline::check::is_note;
use crate::render::outline::entry::{count, instant};
use crate::render::outline::target;
use crate::report::summary::decides_and_is_open;
use crate::report::{Cause, CheckReport, Report, ReportList, Sample, Status, VerdictWord};
use crate::target::TargetKind;

/// Says how many checks ended how; those that decide nothing here are counted in full only with `-v`.
pub fn counts(report: &Report, verbosity: Verbosity) -> String {
    let in_full = verbosity >= Verbosity::Verbose;
    let notes = report.checks.iter().filter(|check| is_note(check)).count();
    let with = |status: Status| report.checks.iter().filter(|check| check.status == status).count();
    let counts = [
        (with(Status::Passed), "passed"),
        (with(Status::Failed) - notes, "failed"),
        (with(Status::Unknown), "unknown"),
        (with(Status::Skipped), "skipped"),
        (with(Status::NotApplicable), "not applicable"),
        (notes, if notes == 1 { "note" } else { "notes" }),
    ];
    let shown = counts.iter().take(if in_full { counts.len() } else { 3 });
    let words: Vec<String> =
        shown.filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")).collect();
    words.join(" · ")
}

/// Says when and how the evidence was read.
pub fn collected(report: &Report) -> String {
    format!(
        "read at {} in {} ms with {} to Kubernetes and {} to AWS",
        instant(report.collected_at),
        report.duration_ms,
        count(report.requests.kubernetes as usize, "request"),
        report.requests.aws
    )
}

/// The command that explains the first cause, or the first open question.
pub fn explained_by(report: &Report) -> Option<String> {
    let open = report.checks.iter().find(|check| decides_and_is_open(check)).map(|check| check.check.code);
    let code = report.causes.first().map(|cause| cause.check.code).or(open)?;
    Some(format!("kubectl podid explain {code}"))
}

/// Says what was asked for and how much of it was looked at.
pub fn intro(sample: &Sample) -> String {
    let place =
        sample.namespace.as_ref().map_or_else(|| "all namespaces".to_owned(), |name| format!("namespace {name}"));
    let Sample { asked, judged, total, .. } = sample;
    let words = match (*judged, *total) {
        (0, 0) if sample.left_out > 0 => format!("no pod for {asked} in {place} is to have an identity"),
        (0, 0) => format!("no pod for {asked} in {place}"),
        (_, 0) => format!("no pod for {asked} in {place}, so its template is judged"),
        (judged, total) if judged == total => format!("{} for {asked} in {place}", count(total, "pod")),
        (judged, total) => format!("{judged} of {} for {asked} in {place}", count(total, "pod")),
    };
    let rule = if sample.is_sample {
        ", one for each owner, node, service account and state; --all-pods judges all"
    } else {
        ""
    };
    let others = match sample.left_out {
        0 => String::new(),
        number => format!(" ({} without association, annotation or variables)", count(number, "more pod")),
    };
    format!("{words}{others}{rule}")
}

/// Says how many targets had which verdict.
pub fn sum(list: &ReportList) -> String {
    let of_each = [VerdictWord::Broken, VerdictWord::Inconclusive, VerdictWord::Degraded, VerdictWord::Healthy]
        .into_iter()
        .map(|verdict| (list.items.iter().filter(|item| item.verdict == verdict).count(), verdict))
        .filter(|(number, _)| *number > 0)
        .map(|(number, verdict)| format!("{number} {}", verdict.word()));
    match list.items.len() {
        0 => "nothing was judged".to_owned(),
        number => format!("{} of {}", of_each.collect::<Vec<_>>().join(" · "), count(number, "target")),
    }
}

/// Diagnoses that say the same.
pub struct Group<'r> {
    /// The diagnoses, in the order of the list; the first is the one that is shown.
    pub items: Vec<&'r Report>,
}

/// Groups a list: what is worst first, and of that what most targets have. With `-v` each diagnosis stands alone.
pub fn groups(list: &ReportList, verbosity: Verbosity) -> Vec<Group<'_>> {
    let mut groups: Vec<(Vec<String>, Group<'_>)> = Vec::new();
    for item in &list.items {
        let said = said(item);
        let known = groups.iter_mut().find(|(known, group)| {
            verbosity < Verbosity::Verbose && item.target_gap.is_none() && *known == said && alike(group.items[0], item)
        });
        match known {
            Some((_, group)) => group.items.push(item),
            None => groups.push((said, Group { items: vec![item] })),
        }
    }
    let mut groups: Vec<Group<'_>> = groups.into_iter().map(|(_, group)| group).collect();
    groups.sort_by_key(|group| Reverse((group.first().verdict, group.items.len())));
    groups
}

/// Each cause in words that are the same for every pod and node.
fn said(report: &Report) -> Vec<String> {
    let target = &report.target;
    // Of other kinds than pods a name may be that of a role too, and then the fix is another.
    let pod = (target.target.kind == TargetKind::Pod).then_some(target.target.name.as_str());
    let names = [(pod, "\u{1}"), (target.node.as_deref(), "\u{2}")];
    let plain = |text: &str| {
        let mut text = text.to_owned();
        for (name, sign) in names {
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                text = text.replace(name, sign);
            }
        }
        text
    };
    let of = |cause: &Cause| {
        let mut words = format!("{} {} {}", cause.check.code, cause.suspected, plain(&cause.summary));
        for one in &cause.remediation {
            words.push_str(&plain(&format!("\n{}\n{:?}\n{}", one.does, one.command, one.changes)));
        }
        words
    };
    report.causes.iter().map(of).collect()
}

/// Whether all checks ended alike, what is unknown is so for the same reason and for want of the same right, and a fix is of the same
/// service account and role.
fn alike(one: &Report, other: &Report) -> bool {
    let same_check = |one: &CheckReport, other: &CheckReport| {
        one.status == other.status
            && one.gap == other.gap
            && one.permission == other.permission
            && one.containers == other.containers
    };
    let place = |report: &Report| {
        let target = &report.target;
        (target.target.namespace.clone(), target.service_account.clone(), report.association.role_arn.clone())
    };
    one.verdict == other.verdict
        && one.is_proven == other.is_proven
        && one.mode == other.mode
        && one.side_effects == other.side_effects
        && one.target.target.kind == other.target.target.kind
        && one.target.from_template == other.target.from_template
        && (one.causes.is_empty() || place(one) == place(other))
        && one.checks.len() == other.checks.len()
        && one.checks.iter().zip(&other.checks).all(|(one, other)| same_check(one, other))
}

impl Group<'_> {
    /// The diagnosis that is shown.
    pub fn first(&self) -> &Report {
        self.items[0]
    }

    /// `3 broken`.
    pub fn number(&self) -> String {
        format!("{} {}", self.items.len(), self.first().verdict.word())
    }

    /// What is wrong with them; nothing where nothing is.
    pub fn words(&self) -> Option<String> {
        let first = self.first();
        match first.causes.first() {
            Some(cause) => Some(format!("{} {}", cause.check.code, first.summary)),
            None if first.verdict == VerdictWord::Healthy => None,
            None => Some(first.summary.clone()),
        }
    }

    /// What is said of those that are not shown; nothing where there is none.
    pub fn others(&self) -> Option<String> {
        let more = self.items.len().checked_sub(1).filter(|more| *more > 0)?;
        let fix = if self.first().causes.is_empty() { "" } else { "; the fix is the same under their own names" };
        Some(format!("{} like this one{fix}", count(more, "more target")))
    }

    /// All names, those of one workload together: `shop/api-7c9f-: x2kqp m4z8w`.
    pub fn names(&self) -> Vec<String> {
        let mut stems: Vec<(String, Vec<String>)> = Vec::new();
        for item in &self.items {
            let name = target::words(item);
            let (stem, end) = match name.rsplit_once('-') {
                Some((stem, end)) if item.target.target.kind == TargetKind::Pod => (format!("{stem}-"), end.to_owned()),
                _ => (name, String::new()),
            };
            match stems.iter_mut().find(|(known, _)| *known == stem) {
                Some((_, ends)) => ends.push(end),
                None => stems.push((stem, vec![end])),
            }
        }
        let words = |(stem, ends): (String, Vec<String>)| match ends.as_slice() {
            [only] => vec![format!("{stem}{only}")],
            _ => std::iter::once(format!("{stem}:")).chain(ends).collect(),
        };
        stems.into_iter().flat_map(words).collect()
    }
}
