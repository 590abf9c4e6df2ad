//! Remedies for IAM roles for service accounts: the annotation, the identity provider, the trust in it.

use serde_json::{Value, json};

use super::trust::{let_in_when, replace};
use super::{cluster_name, region_option};
use crate::evidence::Evidence;
use crate::evidence::kubernetes::metadata::{ROLE_ANNOTATION, STS_AUDIENCE};
use crate::findings::remediation::{Command, Part, Remediation, shell, terraform_name, terraform_string};
use crate::reasoning::iam::calls::ASSUME_ROLE_WITH_WEB_IDENTITY;
use crate::reasoning::iam::edit::{fixed, lets_in};
use crate::reasoning::iam::{Clause, Document, RequestPrincipal, edit};
use crate::reasoning::role::irsa::Provider;

/// Writes a role into the annotation of the service account.
pub fn annotate(evidence: &Evidence, role_arn: &str) -> Remediation {
    let account = evidence.service_account_name().unwrap_or_default();
    let does = if role_arn == "ROLE_ARN" {
        "put the ARN of the role where ROLE_ARN stands (aws iam list-roles shows them)".to_owned()
    } else {
        format!("put the ARN of the role into the annotation of service account {account}")
    };
    Remediation::kubectl(
        does,
        format!(
            "kubectl -n {} annotate --overwrite serviceaccount {} {}",
            shell(&evidence.target.namespace),
            shell(account),
            shell(&format!("{ROLE_ANNOTATION}={role_arn}"))
        ),
        format!("new pods of service account {account} get that role"),
    )
}

/// Registers the cluster's issuer in IAM.
pub fn create_provider(evidence: &Evidence, provider: &Provider) -> Remediation {
    let (url, audience) = (format!("https://{}", provider.issuer), evidence.irsa_audience());
    let (cluster, region) = (shell(cluster_name(evidence)), region_option(evidence));
    Remediation {
        part: Part::Step,
        does: "register the cluster's issuer as an identity provider".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws iam create-open-id-connect-provider --url {} --client-id-list {}",
                shell(&url),
                shell(audience)
            ),
            // eksctl registers the usual audience alone.
            eksctl: (audience == STS_AUDIENCE)
                .then(|| format!("eksctl utils associate-iam-oidc-provider{region} --cluster {cluster} --approve")),
            terraform: Some(format!(
                "resource \"aws_iam_openid_connect_provider\" \"{}\" {{\n  url            = {}\n  client_id_list = [{}]\n}}",
                terraform_name(cluster_name(evidence)),
                terraform_string(&url),
                terraform_string(audience)
            )),
        },
        changes: "lets roles of the account trust tokens of this cluster; no role changes by it".to_owned(),
    }
}

/// Lets the identity provider accept tokens for one audience more.
pub fn accept_audience(provider: &Provider, audience: &str) -> Remediation {
    if audience != STS_AUDIENCE {
        return Remediation::words(
            format!(
                "let the identity provider accept tokens for {audience}, or let the service account ask for {STS_AUDIENCE}"
            ),
            "every role that trusts the provider without a condition on the audience then accepts such tokens",
        );
    }
    Remediation {
        part: Part::Step,
        does: format!("let the identity provider accept tokens for {audience}"),
        command: Command::Aws {
            aws: format!(
                "aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn {} --client-id {}",
                shell(&provider.arn),
                shell(audience)
            ),
            eksctl: None,
            terraform: None,
        },
        changes: "keeps the audiences that it accepts; roles that trust the provider then accept tokens for AWS STS"
            .to_owned(),
    }
}

/// Lets this service account assume the role with its token, and no other, by the one policy that fixes every fault of it;
/// `None` where no edit does.
pub fn let_account_in(
    evidence: &Evidence,
    role_name: &str,
    document: &Document,
    provider: &Provider,
) -> Option<Remediation> {
    let request = evidence.web_identity_call(provider).request();
    let edited = fixed(document, &[request], Some(&statement(evidence, provider)))?;
    let does = "let this service account assume the role with its token";
    Some(replace(role_name, evidence.existing_irsa_role().ok(), does, document, &edited))
}

/// The same, in words where no edit does it.
pub fn trust_provider(evidence: &Evidence, role_name: &str, document: &Document, provider: &Provider) -> Remediation {
    let_account_in(evidence, role_name, document, provider).unwrap_or_else(|| {
        Remediation::words(
            format!(
                "add a statement to the trust policy of role {role_name} that allows {ASSUME_ROLE_WITH_WEB_IDENTITY} to {}",
                provider.arn
            ),
            "keep every statement that is there",
        )
    })
}

/// Creates the role, with a trust policy for this service account.
pub fn create_role(evidence: &Evidence, name: &str, partition: &str, account: &str) -> Remediation {
    let cluster = evidence.cluster.present().and_then(|cluster| cluster.identity.as_ref()?.oidc.as_ref());
    let issuer = cluster.map(|oidc| oidc.issuer.trim_start_matches("https://").trim_end_matches('/').to_owned());
    let issuer = issuer.filter(|issuer| !issuer.is_empty()).unwrap_or_else(|| "ISSUER".to_owned());
    let provider = Provider { arn: format!("arn:{partition}:iam::{account}:oidc-provider/{issuer}"), issuer };
    let policy = Document::empty().with_statement(statement(evidence, &provider)).map(|policy| policy.to_json());
    Remediation {
        part: Part::Step,
        does: "create the role".to_owned(),
        command: Command::Aws {
            aws: format!(
                "aws iam create-role --role-name {} --assume-role-policy-document {}",
                shell(name),
                shell(&policy.unwrap_or_default())
            ),
            eksctl: None,
            terraform: None,
        },
        changes: format!("makes role {name} without permissions: attach its policies"),
    }
}

/// Lets EKS Pod Identity in beside what the trust policy allows already; nothing where it does so already.
pub fn trust_both(evidence: &Evidence, role_name: &str, document: &Document) -> Option<Remediation> {
    // An association that is made anew has session tags.
    let is_in = lets_in(document, &evidence.trust_requests(true));
    (!is_in).then(|| let_in_when(evidence, evidence.existing_irsa_role().ok(), role_name, document, true)).flatten()
}

/// Says in words which conditions keep the service account out.
pub fn loosen(role_name: &str, clauses: &[Clause]) -> Remediation {
    let places: Vec<&str> = clauses.iter().map(|clause| clause.place.as_str()).collect();
    Remediation::words(
        format!("change the trust policy of role {role_name} at {}", places.join(" and ")),
        "what a token of Kubernetes gives a condition is its subject (sub) and its audience (aud)",
    )
}

/// The statement that lets in this service account and no other.
fn statement(evidence: &Evidence, provider: &Provider) -> Value {
    let account = evidence.service_account_name().unwrap_or_default();
    let condition = json!({ "StringEquals": {
        format!("{}:sub", provider.issuer): format!("system:serviceaccount:{}:{account}", evidence.target.namespace),
        format!("{}:aud", provider.issuer): evidence.irsa_audience(),
    } });
    let principal = RequestPrincipal::Federated(provider.arn.clone());
    edit::allow(&principal, &[ASSUME_ROLE_WITH_WEB_IDENTITY], Some(&condition))
}
