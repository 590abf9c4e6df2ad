//! Whether a statement's `Principal` or `NotPrincipal` names the one who asks.
//!
//! Source: IAM user guide, "Elements: Principal" and "Elements: `NotPrincipal`".

use super::pattern::account_and_partition;
use super::request::RequestPrincipal;
use super::statement::{PrincipalEntry, PrincipalKind, Principals};
use super::three_valued::{Answer, any, not, undecidable};

/// Whether the element covers the principal; `denies` says that it stands in a Deny, where `*` holds for AWS services and
/// identity providers too: AWS documents `aws:PrincipalIsAWSService` as the way to leave them out.
pub fn cover(principals: &Principals, asking: &RequestPrincipal, denies: bool) -> Answer {
    let everyone = |entry: &PrincipalEntry| denies && !principals.negated && entry.kind == PrincipalKind::Everyone;
    let named = |entry| if everyone(entry) { Ok(true) } else { names(entry, asking) };
    let named = any(principals.entries.iter().map(named));
    match (principals.negated, asking) {
        (false, _) => named,
        (true, RequestPrincipal::Role(_)) => spared_role(principals, named),
        (true, _) => not(named),
    }
}

/// Whether one entry names the principal.
pub fn names(entry: &PrincipalEntry, asking: &RequestPrincipal) -> Answer {
    let everyone = entry.kind == PrincipalKind::Everyone || (entry.kind == PrincipalKind::Aws && entry.value == "*");
    match asking {
        RequestPrincipal::Role(arn) if entry.kind == PrincipalKind::Aws || everyone => names_role(&entry.value, arn),
        RequestPrincipal::Role(_) => Ok(false),
        _ if everyone => beyond_aws(entry, asking),
        RequestPrincipal::Service(name) => {
            same_name(entry, PrincipalKind::Service, name, "a wildcard for services is not documented")
        }
        RequestPrincipal::Federated(arn) => {
            same_name(entry, PrincipalKind::Federated, arn, "a wildcard for identity providers is not documented")
        }
    }
}

/// `*` covers anonymous users and IAM principals; the user guide does not say whether, in a role's trust, it covers
/// services and identity providers. IAM refuses to store `"Principal": "*"` there at all, with the words
/// `invalid principal: "STAR":"*"`.
fn beyond_aws(entry: &PrincipalEntry, asking: &RequestPrincipal) -> Answer {
    let whom = match asking {
        RequestPrincipal::Federated(_) => "identity providers",
        _ => "AWS services",
    };
    undecidable(match entry.kind {
        PrincipalKind::Everyone => "IAM refuses \"*\" alone as the principal of a trust policy".to_owned(),
        _ => format!("whether \"AWS\": \"*\" also means {whom} in a trust policy is not documented"),
    })
}

fn same_name(entry: &PrincipalEntry, kind: PrincipalKind, name: &str, wildcard: &str) -> Answer {
    match (entry.kind == kind, entry.value.as_str()) {
        (true, "*") => undecidable(wildcard),
        (same_kind, value) => Ok(same_kind && value == name),
    }
}

/// Whether an `AWS` entry names a session of the role: everyone, its account, the role, or perhaps the session.
///
/// There are no wildcards inside an ARN, and the unique id of a deleted principal (`AROA…`) names no role that exists.
fn names_role(value: &str, arn: &str) -> Answer {
    if value == "*" || value == arn {
        return Ok(true);
    }
    let Some((partition, account)) = account_and_partition(arn) else {
        return undecidable("the ARN of the role that asks cannot be read");
    };
    if value == account || value == format!("arn:{partition}:iam::{account}:root") {
        return Ok(true);
    }
    let session =
        format!("arn:{partition}:sts::{account}:assumed-role/{}/", arn.rsplit('/').next().unwrap_or_default());
    if value.starts_with(&session) {
        return undecidable("it names one session of the role, and the name of the session is not known");
    }
    Ok(false)
}

/// With `NotPrincipal` an account, a role and its session are looked at one after the other, so that a role is spared for
/// certain only if everyone is, and covered for certain only if nothing of it is named.
fn spared_role(principals: &Principals, named: Answer) -> Answer {
    if principals.entries.iter().any(|entry| entry.value == "*") {
        return Ok(false);
    }
    match named {
        Ok(true) => {
            undecidable("NotPrincipal must name account, role and session, and the name of the session is not known")
        }
        other => not(other),
    }
}
