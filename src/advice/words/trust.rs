//! Words about a trust policy: whom it trusts, and which statement decides.

use crate::evidence::{Association, Source};
use crate::findings::Finding;
use crate::reasoning::iam::calls::POD_IDENTITY_SERVICE;
use crate::reasoning::iam::{Actual, Clause, PrincipalKind, StatementVerdict, Trusted};

/// A statement by its place, and by the name that its author gave it.
pub fn statement(verdict: &StatementVerdict) -> String {
    match &verdict.sid {
        Some(sid) => format!("{} (Sid {sid})", verdict.place),
        None => verdict.place.clone(),
    }
}

/// What a failing condition wants, in the pod's own terms where it is one of the six tags.
pub fn headline(role_name: &str, clause: &Clause, association: Option<&Association>) -> String {
    if clause.is_on_session_tags() && association.is_some_and(|association| !association.has_session_tags()) {
        return format!(
            "the trust policy of role {role_name} requires session tags, and the association switches them off"
        );
    }
    match asks(clause) {
        Some(asks) => format!("the trust policy of role {role_name} {asks}"),
        None => format!("the trust policy of role {role_name} leaves this pod out"),
    }
}

/// What a condition asks for or rules out, and what the request has instead; `None` for a clause that is no condition.
pub fn asks(clause: &Clause) -> Option<String> {
    let (operator, key) = clause.condition()?;
    let verb = verb(operator);
    Some(format!("{verb} {} {}; {}", named(key), listed(&clause.wanted), instead(key, clause)))
}

fn verb(operator: &str) -> &'static str {
    if operator.contains("Not") { "excludes" } else { "requires" }
}

/// What the request has, in the pod's own terms.
fn instead(key: &str, clause: &Clause) -> String {
    let has = actual(clause);
    match (named(key), &clause.actual) {
        ("namespace", Actual::Values(_)) => format!("this pod is in {has}"),
        ("service account", Actual::Values(_)) => format!("this pod uses {has}"),
        _ => format!("the request has {has}"),
    }
}

/// A condition key in the pod's own terms, where it is one of the six tags.
pub fn named(key: &str) -> &str {
    match key.to_ascii_lowercase().strip_prefix("aws:requesttag/") {
        Some("kubernetes-namespace") => "namespace",
        Some("kubernetes-service-account") => "service account",
        Some("kubernetes-pod-name") => "pod name",
        Some("kubernetes-pod-uid") => "pod UID",
        Some("eks-cluster-name") => "cluster name",
        Some("eks-cluster-arn") => "cluster ARN",
        _ => key,
    }
}

/// What a failing condition on a token wants: its subject or its audience, without the issuer before it.
pub fn token_headline(role_name: &str, clause: &Clause, issuer: &str) -> String {
    let Some((operator, key)) = clause.condition() else {
        return format!("the trust policy of role {role_name} leaves this service account out");
    };
    let Some(claim) = key.strip_prefix(issuer).and_then(|claim| claim.strip_prefix(':')) else {
        return match key.rsplit(':').next() {
            Some("sub" | "aud") => {
                format!("the trust conditions of role {role_name} are on tokens of another issuer than the cluster's")
            }
            _ => format!("the trust policy of role {role_name} requires {key}, which a token does not have"),
        };
    };
    let verb = verb(operator);
    let pattern = !operator.contains("Like") && clause.wanted.iter().any(|wanted| wanted.contains('*'));
    let hint =
        if pattern { format!(" — {operator} takes * as a letter, StringLike as a pattern") } else { String::new() };
    format!(
        "the trust policy of role {role_name} {verb} {claim} {}; the token has {}{hint}",
        listed(&clause.wanted),
        actual(clause)
    )
}

/// What the request has where a clause looks.
pub fn actual(clause: &Clause) -> String {
    match &clause.actual {
        Actual::Values(values) => values.join(", "),
        Actual::Absent => "none".to_owned(),
        Actual::Unknown => "an unknown one".to_owned(),
    }
}

/// What clauses of one statement want, with the statement by index and name.
pub fn wanted(verdict: &StatementVerdict) -> String {
    let wants = |clause: &Clause| {
        let (operator, key) = clause.condition().unwrap_or(("", clause.place.as_str()));
        format!("{operator} {key} {}", listed(&clause.wanted)).trim_start().to_owned()
    };
    let wants: Vec<String> = verdict.outcome.clauses().iter().map(wants).collect();
    format!("{} requires {}", statement(verdict), wants.join(" and "))
}

/// What the request has where clauses of one statement look.
pub fn found(verdict: &StatementVerdict) -> String {
    let has = |clause: &Clause| {
        let key = clause.condition().map_or(clause.place.as_str(), |(_, key)| key);
        format!("{key} {}", actual(clause))
    };
    verdict.outcome.clauses().iter().map(has).collect::<Vec<_>>().join(", ")
}

/// Adds a clause to a finding: where it stands, what it wants, what the request has.
pub fn observe(finding: Finding, clause: &Clause) -> Finding {
    let finding = finding.observed(Source::Role, &clause.place, listed(&clause.wanted));
    match clause.condition() {
        Some((_, key)) => finding.observed(told_by(key), key, actual(clause)),
        None => finding,
    }
}

/// Which reading tells the value of a condition key.
fn told_by(key: &str) -> Source {
    let key = key.to_ascii_lowercase();
    if key.starts_with("aws:requesttag/eks-cluster-") || key == "aws:requestedregion" {
        Source::Cluster
    } else if key.starts_with("aws:requesttag/kubernetes-") {
        Source::Pod
    } else {
        Source::Association
    }
}

fn listed(wanted: &[String]) -> String {
    wanted.join(" or ")
}

/// How many trusted principals are told.
const SHOWN: usize = 4;

/// Whom the role trusts instead, the first few of them.
pub fn summary(trusted: &[Trusted]) -> String {
    let mut words: Vec<String> = Vec::new();
    for one in trusted.iter().map(describe) {
        if !words.contains(&one) {
            words.push(one);
        }
    }
    match words.as_slice() {
        [] => "it trusts nobody".to_owned(),
        few if few.len() <= SHOWN => format!("it trusts {}", few.join(", ")),
        many => format!("it trusts {} and {} more", many[..SHOWN].join(", "), many.len() - SHOWN),
    }
}

/// Whom an entry means, in words that tell what the role was made for.
fn describe(trusted: &Trusted) -> String {
    let value = &trusted.value;
    match (trusted.kind, value.as_str()) {
        (PrincipalKind::Federated, provider) if provider.contains(":oidc-provider/oidc.eks.") => {
            "an EKS identity provider (IAM roles for service accounts)".to_owned()
        }
        (PrincipalKind::Federated, provider) => format!("the identity provider {provider}"),
        (PrincipalKind::Service, "ec2.amazonaws.com" | "ec2.amazonaws.com.cn") => format!("EC2 instances ({value})"),
        (PrincipalKind::Service, "eks.amazonaws.com") => format!("the EKS control plane ({value})"),
        (PrincipalKind::Service, "eks-fargate-pods.amazonaws.com") => format!("pods on Fargate ({value})"),
        (PrincipalKind::Service, POD_IDENTITY_SERVICE) if trusted.but => {
            format!("{value} with all actions but {}", trusted.actions.join(", "))
        }
        (PrincipalKind::Service, POD_IDENTITY_SERVICE) => format!("{value} with {} only", trusted.actions.join(", ")),
        (PrincipalKind::Service, name) => format!("the service {name}"),
        _ => value.clone(),
    }
}
