//! Words about whom a trust policy names, so that a reader sees what the role was made for.

use crate::reasoning::iam::calls::POD_IDENTITY_SERVICE;
use crate::reasoning::iam::{PrincipalKind, Trusted};

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
