//! How each check ended, and the verdict that follows.
//!
//! Registry order is a topological order of `requires`, so a prerequisite is always judged before the check that
//! needs it.

use super::scope::Mode;
use super::{Options, cause, guess, proof, scope};
use crate::checks::{Check, Code, Evaluate, Verdict, registry};
use crate::error::ExitCode;
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::{Container, Evidence, Gap, GapReason, Reading, Source};
use crate::findings::{Findings, Severity};
use crate::report::Excuse;
use crate::report::{Cause, CheckReport, VerdictWord, summary};
use crate::target::TargetKind;

/// What makes the exit code other than zero.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum FailOn {
    /// Errors, and what could not be judged.
    #[default]
    Error,
    /// Warnings too.
    Warning,
    /// Nothing.
    Never,
}

/// Says why nothing can be judged, if so: the target could not be read, or what was read is not of one cluster.
pub fn target_gap(evidence: &Evidence) -> Option<Gap> {
    unread_target(evidence).or_else(|| evidence.another_cluster()).or_else(|| evidence.not_amazon_eks())
}

fn unread_target(evidence: &Evidence) -> Option<Gap> {
    match evidence.target.kind {
        TargetKind::ServiceAccount => match &evidence.service_account {
            Reading::Known(Some(_)) => None,
            Reading::Known(None) => Some(evidence.target_not_found(Source::ServiceAccount, &evidence.service_accounts)),
            // A service account can be judged without being readable, unless nobody answers at all.
            Reading::Unavailable(gap) => {
                matches!(gap.reason, GapReason::Unreachable | GapReason::NoCredentials).then(|| gap.clone())
            }
        },
        _ => evidence.pod_or_template().err(),
    }
}

/// Sums up.
///
/// `is_open` says that something else is not known: why a pod failed that has ended, or what a switch asked for.
pub fn verdict(causes: &[Cause], checks: &[CheckReport], target_gap: Option<&Gap>, is_open: bool) -> VerdictWord {
    let error = |cause: &&Cause| cause.severity == Severity::Error;
    if target_gap.is_some() {
        VerdictWord::Inconclusive
    } else if causes.iter().filter(error).any(|cause| !cause.suspected) {
        VerdictWord::Broken
    } else if causes.iter().any(|cause| error(&cause)) || checks.iter().any(summary::decides_and_is_open) || is_open {
        VerdictWord::Inconclusive
    } else if causes.is_empty() {
        VerdictWord::Healthy
    } else {
        VerdictWord::Degraded
    }
}

/// The exit code of a verdict.
pub fn exit_code(verdict: VerdictWord, fail_on: FailOn) -> ExitCode {
    match (verdict, fail_on) {
        (_, FailOn::Never) | (VerdictWord::Healthy, _) | (VerdictWord::Degraded, FailOn::Error) => ExitCode::HEALTHY,
        (VerdictWord::Degraded, FailOn::Warning) => ExitCode::DEGRADED,
        (VerdictWord::Inconclusive, _) => ExitCode::INCONCLUSIVE,
        (VerdictWord::Broken, _) => ExitCode::BROKEN,
    }
}

/// What one check says about one subject.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It holds.
    Passed(Basis),
    /// It does not.
    Failed(Findings, Basis),
    /// It could not be decided.
    Unknown(Gap),
    /// A prerequisite failed: that one, not yet resolved to its cause.
    Skipped(Code),
    /// It has no meaning here.
    NotApplicable(String),
}

/// What a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// On what is configured.
    Configured,
    /// On what was seen to happen; where and when, in words.
    Observed(String),
}

/// A container as a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerSubject {
    /// Its name.
    pub name: String,
    /// Whether it decides about the pod: a main container, or the one that was asked for.
    pub decides: bool,
}

/// What a check says about one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Subject {
    /// The container; `None` for the pod.
    pub container: Option<ContainerSubject>,
    /// What was said.
    pub outcome: Outcome,
    /// Whether proof lets the check stay unknown without making the run inconclusive.
    pub excused: Option<Excuse>,
}

