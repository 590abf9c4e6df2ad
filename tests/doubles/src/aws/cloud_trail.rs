//! What CloudTrail answers: the event history of an account and region, the newest first, in pages.
//!
//! The form of the records is that of real ones of `AssumeRoleForPodIdentity` and of the `AssumeRole` behind it.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::call::Call;
use super::refusal::Refusal;
use super::state::{AccessKey, State};

/// Answers a call.
pub fn answer(state: &State, call: &Call) -> Result<Value, Refusal> {
    if call.operation != "LookupEvents" {
        return Err(Refusal::unknown_operation(call));
    }
    let attributes = call.input.get("LookupAttributes").and_then(Value::as_array).cloned().unwrap_or_default();
    let [attribute] = attributes.as_slice() else {
        return Err(Refusal::new(400, "InvalidLookupAttributesException", "one lookup attribute is allowed"));
    };
    let (key, value) = (attribute["AttributeKey"].as_str(), attribute["AttributeValue"].as_str().unwrap_or_default());
    // A number of seconds, which some clients give with a fraction.
    let since = call.input.get("StartTime").map(Value::to_string).unwrap_or_default();
    let since: i64 = since.split('.').next().and_then(|whole| whole.parse().ok()).unwrap_or_default();
    let is_asked = |record: &&Value| {
        let time = record["eventTime"].as_str().and_then(|time| time.parse::<Timestamp>().ok());
        let is_late = time.is_some_and(|time| time.as_second() >= since);
        record["awsRegion"] == call.region.as_str() && is_late && has(record, key.unwrap_or_default(), value)
    };
    let mut all: Vec<&Value> = state.trail.iter().flatten().filter(is_asked).collect();
    all.sort_by_key(|record| std::cmp::Reverse(record["eventTime"].as_str().map(str::to_owned)));
    let from: usize = call.text("NextToken").parse().unwrap_or_default();
    let size = call.input.get("MaxResults").and_then(Value::as_u64).unwrap_or(50).min(50);
    let size = usize::try_from(size).unwrap_or(50);
    let events: Vec<Value> = all.iter().skip(from).take(size).map(|record| event(record)).collect();
    let mut page = json!({ "Events": events });
    if all.len() > from + size {
        page["NextToken"] = json!((from + size).to_string());
    }
    Ok(page)
}

fn has(record: &Value, key: &str, value: &str) -> bool {
    match key {
        "EventName" => record["eventName"] == value,
        "Username" => user(record) == Some(value),
        "ResourceName" => record["resources"].as_array().is_some_and(|all| all.iter().any(|one| one["ARN"] == value)),
        _ => false,
    }
}

/// The last part of the caller's ARN: of a role's session its name.
fn user(record: &Value) -> Option<&str> {
    record["userIdentity"]["arn"].as_str()?.rsplit('/').next()
}

fn event(record: &Value) -> Value {
    json!({
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "EventSource": record["eventSource"],
        "EventTime": record["eventTime"].as_str().and_then(|time| time.parse::<Timestamp>().ok()).map(Timestamp::as_second),
        "Username": user(record),
        "CloudTrailEvent": record.to_string(),
    })
}

/// Records a call of EKS Auth, and the session that it began; only where the state keeps a trail.
pub fn record(state: &mut State, call: &Call, caller: &AccessKey, answer: &Result<Value, Refusal>) {
    let Some(trail) = &mut state.trail else { return };
    let time = Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    let mut outer = json!({
        "eventVersion": "1.09", "eventTime": time, "eventSource": "eks-auth.amazonaws.com",
        "eventName": "AssumeRoleForPodIdentity", "awsRegion": call.region, "readOnly": true,
        "userIdentity": { "type": "AssumedRole", "arn": caller.arn, "accountId": caller.account },
        "requestParameters": { "clusterName": call.text("name"), "token": "HIDDEN_DUE_TO_SECURITY_REASONS" },
        "responseElements": null, "eventID": format!("e-{}", trail.len()),
    });
    match answer {
        Err(refusal) => {
            outer["errorCode"] = json!(refusal.code);
            outer["errorMessage"] = json!(refusal.message);
        }
        Ok(given) => {
            let arn = given["assumedRoleUser"]["arn"].as_str().unwrap_or_default();
            let role = arn.replacen(":sts:", ":iam:", 1).replacen(":assumed-role/", ":role/", 1);
            let role = role.rsplit_once('/').map_or(role.as_str(), |(role, _)| role).to_owned();
            let cluster = format!("arn:aws:eks:{}:{}:cluster/{}", call.region, caller.account, call.text("name"));
            let tag = |key: &str, value: &str| json!({ "key": key, "value": value });
            trail.push(json!({
                "eventVersion": "1.08", "eventTime": time, "eventSource": "sts.amazonaws.com", "eventName": "AssumeRole",
                "awsRegion": call.region, "readOnly": true,
                "userIdentity": { "type": "AWSService", "invokedBy": "pods.eks.amazonaws.com" },
                "requestParameters": { "roleArn": role, "durationSeconds": 21600, "tags": [
                    tag("eks-cluster-arn", &cluster), tag("kubernetes-namespace", call.text("namespace")),
                    tag("kubernetes-service-account", call.text("serviceAccount")),
                    tag("kubernetes-pod-name", call.text("pod")), tag("kubernetes-pod-uid", call.text("podUid")),
                ] },
                "responseElements": { "assumedRoleUser": { "arn": arn } },
                "resources": [{ "type": "AWS::IAM::Role", "ARN": role }], "eventID": format!("s-{}", trail.len()),
            }));
        }
    }
    trail.push(outer);
}
