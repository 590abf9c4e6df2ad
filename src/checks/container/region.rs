//! Does the container know its region? It is separate from credentials: they may be fine, and no request can be signed.

use super::variables_found::look;
use crate::advice::template::{set_variable, unset_variables};
use crate::checks::{
    Check, Code, Evaluate, Finding, ProvenBy, Remediation, Severity, Success, Verdict, injection, irsa,
};
use crate::evidence::kubernetes::environment::{EnvValue, EnvVar};
use crate::evidence::{Container, Evidence, Gap, Source};

const NAMES: [&str; 2] = ["AWS_REGION", "AWS_DEFAULT_REGION"];

/// The check.
pub static CHECK: Check = Check {
    code: Code(460),
    name: "container/region",
    area: &super::AREA,
    title: "the container knows its region",
    severity: Severity::Warning,
    since: "0.1.0",
    reads: &[Source::Pod, Source::ConfigMaps, Source::Secrets],
    explained_by: &[&[&injection::variables::CHECK, &irsa::variables::CHECK]],
    proven_by: ProvenBy::Success(Success::OfOnlyContainer),
    tells: &[119, 142],
    symptoms: &[
        "You must specify a region",
        "NoRegionError",
        "Region is missing",
        "Unable to load region from any of the providers in the chain",
        "Invalid Configuration: Missing Region",
        "Could not load the default region",
    ],
    docs: "\
## What it checks
That the container has `AWS_REGION` or `AWS_DEFAULT_REGION`, and that neither names another region
than the cluster's. The webhook writes both, unless it finds one of them, even an empty one.

## Why it matters
Without a region most SDKs make no request at all. Another region is often meant, and sometimes it
was frozen when a manifest was copied from a running pod: that is a note.

## How to fix
Remove an empty variable from the template, so that the webhook writes both, or set the region.

## References
- aws/amazon-eks-pod-identity-webhook: `pkg/handler/handler.go`
- AWS SDKs and Tools Reference Guide, *AWS Region*
",
    evaluate: Evaluate::Container(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence, container: Container<'_>) -> Result<Verdict, Gap> {
    if let Some(reason) = evidence.pod_or_template()?.and_then(|pod| pod.leaves_out(&container)) {
        return Ok(Verdict::NotApplicable(reason));
    }
    let found = look(evidence, &container, &NAMES);
    let empty = empty(&container);
    if found.set.is_empty() {
        if evidence.live_pod()?.is_none() && empty.is_empty() {
            return Ok(Verdict::not_applicable("no pod was made yet, and the webhook adds the region"));
        }
        // Whether the webhook should have written it depends on what could not be read.
        let carries = evidence.containers()?.iter().any(Container::has_pod_identity_variables);
        if !carries && empty.is_empty() && evidence.associated().is_err() {
            return Ok(Verdict::not_applicable("whether the webhook should have added the region is not known"));
        }
        return found.gap.map_or_else(|| Ok(missing(evidence, &container, &empty).into()), Err);
    }
    let unread = NAMES.iter().find(|name| container.variable(name).is_some_and(EnvVar::has_references));
    if let Some(name) = unread {
        return Err(Gap::undecidable(Source::Pod, format!("the value of {name} comes from another variable")));
    }
    let other = found.set.iter().filter_map(|(name, _)| {
        let cluster = &evidence.context.region.as_ref()?.value;
        let own = container.variable(name)?.text()?;
        (own != cluster).then(|| other_region(name, own, cluster))
    });
    Ok(Verdict::from_findings(other.collect()))
}

/// The region variables that are there and empty.
fn empty(container: &Container<'_>) -> Vec<&'static str> {
    let is_empty = |name: &&str| container.variable(name).is_some_and(|variable| variable.value == EnvValue::Empty);
    NAMES.into_iter().filter(is_empty).collect()
}

fn missing(evidence: &Evidence, container: &Container<'_>, empty: &[&'static str]) -> Finding {
    let message = match empty {
        [] => "the container has no region, without which most SDKs make no request".to_owned(),
        names => format!("{} is set and empty, so the webhook adds no region", names.join(" and ")),
    };
    let fixes: Vec<Remediation> = match (empty, evidence.context.region.as_ref()) {
        ([], Some(region)) => set_variable(evidence, &container.name, NAMES[0], &region.value),
        ([], None) => set_variable(evidence, &container.name, NAMES[0], "REGION"),
        (names, _) => unset_variables(evidence, &container.name, names),
    };
    let finding = Finding::warning(message).expected("AWS_REGION and AWS_DEFAULT_REGION, as the webhook writes them");
    empty.iter().fold(finding, |finding, name| finding.observed(Source::Pod, *name, "empty")).fixes(fixes)
}

fn other_region(name: &str, own: &str, cluster: &str) -> Finding {
    Finding::note(format!("{name} names another region than the cluster's; a copied manifest can freeze it"))
        .observed(Source::Pod, name, own)
        .found(own)
        .expected(format!("{cluster} unless another region is meant"))
}
