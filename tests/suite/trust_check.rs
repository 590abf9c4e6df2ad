//! `check-trust` without the binary: a policy and what is said of the pod, to a decision, its lines and its edit.

mod agreement;
mod decisions;
mod files;
mod pages;
mod places;

use podid::findings::FixFormat;
use podid::report::TrustReport;
use podid::trust_check::{Asked, judge, read};

/// What `aws iam get-role` prints of a role that trusts service account `payments/api`.
const ROLE: &str = r#"{
  "Role": {
    "RoleName": "api",
    "Arn": "arn:aws:iam::111122223333:role/api",
    "AssumeRolePolicyDocument": {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Sid": "Pods",
          "Effect": "Allow",
          "Principal": { "Service": "pods.eks.amazonaws.com" },
          "Action": ["sts:AssumeRole", "sts:TagSession"],
          "Condition": {
            "StringEquals": {
              "aws:RequestTag/kubernetes-namespace": "payments",
              "aws:RequestTag/kubernetes-service-account": ["api", "web"]
            }
          }
        }
      ]
    }
  }
}
"#;

/// A pod of a service account, of which no more is said.
fn of(namespace: &str, service_account: &str) -> Asked {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Asked { namespace: given(namespace), service_account: given(service_account), ..Asked::default() }
}

#[track_caller]
fn check(text: &str, asked: Asked) -> TrustReport {
    let file = read("role.json", text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
    judge(&file, asked, None, FixFormat::Aws)
}
