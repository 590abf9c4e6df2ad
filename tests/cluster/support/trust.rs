//! Trust policies, as people write them.

use serde_json::{Value, json};

fn policy(statement: &Value) -> Value {
    json!({ "Version": "2012-10-17", "Statement": [statement] })
}

fn for_pods(actions: &Value) -> Value {
    json!({ "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" }, "Action": actions })
}

/// The one AWS documents for EKS Pod Identity.
pub fn pods() -> Value {
    policy(&for_pods(&json!(["sts:AssumeRole", "sts:TagSession"])))
}

/// The same without `sts:TagSession`.
pub fn pods_without_tags() -> Value {
    policy(&for_pods(&json!("sts:AssumeRole")))
}

/// The same with a condition.
pub fn pods_if(condition: &Value) -> Value {
    let mut statement = for_pods(&json!(["sts:AssumeRole", "sts:TagSession"]));
    statement["Condition"] = condition.clone();
    policy(&statement)
}

/// The one AWS documents for IAM roles for service accounts.
pub fn irsa(namespace: &str, service_account: &str) -> Value {
    let issuer = "oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF";
    policy(&json!({
        "Effect": "Allow",
        "Principal": { "Federated": format!("arn:aws:iam::111122223333:oidc-provider/{issuer}") },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": { "StringEquals": {
            format!("{issuer}:sub"): format!("system:serviceaccount:{namespace}:{service_account}"),
            format!("{issuer}:aud"): "sts.amazonaws.com",
        } },
    }))
}

/// One for another role, as a target role has it.
pub fn role(arn: &str) -> Value {
    policy(&json!({ "Effect": "Allow", "Principal": { "AWS": arn }, "Action": ["sts:AssumeRole", "sts:TagSession"] }))
}
