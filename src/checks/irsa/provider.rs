//! Asks whether the role trusts this cluster's identity provider, and whether IAM has that provider.
//!
//! It is separate from the conditions: a role of another cluster needs a new statement, and a provider that was never
//! registered needs no change of the role.

use crate::advice::web_identity::{accept_audience, create_provider, trust_provider};
use crate::advice::{RoleToName, create_association, words};
use crate::checks::{AsOf, Check, Code, Evaluate, Finding, Severity, Verdict};
use crate::evidence::{Evidence, Gap, GapReason, Role, Source};
use crate::reasoning::iam::calls::{ASSUME_ROLE, ASSUME_ROLE_WITH_WEB_IDENTITY, POD_IDENTITY_SERVICE};
use crate::reasoning::iam::questions::{named, trusted};
use crate::reasoning::iam::{Document, Naming, PrincipalKind, RequestPrincipal, Trusted};
use crate::reasoning::role::irsa::Provider;

/// The check.
pub static CHECK: Check = Check {
    code: Code(892),
    name: "irsa/provider",
    area: &super::AREA,
    title: "the cluster's identity provider is registered and trusted",
    severity: Severity::Error,
    decisive: true,
    since: "0.1.0",
    reads: &[
        Source::IrsaRole,
        Source::Cluster,
        Source::IdentityProviders,
        Source::IdentityProvider,
        Source::ServiceAccount,
    ],
    requires: &[&super::role_exists::CHECK],
    as_of: AsOf::Now,
    is_common: true,
    tells: &[152],
    symptoms: &[
        "Not authorized to perform sts:AssumeRoleWithWebIdentity",
        "InvalidIdentityToken: No OpenIDConnect provider found in your account for",
        "InvalidIdentityToken: Incorrect token audience",
    ],
    docs: r"## What it checks
That an Allow statement of the role's trust policy names the identity provider of this cluster's
issuer, in the role's account, and the action `sts:AssumeRoleWithWebIdentity`; that IAM has a
provider of that ARN; and that the provider accepts tokens for the audience of the pod's token.

## Why it matters
Each cluster has an issuer of its own. A role that was made for another cluster, or for the
cluster before it was made again, names another provider, and AWS STS refuses the token.

## How to fix
Register the provider once for each cluster and account, with the audience `sts.amazonaws.com`; add
a statement for it to the role. The printed command keeps all other statements.

## References
- Amazon EKS user guide, 'Create an IAM OIDC provider for your cluster'
- Amazon EKS user guide, 'Assign IAM roles to Kubernetes service accounts'
- IAM API reference, GetOpenIDConnectProvider and AddClientIDToOpenIDConnectProvider
",
    evaluate: Evaluate::Pod(evaluate),
    ..Check::DEFAULT
};

fn evaluate(evidence: &Evidence) -> Result<Verdict, Gap> {
    if evidence.irsa_role_arn()?.is_none() {
        return Ok(Verdict::not_applicable("nothing asks for IAM roles for service accounts"));
    }
    let role = evidence.existing_irsa_role()?;
    let document = evidence.irsa_trust_policy()?;
    let provider = evidence.irsa_provider()?;
    let asking = RequestPrincipal::Federated(provider.arn.clone());
    let mut findings = Vec::new();
    let trust = named(&document, &asking, ASSUME_ROLE_WITH_WEB_IDENTITY);
    let registered = evidence.identity_providers.get().map(|known| known.has(&provider.arn));
    let audience = evidence.irsa_audience();
    let accepted = match (evidence.identity_provider.get(), evidence.service_account.gap()) {
        // Only the service account tells which audience it asks for.
        (Ok(Some(_)), Some(gap)) => Err(gap.clone()),
        (Ok(Some(settings)), None) => Ok(settings.client_id_list.iter().any(|one| one == audience)),
        // Evidence of before it was asked for has no such answer.
        (Err(gap), _) if gap.reason != GapReason::NotRequested => Err(gap),
        (Ok(None) | Err(_), _) => Ok(true),
    };
    if registered == Ok(false) {
        findings.push(not_registered(evidence, &provider));
    } else if accepted == Ok(false) {
        findings.push(not_for(evidence, &provider, audience));
    }
    if trust == Naming::NotNamed {
        findings.push(not_trusted(evidence, role, &document, &provider));
    }
    match (findings.as_slice(), registered.and(accepted), trust) {
        ([], Err(gap), _) => Err(gap),
        ([], _, Naming::Undecidable(clauses)) => {
            let words: Vec<String> = clauses.iter().map(ToString::to_string).collect();
            Err(Gap::undecidable(Source::IrsaRole, words.join("; ")))
        }
        _ => Ok(Verdict::from_findings(findings)),
    }
}

fn not_registered(evidence: &Evidence, provider: &Provider) -> Finding {
    Finding::error("IAM has no identity provider for the cluster's issuer")
        .observed(Source::Cluster, "identity.oidc.issuer", format!("https://{}", provider.issuer))
        .found("no provider of this ARN")
        .expected(&provider.arn)
        .fix(create_provider(evidence, provider))
}

fn not_for(evidence: &Evidence, provider: &Provider, audience: &str) -> Finding {
    let accepted = evidence.identity_provider.present().map(|settings| settings.client_id_list.join(", "));
    Finding::error(format!("the cluster's identity provider in IAM does not accept tokens for {audience}"))
        .observed(Source::IdentityProvider, "ClientIDList", accepted.unwrap_or_default())
        .found(format!("{} without this audience", provider.arn))
        .expected(audience)
        .fix(accept_audience(provider, audience))
}

fn not_trusted(evidence: &Evidence, role: &Role, document: &Document, provider: &Provider) -> Finding {
    let trusted = trusted(document);
    let name = &role.role_name;
    let is = |kind, value: &str| trusted.iter().any(|one| one.kind == kind && one.value == value && !one.except);
    let message = if is(PrincipalKind::Federated, &provider.arn) {
        format!("the role {name} names the cluster's identity provider without {ASSUME_ROLE_WITH_WEB_IDENTITY}")
    } else if trusted.iter().any(is_of_another_cluster) {
        format!("the role {name} trusts the identity provider of another cluster")
    } else {
        format!("the role {name} does not trust the cluster's identity provider")
    };
    let mut finding = Finding::error(message);
    for one in trusted.iter().filter(|one| one.kind == PrincipalKind::Federated) {
        finding = finding.observed(Source::IrsaRole, format!("{}.Principal.Federated", one.place), &one.value);
    }
    let finding = finding
        .found(words::trust::summary(&trusted))
        .expected(format!("an Allow of {ASSUME_ROLE_WITH_WEB_IDENTITY} for {}", provider.arn))
        .fix(trust_provider(evidence, name, document, provider));
    let lets_eks_in =
        trusted.iter().any(|one| one.value == POD_IDENTITY_SERVICE && one.actions.iter().any(|a| a == ASSUME_ROLE));
    let Some(account) = evidence.service_account_name().ok().filter(|_| lets_eks_in) else { return finding };
    // The role was made for Pod Identity: what is missing may be the association.
    let mut create = create_association(evidence, account, RoleToName::Arn(&role.arn));
    let does = "let it use EKS Pod Identity, which the role trusts: create the association, then restart";
    does.clone_into(&mut create.does);
    finding.fix(create.or())
}

fn is_of_another_cluster(trusted: &Trusted) -> bool {
    trusted.kind == PrincipalKind::Federated && trusted.value.contains(":oidc-provider/oidc.eks.")
}
