//! Does the annotation `skip-containers` leave out this container? It is separate from the pod's own exclusion because it
//! is often meant, so most of what it finds is a note.

use crate::advice::restart;
use crate::advice::template::{Part, change_metadata};
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::metadata::SKIP_CONTAINERS;
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::{Container, Evidence, Gap, Pod, Source};
use crate::reasoning::pod::skip_containers::names;

/// The check.
pub static CHECK: Check = Check {
    code: Code(330),
    name: "injection/containers-selected",
    area: &super::AREA,
    title: "no container is excluded from injection",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ServiceAccount],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[18],
    symptoms: &["eks.amazonaws.com/skip-containers", "one container of the pod has credentials, another has none"],
    docs: "\
## What it checks
Whether the pod annotation `eks.amazonaws.com/skip-containers` names the container. The webhook
reads the value as one record of CSV: blanks belong to a name, quotes must be closed, and a value
that cannot be read excludes nobody. On a service account it has no effect.

## Why it matters
A container that is named gets no variables. That is a note where others of the pod keep theirs,
and an error where no main container is left, or where the container was asked for with `-c`. A
value that names nobody does not do what was meant.

## How to fix
Take the name out of the annotation in the pod template; separate names by a comma alone.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`, `README.md`
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    let Some(pod) = evidence.pod_or_template()? else { return Ok(Verdict::Pass) };
    let is_first = pod.spec.containers.first().is_some_and(|first| first.name == container.name);
    let Some(value) = pod.skip_containers() else {
        return if is_first { on_the_account(evidence) } else { Ok(Verdict::Pass) };
    };
    let listed = names(value).unwrap_or_default();
    let finding = if listed.contains(&container.name) {
        Some(named(evidence, pod, container, &listed))
    } else {
        names_nobody(pod, container, is_first, &listed)
    };
    Ok(Verdict::from_findings(
        finding.map(|finding| finding.observed(Source::Pod, SKIP_CONTAINERS, value)).into_iter().collect(),
    ))
}

/// An annotation of the service account, where the webhook does not look; told once, by the first main container.
fn on_the_account(evidence: &Evidence) -> Result<Verdict, Gap> {
    let Some(account) = evidence.service_account.get()? else { return Ok(Verdict::Pass) };
    let Some(value) = account.metadata.annotations.get(SKIP_CONTAINERS) else { return Ok(Verdict::Pass) };
    let words = format!("the annotation {SKIP_CONTAINERS} of service account {} has no effect", account.metadata.name);
    Ok(Finding::note(words)
        .observed(Source::ServiceAccount, format!("metadata.annotations[{SKIP_CONTAINERS}]"), value)
        .expected("the annotation on the pod")
        .into())
}

fn named(evidence: &Evidence, pod: &Pod, container: Container<'_>, listed: &[String]) -> Finding {
    let is_main = container.kind == ContainerKind::Main;
    if container.is_injected() {
        Finding::note(format!(
            "the annotation leaves out container {}, which has its variables all the same",
            container.name
        ))
        .expected("an annotation that was there when the pod was created")
    } else if container.asked_for {
        let without = |name: &str| name == container.name;
        Finding::error(format!("the annotation {SKIP_CONTAINERS} leaves out container {}", container.name))
            .fixes(take_out(evidence, pod, listed, without))
    } else if is_main && pod.skips_all_main_containers() {
        let without = |name: &str| pod.spec.containers.iter().any(|main| main.name == name);
        Finding::error(format!("the annotation {SKIP_CONTAINERS} leaves out every main container"))
            .fixes(take_out(evidence, pod, listed, without))
    } else {
        Finding::note(format!("the annotation leaves out container {}", container.name))
    }
}

/// Writes the annotation anew, without some of its names and without those that name nobody.
fn take_out(evidence: &Evidence, pod: &Pod, listed: &[String], without: impl Fn(&str) -> bool) -> Vec<Remediation> {
    let template = evidence.workload().filter(|owner| owner.template_known && !pod.from_template);
    let kept = template.map(|owner| owner.template_annotations.get(SKIP_CONTAINERS).and_then(|value| names(value)));
    let kept = kept.map(Option::unwrap_or_default);
    // The template leaves out none of them by now: a new pod is enough, unless somebody else sets the annotation.
    if kept.is_some_and(|kept| !kept.iter().any(|name| without(name))) {
        let does = "find what sets the annotation, which the pod template does not: another mutating webhook, an older template, or a person";
        let look = Remediation::words(does, "the next pod is made without it once that is gone");
        return vec![look, restart(evidence)];
    }
    let exists = |name: &str| pod.containers().any(|container| container.name == name);
    let rest: Vec<&str> = listed.iter().map(String::as_str).filter(|name| exists(name) && !without(name)).collect();
    let value = Some(rest.join(",")).filter(|value| !value.is_empty());
    change_metadata(evidence, Part::Annotation, SKIP_CONTAINERS, value.as_deref())
}

/// A name that only blanks keep from being this container's; for the first main container also a value without effect.
fn names_nobody(pod: &Pod, container: Container<'_>, is_first: bool, listed: &[String]) -> Option<Finding> {
    if listed.iter().any(|name| name.trim() == container.name) {
        let words =
            format!("the annotation does not leave out container {}, because blanks belong to a name", container.name);
        return Some(Finding::note(words).expected("names with nothing but a comma between them"));
    }
    let names_one = listed.iter().any(|name| pod.containers().any(|one| one.name == name.trim()));
    (is_first && !names_one).then(|| {
        let reason = if listed.is_empty() { "it cannot be read as CSV" } else { "no container has such a name" };
        Finding::note(format!("the annotation {SKIP_CONTAINERS} leaves out nobody: {reason}"))
    })
}
