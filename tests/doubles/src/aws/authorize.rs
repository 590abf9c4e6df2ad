//! Who is calling, and whether that caller may.

use super::call::{Call, Service};
use super::refusal::Refusal;
use super::state::{AccessKey, State};

/// Finds the caller of a call and holds the call against what it is allowed.
pub fn caller<'a>(state: &'a State, call: &Call) -> Result<&'a AccessKey, Refusal> {
    let id = call.access_key.as_deref().ok_or_else(|| Refusal::unsigned(call.service))?;
    let key = state.access_keys.get(id).ok_or_else(|| Refusal::unknown_key(call.service))?;
    if key.session_token.is_some() && key.session_token != call.session_token {
        return Err(Refusal::unknown_key(call.service));
    }
    if key.expired {
        return Err(Refusal::expired(call.service));
    }
    let action = call.action();
    let always = action == "sts:GetCallerIdentity" || call.operation.is_empty();
    if always || (allows(key.allowed_actions.as_deref(), &action) && !lists(&key.denied_actions, &action)) {
        return Ok(key);
    }
    Err(Refusal::denied(call, &key.arn, &resource(state, call, &key.account)))
}

/// Names what a call is about, as the service's own denial names it.
pub fn resource(state: &State, call: &Call, account: &str) -> String {
    match call.service {
        Service::Iam => iam_resource(call),
        Service::Sts if call.operation == "AssumeRole" => call.text("RoleArn").to_owned(),
        Service::Sts | Service::CloudTrail => "*".to_owned(),
        Service::Eks | Service::EksAuth => {
            let cluster = call.text("name");
            let rest = match call.operation.as_str() {
                "ListClusters" => "cluster/*".to_owned(),
                "DescribeAddon" => format!("addon/{cluster}/{}/*", call.text("addonName")),
                "DescribeNodegroup" => {
                    format!("nodegroup/{cluster}/{}/*", call.text("nodegroupName"))
                }
                _ if call.input.contains_key("associationId") => {
                    format!("podidentityassociation/{cluster}/{}", call.text("associationId"))
                }
                _ => format!("cluster/{cluster}"),
            };
            format!("arn:{}:eks:{}:{account}:{rest}", state.partition(account, &call.region), call.region)
        }
    }
}

fn iam_resource(call: &Call) -> String {
    match call.text("PolicySourceArn") {
        "" if call.operation == "GetInstanceProfile" => {
            format!("instance profile {}", call.text("InstanceProfileName"))
        }
        "" if call.operation == "GetOpenIDConnectProvider" => call.text("OpenIDConnectProviderArn").to_owned(),
        "" => format!("role {}", call.text("RoleName")),
        arn => arn.to_owned(),
    }
}

/// Whether a list of action patterns allows an action; no list allows all.
pub fn allows(patterns: Option<&[String]>, action: &str) -> bool {
    patterns.is_none_or(|patterns| lists(patterns, action))
}

/// Whether one of the patterns matches the action.
pub fn lists(patterns: &[String], action: &str) -> bool {
    patterns.iter().any(|pattern| matches(pattern, action))
}

/// Whether a pattern with `*` and `?` matches; case does not count, as in IAM actions.
pub fn matches(pattern: &str, text: &str) -> bool {
    fn walk(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', rest)), _) => (0..=text.len()).any(|skipped| walk(rest, &text[skipped..])),
            (Some((b'?', pattern)), Some((_, text))) => walk(pattern, text),
            (Some((p, pattern)), Some((t, text))) => p.eq_ignore_ascii_case(t) && walk(pattern, text),
            _ => false,
        }
    }
    walk(pattern.as_bytes(), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns_match_as_in_iam() {
        for (pattern, action, expected) in [
            ("*", "eks:DescribeCluster", true),
            ("eks:Describe*", "eks:DescribeCluster", true),
            ("EKS:describecluster", "eks:DescribeCluster", true),
            ("eks:Describe?luster", "eks:DescribeCluster", true),
            ("eks:*", "eks-auth:AssumeRoleForPodIdentity", false),
            ("eks:Describe", "eks:DescribeCluster", false),
            ("", "eks:DescribeCluster", false),
        ] {
            assert_eq!(matches(pattern, action), expected, "{pattern} {action}");
        }
    }
}