/// A check with all its outcomes; never without one.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    /// The check.
    pub check: &'static Check,
    /// One for the pod, or one for each container.
    pub subjects: Vec<Subject>,
}

/// How a check stands towards one that depends on it.
pub enum Standing {
    /// It failed, or was skipped because of this one.
    Failed(Code),
    /// It has no meaning here.
    NotApplicable(String),
    /// It holds, or is unknown: the dependent's own evidence decides.
    Open,
}

impl Outcome {
    /// Whether it failed with more than a note.
    pub fn is_failure(&self) -> bool {
        matches!(self, Self::Failed(findings, _) if findings.severity() > Severity::Note)
    }

    /// Orders outcomes: the greatest is the one a report shows.
    fn rank(&self) -> u8 {
        match self {
            Self::NotApplicable(_) => 0,
            Self::Skipped(_) => 1,
            Self::Passed(_) => 2,
            Self::Unknown(_) => 3,
            Self::Failed(..) => 4,
        }
    }

    fn standing(&self, code: Code) -> Standing {
        match self {
            Self::Failed(..) if self.is_failure() => Standing::Failed(code),
            Self::Skipped(because) => Standing::Failed(*because),
            Self::NotApplicable(reason) => Standing::NotApplicable(reason.clone()),
            _ => Standing::Open,
        }
    }
}

impl Judged {
    /// The worst outcome.
    pub fn worst(&self) -> Option<&Outcome> {
        self.subjects.iter().map(|subject| &subject.outcome).max_by_key(|outcome| outcome.rank())
    }

    /// How it stands towards a container (by name) or towards the pod.
    pub fn standing_for(&self, container: Option<&str>) -> Standing {
        let own = |name: &str| {
            self.subjects.iter().find(|subject| subject.container.as_ref().is_some_and(|c| c.name == name))
        };
        if let Some(subject) = self.subjects.iter().find(|subject| subject.container.is_none()) {
            return subject.outcome.standing(self.check.code);
        }
        match container {
            Some(name) => own(name).map_or(Standing::Open, |subject| subject.outcome.standing(self.check.code)),
            None => self.standing_for_pod(),
        }
    }

    /// A container check binds the pod only if it says the same of every container that decides.
    fn standing_for_pod(&self) -> Standing {
        let mut standings = self
            .subjects
            .iter()
            .filter(|subject| subject.container.as_ref().is_some_and(|container| container.decides))
            .map(|subject| subject.outcome.standing(self.check.code));
        let Some(first) = standings.next() else { return Standing::Open };
        for standing in standings {
            match (&first, &standing) {
                (Standing::Failed(_), Standing::Failed(_))
                | (Standing::NotApplicable(_), Standing::NotApplicable(_)) => {}
                _ => return Standing::Open,
            }
        }
        first
    }
}

/// Judges every registered check.
pub fn judge(evidence: &Evidence, mode: &Mode, options: &Options, target_gap: Option<&Gap>) -> Vec<Judged> {
    let mut done: Vec<Judged> = Vec::new();
    let containers = subjects(evidence, options);
    for check in registry::all() {
        let blanket = blanket(check, evidence, mode, options, target_gap);
        let judged = judge_one(check, evidence, options, blanket, &containers, &done);
        done.push(judged);
    }
    done
}

type Containers<'e> = Result<Vec<(Container<'e>, ContainerSubject)>, Gap>;

fn subjects<'e>(evidence: &'e Evidence, options: &Options) -> Containers<'e> {
    let wanted = options.container.as_deref();
    Ok(evidence
        .containers()?
        .into_iter()
        .filter(|container| wanted.is_none_or(|name| container.name == name))
        .map(|container| {
            let container = Container { asked_for: wanted.is_some(), ..container };
            let decides = container.asked_for || container.kind == ContainerKind::Main;
            let subject = ContainerSubject { name: container.name.clone(), decides };
            (container, subject)
        })
        .collect())
}

