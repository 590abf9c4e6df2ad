//! Does EKS' mutating webhook see pods that are created in this namespace? Without it nothing else of this area happens,
//! and because its failure policy is `Ignore`, nothing says so.

use std::collections::BTreeMap;

use crate::advice::restart;
use crate::advice::webhook::{WEBHOOK_URL, create_webhook_configuration, pod_creation, replace_webhook_field};
use crate::checks::{Check, Code, Evaluate, Finding, Remediation, Severity, Strikes, Verdict};
use crate::evidence::kubernetes::metadata::{WEBHOOK, WEBHOOK_CONFIGURATION};
use crate::evidence::kubernetes::network_policy::{LabelSelector, Match};
use crate::evidence::kubernetes::webhook::{Rule, Webhook, pod_identity};
use crate::evidence::{Evidence, Gap, GapReason, Source, WebhookConfiguration};

/// The check.
pub static CHECK: Check = Check {
    code: Code(310),
    name: "injection/webhook",
    area: &super::AREA,
    title: "the Pod Identity webhook covers this namespace",
    severity: Severity::Error,
    since: "0.1.0",
    reads: &[Source::Pod, Source::Webhooks, Source::Namespace],
    strikes: Strikes::PodsOnPodIdentity,
    tells: &[20],
    symptoms: &[
        "Unable to locate credentials",
        "NoCredentialsError",
        "no new pod of the namespace gets AWS_CONTAINER_CREDENTIALS_FULL_URI",
    ],
    docs: "\
## What it checks
That a mutating webhook configuration calls `iam-for-pods.amazonaws.com` when a pod is created,
and that its `namespaceSelector` does not leave out the pod's namespace. Other differences from
what EKS sets up are notes.

## Why it matters
The webhook runs in the control plane and is called with failure policy `Ignore`: if the
configuration was deleted or edited, pods start without their variables and no event tells.

## How to fix
Create the configuration again with the certificate authority of the cluster, or put the edited
field back; then restart what started in between.

## References
- AWS re:Post, *How do I troubleshoot IRSA errors in Amazon EKS?*
- aws/amazon-eks-pod-identity-webhook: `deploy/mutatingwebhook.yaml`
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    let injected = evidence.live_pod()?.is_some_and(|pod| pod.containers().any(|container| container.is_injected()));
    let all = pod_identity(evidence.webhooks.get()?);
    if all.is_empty() {
        let create = create_webhook_configuration(evidence);
        return Ok(fail(evidence, injected, "no configuration calls the Pod Identity webhook", create)
            .found(format!("no mutating webhook configuration holds {WEBHOOK}"))
            .expected(format!("MutatingWebhookConfiguration {WEBHOOK_CONFIGURATION} with the webhook {WEBHOOK}"))
            .into());
    }
    // One that covers the namespace is enough, whatever stands beside it.
    let judged = all.into_iter().map(|(configuration, webhook)| judge(evidence, injected, configuration, webhook));
    let rank = |verdict: &Result<Verdict, Gap>| match verdict {
        Ok(Verdict::Fail(findings)) if findings.severity() > Severity::Note => 2,
        Err(_) => 1,
        _ => 0,
    };
    judged.min_by_key(rank).unwrap_or(Ok(Verdict::Pass))
}

fn fail(evidence: &Evidence, injected: bool, words: &str, fix: Remediation) -> Finding {
    if injected {
        Finding::warning(format!("{words}, so the next pod gets no credential variables")).fix(fix)
    } else {
        Finding::error(words).fix(fix).fix(restart(evidence))
    }
}

