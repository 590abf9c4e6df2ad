//! Pods that were not recorded: what the webhook's source says of them.

use std::collections::BTreeMap;

use podid_doubles::webhook::{Identities, ServiceAccount, Settings, mutate};
use serde_json::{Value, json};

use crate::support::json_patch;
use crate::support::world::Outcome;

fn inject(pod: &Value, annotations: &[(&str, &str)], settings: &Settings) -> Result<Value, Box<dyn std::error::Error>> {
    let annotations: BTreeMap<String, String> =
        annotations.iter().map(|(name, value)| (format!("eks.amazonaws.com/{name}"), (*value).to_owned())).collect();
    let account = ServiceAccount::read(&annotations, settings);
    let identities = Identities::from_iter([("shop", "api")]);
    let mut pod = pod.clone();
    let patch = mutate(&pod, "shop", &identities, &account, settings, 0).unwrap_or_default();
    json_patch::apply(&mut pod, &patch)?;
    Ok(pod)
}

fn names(container: &Value) -> Vec<&str> {
    let env = container["env"].as_array().into_iter().flatten();
    env.filter_map(|variable| variable["name"].as_str()).collect()
}

#[test]
fn a_container_that_has_one_of_each_kind_is_not_touched() -> Outcome {
    let settings = Settings::eks("eu-west-1");
    let env = ["AWS_REGION", "AWS_STS_REGIONAL_ENDPOINTS", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    let env: Vec<Value> = env.iter().map(|name| json!({ "name": name, "value": "x" })).collect();
    let pod = json!({ "metadata": {}, "spec": { "serviceAccountName": "api", "containers": [{ "name": "app", "env": env }] } });
    let injected = inject(&pod, &[], &settings)?;
    assert_eq!(injected["spec"]["containers"], pod["spec"]["containers"], "not even a mount");
    assert_eq!(injected["spec"]["volumes"][0]["name"], "eks-pod-identity-token");
    Ok(())
}

#[test]
fn the_request_names_the_namespace() {
    let settings = Settings::eks("eu-west-1");
    let pod = json!({ "metadata": { "namespace": "shop" }, "spec": { "serviceAccountName": "api" } });
    let account = ServiceAccount::read(&BTreeMap::new(), &settings);
    let identities = Identities::from_iter([("shop", "api")]);
    assert_eq!(mutate(&pod, "else", &identities, &account, &settings, 0), None);
    assert!(mutate(&pod, "shop", &identities, &account, &settings, 0).is_some());
}

#[test]
fn settings_and_service_account_leave_variables_out() -> Outcome {
    let pod = json!({ "metadata": {}, "spec": { "serviceAccountName": "api", "containers": [{ "name": "app" }] } });
    let nowhere = Settings::eks("");
    let injected = inject(&pod, &[("sts-regional-endpoints", "false")], &nowhere)?;
    let found = names(&injected["spec"]["containers"][0]);
    assert_eq!(found, ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"]);
    let ipv6 = Settings { full_uri: "http://[fd00:ec2::23]/v1/credentials".into(), ..nowhere };
    assert_eq!(
        inject(&pod, &[], &ipv6)?["spec"]["containers"][0]["env"][1]["value"],
        "http://[fd00:ec2::23]/v1/credentials"
    );
    Ok(())
}

#[test]
fn irsa_has_an_audience_and_skips_containers_too() -> Outcome {
    let settings = Settings::eks("eu-west-1");
    let pod = json!({
        "metadata": { "labels": {}, "annotations": { "eks.amazonaws.com/skip-containers": "side" } },
        "spec": { "serviceAccountName": "irsa", "containers": [{ "name": "app" }, { "name": "side" }], "volumes": [] },
    });
    let injected = inject(&pod, &[("role-arn", "r"), ("audience", "me")], &settings)?;
    assert_eq!(injected["metadata"]["labels"], json!({}), "no label without an association");
    assert_eq!(injected["spec"]["volumes"][0]["projected"]["sources"][0]["serviceAccountToken"]["audience"], "me");
    assert_eq!(names(&injected["spec"]["containers"][0])[3..], ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE"]);
    assert_eq!(injected["spec"]["containers"][1], json!({ "name": "side" }));
    Ok(())
}

#[test]
fn labels_that_are_there_stay() -> Outcome {
    let settings = Settings::eks("eu-west-1");
    let pod =
        json!({ "metadata": { "labels": { "app": "a" } }, "spec": { "serviceAccountName": "api", "containers": [] } });
    let injected = inject(&pod, &[], &settings)?;
    assert_eq!(injected["metadata"]["labels"], json!({ "app": "a", "eks.amazonaws.com/pod-identity": "enabled" }));
    Ok(())
}
