//! Whether a trust policy lets EKS begin a session with these tags. Plain on purpose: it is no second opinion to the
//! evaluator of the product, and what it does not know is not met.

use serde_json::Value;

use crate::aws::authorize::{lists, matches};

/// Evaluates the statements: a Deny wins, and the tags need an action of their own.
pub fn allows(document: &Value, tags: &[(&'static str, String)], account: &str) -> bool {
    let statements = list(&document["Statement"]);
    let meant = |effect: &str, action: &str| {
        statements.iter().any(|statement| {
            statement["Effect"] == effect
                && names(&statement["Principal"])
                && lists(&strings(&statement["Action"]), action)
                && conditions(&statement["Condition"], tags, account)
        })
    };
    let needed = ["sts:AssumeRole", "sts:TagSession"];
    let needed = if tags.is_empty() { &needed[..1] } else { &needed[..] };
    needed.iter().all(|action| meant("Allow", action) && !meant("Deny", action))
}

fn names(principal: &Value) -> bool {
    principal == "*" || strings(&principal["Service"]).iter().any(|name| name == "pods.eks.amazonaws.com")
}

fn conditions(block: &Value, tags: &[(&'static str, String)], account: &str) -> bool {
    let operators = block.as_object().into_iter().flatten();
    operators.into_iter().all(|(operator, keys)| {
        keys.as_object().into_iter().flatten().all(|(key, wanted)| {
            let found = match key.strip_prefix("aws:RequestTag/") {
                Some(name) => tags.iter().find(|(tag, _)| *tag == name).map(|(_, value)| value.as_str()),
                None if key == "aws:SourceAccount" => Some(account),
                None if key == "aws:SourceArn" => {
                    tags.iter().find(|(tag, _)| *tag == "eks-cluster-arn").map(|(_, value)| value.as_str())
                }
                None => None,
            };
            let Some(found) = found else { return false };
            let wanted = strings(wanted);
            match operator.as_str() {
                "StringEquals" | "ArnEquals" => wanted.iter().any(|one| one == found),
                "StringLike" | "ArnLike" => wanted.iter().any(|one| matches(one, found)),
                _ => false,
            }
        })
    })
}

fn list(value: &Value) -> Vec<&Value> {
    value.as_array().map_or_else(|| vec![value], |all| all.iter().collect())
}

fn strings(value: &Value) -> Vec<String> {
    list(value).into_iter().filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

#[cfg(test)]
mod tests {
    use super::allows;
    use serde_json::{Value, json};

    fn policy(actions: &Value, condition: &Value) -> Value {
        json!({ "Statement": { "Effect": "Allow", "Principal": { "Service": "pods.eks.amazonaws.com" },
                               "Action": actions, "Condition": condition } })
    }

    #[test]
    fn both_actions_the_service_and_the_conditions_count() {
        let tags = [("kubernetes-namespace", "shop".to_owned())];
        let both = json!(["sts:AssumeRole", "sts:TagSession"]);
        let tagged = |value: &str| json!({ "StringEquals": { "aws:RequestTag/kubernetes-namespace": value } });
        for (document, allowed) in [
            (policy(&both, &Value::Null), true),
            (policy(&json!("sts:AssumeRole"), &Value::Null), false),
            (policy(&both, &tagged("shop")), true),
            (policy(&both, &tagged("bank")), false),
            (policy(&both, &json!({ "Bool": { "aws:SecureTransport": "true" } })), false),
            (
                json!({ "Statement": [{ "Effect": "Allow", "Principal": { "Service": "ec2.amazonaws.com" }, "Action": both }] }),
                false,
            ),
        ] {
            assert_eq!(allows(&document, &tags, "111122223333"), allowed, "{document}");
        }
        assert!(
            allows(&policy(&json!("sts:AssumeRole"), &Value::Null), &[], "111122223333"),
            "no tags, no action for them"
        );
    }
}
