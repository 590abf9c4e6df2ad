//! Do all pods of one template have their variables? It is separate from the pod's own variables because here nothing is
//! wrong with any of them: the webhook answered for some and not for others.

use jiff::{SignedDuration, Timestamp};

use crate::advice::restart::delete_pods;
use crate::checks::association;
use crate::checks::association::created_before_pod::PROPAGATION;
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict};
use crate::evidence::{Evidence, Gap, GapReason, Sibling, Siblings, Source};
use crate::target::TargetKind;

/// The check.
pub static CHECK: Check = Check {
    code: Code(370),
    name: "injection/siblings",
    area: &super::AREA,
    title: "pods of the same template agree",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Association, Source::Siblings],
    requires: &[&association::exists::CHECK],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[19],
    symptoms: &[
        "some replicas get credentials, others do not",
        "Unable to locate credentials on random new pods",
        "InsufficientNumberOfReplicas",
    ],
    docs: "\
## What it checks
Of the pods with this service account those that one template made, with the same exclusions and
at least a minute after the association: whether some have the variables and some have not. The
first 500 pods of the service account are looked at; where these agree and there are more, it
stays unknown.

## Why it matters
The webhook is called with failure policy `Ignore`. Where it does not answer in time a pod starts
without its variables, and no event tells: one replica works and the next does not.

## How to fix
Delete the pods that lack the variables, so that they are made anew. If it comes back, tell AWS
Support the times at which they were created: the webhook runs in the control plane, and its logs
are there.

## References
- aws/eks-pod-identity-agent: issue 153
- aws/amazon-eks-pod-identity-webhook: `deploy/mutatingwebhook.yaml`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

/// The most pods that one command deletes by name.
const MOST_NAMES: usize = 5;

/// For how long a pod that has ended is counted.
const ENDED_LIFE: SignedDuration = SignedDuration::from_hours(24);

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let own = match evidence.live_pod()? {
        Some(pod) if pod.metadata.controller().is_none() => {
            return Ok(Verdict::not_applicable("no template made the pod, so it has no siblings"));
        }
        Some(pod) => Some(Sibling::of(pod)),
        None if evidence.target.kind == TargetKind::ServiceAccount => None,
        None => return Ok(Verdict::not_applicable("no pod was made yet")),
    };
    evidence.is_this_cluster(Source::Association)?;
    let insufficient = |source, words: &str| Gap::new(source, GapReason::Insufficient, words);
    let association = evidence.association.get()?.as_ref();
    let association = association.ok_or_else(|| insufficient(Source::Association, "the association was not found"))?;
    let made = association.created_at.ok_or_else(|| insufficient(Source::Association, "EKS told no createdAt"))?;
    let siblings = evidence.siblings.get()?;
    // A service account stands for all its templates.
    let first_of_each = own.iter().chain(siblings.pods.iter().filter(|_| own.is_none()));
    let now = evidence.collected_at;
    let split = first_of_each.map(|pod| Split::of(siblings, pod, made + PROPAGATION, now)).find(Split::is_uneven);
    match split {
        Some(split) => Ok(split.finding(evidence, siblings).into()),
        None if siblings.complete => Ok(Verdict::Pass),
        None => {
            let words = format!("only the first {} pods of the service account were read", siblings.pods.len());
            Err(insufficient(Source::Siblings, &words))
        }
    }
}

/// The pods of one template that the webhook ought to have treated alike, newest first.
struct Split<'e> {
    owner: &'e str,
    with: Vec<&'e Sibling>,
    without: Vec<&'e Sibling>,
}

impl<'e> Split<'e> {
    fn of(siblings: &'e Siblings, pod: &'e Sibling, since: Timestamp, now: Timestamp) -> Self {
        // What a pod that ended long ago lacked says nothing about the webhook of now.
        let counts = |one: &&Sibling, created| !one.has_ended || now.duration_since(created) <= ENDED_LIFE;
        let sure = |one: &&Sibling| one.created_at.is_some_and(|created| created >= since && counts(one, created));
        let mut pods: Vec<&Sibling> = siblings.alike(pod).filter(sure).collect();
        pods.sort_by_key(|one| std::cmp::Reverse(one.created_at));
        let (with, without) = pods.into_iter().partition(|one| one.has_variables);
        Self { owner: pod.owner.as_deref().unwrap_or_default(), with, without }
    }

    fn is_uneven(&self) -> bool {
        !self.with.is_empty() && !self.without.is_empty()
    }

    fn finding(&self, evidence: &Evidence, siblings: &Siblings) -> Finding {
        let (lacking, all) = (self.without.len(), self.with.len() + self.without.len());
        let verb = if lacking == 1 { "lacks" } else { "lack" };
        let read = if siblings.complete { "" } else { " (of the first page of pods that was read)" };
        let words =
            format!("{lacking} of {all} pods of {} {verb} the variables, the others have them{read}", self.owner);
        let finding = Finding::warning(words).expected("the variables in all of them: they are made from one template");
        let newest = [("newest without", &self.without), ("newest with", &self.with)];
        let finding = newest.into_iter().fold(finding, |finding, (field, pods)| match pods.first() {
            Some(pod) => finding.observed(Source::Siblings, field, told(pod)),
            None => finding,
        });
        let running = || self.without.iter().filter(|pod| !pod.has_ended).map(|pod| pod.name.as_str());
        let names: Vec<&str> = running().take(MOST_NAMES).collect();
        let does = if running().count() > names.len() {
            "delete the newest pods that lack them"
        } else {
            "delete the pods that lack them"
        };
        let words = "if it comes back, ask AWS Support about the webhook at the times when these pods were created";
        finding
            .fix((!names.is_empty()).then(|| delete_pods(evidence, does, &names)))
            .fix(Remediation::words(words, "the webhook runs in the control plane, where only AWS sees its logs"))
    }
}

fn told(pod: &Sibling) -> String {
    let created = pod.created_at.map(|time| time.to_string()).unwrap_or_default();
    format!("{} created {created}", pod.name)
}
