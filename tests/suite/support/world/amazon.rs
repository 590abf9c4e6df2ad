//! From evidence to the played AWS: the account of the cluster, and another one that has the same names.

use podid_doubles::aws::State;
use serde_json::{Value, json};

use super::{ACCESS_KEY, OTHER_ACCOUNT_KEY};

/// The AWS that the evidence was read from.
pub fn state(evidence: &Value) -> State {
    let account = evidence["context"]["account"].as_str().unwrap_or("111122223333");
    let region = evidence["context"]["region"]["value"].as_str().unwrap_or("eu-west-1");
    let name = evidence["context"]["eksCluster"]["value"].as_str().unwrap_or("prod");
    let mut regions = json!({});
    if let Some(cluster) = object(&evidence["cluster"]) {
        let describe = without(cluster, &["name", "arn"]);
        let cluster = json!({
            "describe": describe,
            "associations": associations(evidence),
            "addons": addons(evidence),
            "nodegroups": node_groups(evidence),
        });
        regions = json!({ region: { "clusters": { name: cluster } } });
    }
    let mut other = regions.clone();
    if let Some(cluster) = other.pointer_mut(&format!("/{region}/clusters/{name}")) {
        cluster["associations"] = json!([]);
        // Another cluster has another certificate authority.
        cluster["describe"]["certificateAuthority"] = json!({ "data": "" });
    }
    let state = json!({
        "accessKeys": {
            ACCESS_KEY: { "account": account, "arn": evidence["callerIdentity"]["Arn"] },
            OTHER_ACCOUNT_KEY: { "account": "444455556666", "arn": "arn:aws:iam::444455556666:user/jo" },
        },
        "accounts": {
            account: { "regions": regions, "roles": roles(evidence), "identityProviders": providers(evidence) },
            "444455556666": { "regions": other, "roles": { "api": { "assumeRolePolicyDocument": {} } } },
        },
    });
    State::read(&state.to_string()).expect("a good state")
}

/// The value of a reading that is known and present.
fn object(reading: &Value) -> Option<&Value> {
    reading.as_object().filter(|fields| !fields.contains_key("unavailable")).map(|_| reading)
}

fn without(value: &Value, names: &[&str]) -> Value {
    let mut value = value.clone();
    if let Some(fields) = value.as_object_mut() {
        for name in names {
            fields.remove(*name);
        }
    }
    value
}

fn associations(evidence: &Value) -> Vec<Value> {
    let described = object(&evidence["association"]);
    let rows = evidence["associations"]["associations"].as_array().cloned().unwrap_or_default();
    let whole = |row: Value| match described {
        Some(one) if one["associationId"] == row["associationId"] => without(one, &["clusterName"]),
        _ => {
            let mut row = row;
            row["roleArn"] = json!("arn:aws:iam::111122223333:role/api");
            row["createdAt"] = json!("2026-11-02T10:00:00Z");
            row
        }
    };
    rows.into_iter().map(whole).collect()
}

fn addons(evidence: &Value) -> Value {
    match object(&evidence["addOn"]) {
        Some(add_on) => json!({ "eks-pod-identity-agent": without(add_on, &["addonName"]) }),
        None => json!({}),
    }
}

fn node_groups(evidence: &Value) -> Value {
    match object(&evidence["nodeGroup"]) {
        Some(group) => json!({ group["nodegroupName"].as_str().expect("a name"): { "nodeRole": group["nodeRole"] } }),
        None => json!({}),
    }
}

/// The roles that were read, and the role of nodes, which may do everything.
fn roles(evidence: &Value) -> Value {
    let all = ["role", "irsaRole", "targetRole"].into_iter().filter_map(|field| object(&evidence[field]));
    let entry = |role: &Value| {
        let given = json!({
            "assumeRolePolicyDocument": role["AssumeRolePolicyDocument"],
            "roleId": role["RoleId"],
            "createDate": role["CreateDate"],
        });
        (role["RoleName"].as_str().expect("a name").to_owned(), given)
    };
    let node = ("node".to_owned(), json!({ "assumeRolePolicyDocument": {} }));
    all.map(entry).chain([node]).collect::<serde_json::Map<String, Value>>().into()
}

/// The issuers of the identity providers.
fn providers(evidence: &Value) -> Vec<String> {
    let list = evidence["identityProviders"]["OpenIDConnectProviderList"].as_array().cloned().unwrap_or_default();
    let issuer = |one: Value| Some(one["Arn"].as_str()?.split_once(":oidc-provider/")?.1.to_owned());
    list.into_iter().filter_map(issuer).collect()
}