fn judge(
    evidence: &Evidence,
    injected: bool,
    configuration: &WebhookConfiguration,
    webhook: &Webhook,
) -> Result<Verdict, Gap> {
    let name = &configuration.metadata.name;
    let fail = |words: &str, field: &str, value| {
        let fix = replace_webhook_field(name, position(configuration, webhook), field, &value);
        fail(evidence, injected, words, fix)
    };
    let mut findings = Vec::new();
    if !webhook.rules.iter().any(Rule::covers_pod_creation) {
        let finding = fail("the Pod Identity webhook is not called when pods are created", "rules", pod_creation());
        findings.push(finding.expected(format!("a rule of MutatingWebhookConfiguration {name} for CREATE of pods")));
    }
    let url = webhook.client_config.as_ref().and_then(|config| config.url.as_deref());
    if let Some(url) = url.filter(|url| *url != WEBHOOK_URL && !injected) {
        // EKS calls it at one address: at another it answers nobody, and pods are made without it.
        let fix = replace_webhook_field(
            name,
            position(configuration, webhook),
            "clientConfig/url",
            &serde_json::Value::from(WEBHOOK_URL),
        );
        let finding = self::fail(evidence, injected, "the Pod Identity webhook is called at another address", fix);
        findings.push(finding.suspected().observed(Source::Webhooks, "clientConfig.url", url).expected(WEBHOOK_URL));
    }
    let covered = covers_namespace(webhook.namespace_selector.as_ref(), evidence);
    if let Ok(Some(clause)) = &covered {
        let words = format!("the Pod Identity webhook leaves out namespace {}", evidence.target.namespace);
        let finding = fail(&words, "namespaceSelector", serde_json::json!({}));
        findings.push(finding.observed(Source::Webhooks, "namespaceSelector", clause.as_str()));
    }
    if findings.is_empty() {
        covered?;
        if let Some(condition) = webhook.match_conditions.first() {
            let words = format!("match condition {} of the webhook cannot be evaluated here", condition.name);
            return Err(Gap::undecidable(Source::Webhooks, words));
        }
    }
    findings.extend(differences(webhook));
    Ok(Verdict::from_findings(findings))
}

fn position(configuration: &WebhookConfiguration, webhook: &Webhook) -> usize {
    configuration.webhooks.iter().position(|one| one.name == webhook.name).unwrap_or_default()
}

/// The clause that leaves the namespace out; `None` where it is covered.
fn covers_namespace(selector: Option<&LabelSelector>, evidence: &Evidence) -> Result<Option<String>, Gap> {
    let Some(selector) = selector else { return Ok(None) };
    // The API server puts this label on every namespace, so it is known even where the namespace may not be read.
    let own_name = "kubernetes.io/metadata.name";
    let mut labels = BTreeMap::from([(own_name.to_owned(), evidence.target.namespace.clone())]);
    let others = selector.match_labels.keys().chain(selector.match_expressions.iter().map(|one| &one.key));
    if others.into_iter().any(|key| key != own_name) {
        let absent = || Gap::new(Source::Namespace, GapReason::Insufficient, "the namespace does not exist");
        labels.extend(evidence.namespace.get()?.as_ref().ok_or_else(absent)?.metadata.labels.clone());
    }
    match selector.evaluate(&labels) {
        Match::Yes => Ok(None),
        Match::No(clause) => Ok(Some(clause)),
        Match::Undecided(clause) => Err(Gap::undecidable(Source::Webhooks, format!("namespaceSelector has {clause}"))),
    }
}

fn differences(webhook: &Webhook) -> impl Iterator<Item = Finding> {
    let url = webhook.client_config.as_ref().map(|config| config.url.as_deref().unwrap_or("a service"));
    let fields = [
        ("clientConfig", url, WEBHOOK_URL),
        ("failurePolicy", webhook.failure_policy.as_deref(), "Ignore"),
        ("reinvocationPolicy", webhook.reinvocation_policy.as_deref(), "IfNeeded"),
    ];
    fields.into_iter().filter_map(|(field, found, expected)| {
        let found = found.filter(|found| *found != expected)?;
        Some(Finding::note(format!("{field} of the webhook is not what EKS sets up")).found(found).expected(expected))
    })
}