fn judge_one(
    check: &'static Check,
    evidence: &Evidence,
    options: &Options,
    blanket: Option<Outcome>,
    containers: &Containers<'_>,
    done: &[Judged],
) -> Judged {
    let weighed = |verdict| {
        let found = guess::mark_suspected(check, cause::defer(check, outcome(verdict), evidence), evidence);
        // On IRSA a pod lacks what Pod Identity needs, and nothing is wrong with that.
        let undecided = matches!(found, Outcome::Failed(..)).then(|| scope::undecided(check, evidence)).flatten();
        undecided.map_or(found, Outcome::Unknown)
    };
    let whole = |outcome: Outcome| Judged { check, subjects: vec![proof::apply(check, None, outcome, evidence)] };
    if let Some(outcome) = blanket {
        return Judged { check, subjects: vec![Subject { container: None, outcome, excused: None }] };
    }
    match (&check.evaluate, containers) {
        (Evaluate::Pod(evaluate), _) => {
            whole(behind(check, None, evidence, options, done).unwrap_or_else(|| weighed(evaluate(evidence))))
        }
        (Evaluate::Container(_), Err(gap)) => whole(Outcome::Unknown(gap.clone())),
        (Evaluate::Container(_), Ok(list)) if list.is_empty() => {
            whole(Outcome::NotApplicable("there is no pod, so there is no container to look at".to_owned()))
        }
        (Evaluate::Container(evaluate), Ok(list)) => Judged {
            check,
            subjects: list
                .iter()
                .map(|(container, subject)| {
                    let found = behind(check, Some(&subject.name), evidence, options, done)
                        .unwrap_or_else(|| weighed(evaluate(evidence, *container)));
                    proof::apply(check, Some(subject.clone()), found, evidence)
                })
                .collect(),
        },
    }
}

/// What is settled without looking: the target is not there, the check was not selected, its area has no meaning.
fn blanket(
    check: &'static Check,
    evidence: &Evidence,
    mode: &Mode,
    options: &Options,
    target_gap: Option<&Gap>,
) -> Option<Outcome> {
    if !options.selection.has(check) {
        return Some(Outcome::NotApplicable("not selected".to_owned()));
    }
    if let Some(reason) = scope::not_asked(check, evidence) {
        return Some(Outcome::NotApplicable(reason));
    }
    if let Some(gap) = target_gap {
        return Some(Outcome::Unknown(gap.clone()));
    }
    scope::not_applicable(check, evidence, mode).map(|reason| Outcome::NotApplicable(reason.to_owned()))
}

/// What the prerequisites say: failed goes before not applicable, not applicable before evaluated.
///
/// A prerequisite that was not selected stands open, and of an ended pod one that is of now. What has no meaning for a service
/// account as a whole does not silence the log of a pod of it.
fn behind(
    check: &Check,
    container: Option<&str>,
    evidence: &Evidence,
    options: &Options,
    done: &[Judged],
) -> Option<Outcome> {
    let mut not_applicable = None;
    let counts = |one: &Check| options.selection.has(one) && !scope::is_past(one, evidence);
    for judged in done.iter().filter(|judged| check.requires.contains(&judged.check) && counts(judged.check)) {
        match judged.standing_for(container) {
            Standing::Failed(code) => return Some(Outcome::Skipped(code)),
            Standing::NotApplicable(_) if scope::is_told_by_log(check, evidence) => {}
            Standing::NotApplicable(reason) => {
                not_applicable.get_or_insert(Outcome::NotApplicable(reason));
            }
            Standing::Open => {}
        }
    }
    not_applicable
}

fn outcome(verdict: Result<Verdict, Gap>) -> Outcome {
    match verdict {
        Ok(Verdict::Pass) => Outcome::Passed(Basis::Configured),
        Ok(Verdict::Fail(findings)) => Outcome::Failed(findings, Basis::Configured),
        Ok(Verdict::NotApplicable(reason)) => Outcome::NotApplicable(reason),
        Err(gap) => Outcome::Unknown(gap),
    }
}
