//! What EKS answers about clusters, add-ons and node groups.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::call::Call;
use super::refusal::Refusal;
use super::state::{Cluster, State};

mod association;
mod page;

/// Answers a call for an account.
pub fn answer(state: &mut State, call: &Call, account: &str) -> Result<Value, Refusal> {
    let place = Place {
        partition: state.partition(account, &call.region),
        region: call.region.clone(),
        account: account.to_owned(),
    };
    if call.operation == "ListClusters" {
        let region = state.accounts.get(account).and_then(|account| account.regions.get(&call.region));
        let names = region.map(|region| region.clusters.keys().map(|name| json!(name)).collect()).unwrap_or_default();
        return page::page(call, "clusters", names);
    }
    if call.operation.is_empty() {
        return Err(Refusal::unknown_operation(call));
    }
    let name = call.text("name");
    let cluster = state.cluster_mut(account, &call.region, name).ok_or_else(|| Refusal::no_cluster(name))?;
    match call.operation.as_str() {
        "DescribeCluster" => Ok(json!({ "cluster": describe_cluster(&place, name, cluster) })),
        "ListAddons" => page::page(call, "addons", cluster.addons.keys().map(|name| json!(name)).collect()),
        "DescribeAddon" => Ok(json!({ "addon": describe_addon(&place, call, cluster)? })),
        "ListNodegroups" => page::page(call, "nodegroups", cluster.nodegroups.keys().map(|name| json!(name)).collect()),
        "DescribeNodegroup" => Ok(json!({ "nodegroup": describe_nodegroup(&place, call, cluster)? })),
        "ListAccessEntries" => {
            let entries = access_entries(call, cluster)?;
            page::page(call, "accessEntries", entries.keys().map(|arn| json!(arn)).collect())
        }
        "DescribeAccessEntry" => Ok(json!({ "accessEntry": describe_access_entry(call, cluster)? })),
        _ => association::answer(cluster, call, &place),
    }
}

/// Where a cluster lives: what its ARNs are made of.
struct Place {
    partition: String,
    region: String,
    account: String,
}

impl Place {
    fn arn(&self, rest: &str) -> String {
        format!("arn:{}:eks:{}:{}:{rest}", self.partition, self.region, self.account)
    }

    fn role_arn(&self, name: &str) -> String {
        format!("arn:{}:iam::{}:role/{name}", self.partition, self.account)
    }
}

fn describe_cluster(place: &Place, name: &str, cluster: &Cluster) -> Value {
    let suffix = if place.partition == "aws-cn" { "amazonaws.com.cn" } else { "amazonaws.com" };
    let id = "0123456789ABCDEF0123456789ABCDEF";
    let region = &place.region;
    let healthy = json!({
        "name": name,
        "arn": place.arn(&format!("cluster/{name}")),
        "createdAt": "2024-01-01T00:00:00Z",
        "version": "1.34",
        "endpoint": format!("https://{id}.gr7.{region}.eks.{suffix}"),
        "roleArn": place.role_arn("cluster"),
        "resourcesVpcConfig": {
            "subnetIds": ["subnet-0example1", "subnet-0example2"], "securityGroupIds": [],
            "clusterSecurityGroupId": "sg-0example", "vpcId": "vpc-0example",
            "endpointPublicAccess": true, "endpointPrivateAccess": true, "publicAccessCidrs": ["0.0.0.0/0"],
        },
        "kubernetesNetworkConfig": { "serviceIpv4Cidr": "10.100.0.0/16", "ipFamily": "ipv4" },
        "logging": { "clusterLogging": [] },
        "identity": { "oidc": { "issuer": format!("https://oidc.eks.{region}.{suffix}/id/{id}") } },
        "status": "ACTIVE",
        "certificateAuthority": { "data": "" },
        "platformVersion": "eks.9",
        "tags": {},
        "health": { "issues": [] },
        "accessConfig": { "authenticationMode": "API" },
        "deletionProtection": false,
    });
    overlaid(healthy, &cluster.describe)
}

fn describe_addon(place: &Place, call: &Call, cluster: &Cluster) -> Result<Value, Refusal> {
    let (name, addon) = (call.text("name"), call.text("addonName"));
    let missing = || {
        let message = format!("No addon: {addon} found in cluster: {name}");
        Refusal::new(404, "ResourceNotFoundException", message).with("clusterName", name).with("addonName", addon)
    };
    let members = cluster.addons.get(addon).ok_or_else(missing)?;
    let healthy = json!({
        "addonName": addon,
        "clusterName": name,
        "status": "ACTIVE",
        "addonVersion": "v1.3.10-eksbuild.2",
        "health": { "issues": [] },
        "addonArn": place.arn(&format!("addon/{name}/{addon}/00000000-0000-4000-8000-000000000000")),
        "createdAt": "2024-01-01T00:00:00Z",
        "modifiedAt": "2024-01-01T00:00:00Z",
        "tags": {},
    });
    Ok(overlaid(healthy, members))
}

fn describe_nodegroup(place: &Place, call: &Call, cluster: &Cluster) -> Result<Value, Refusal> {
    let (name, group) = (call.text("name"), call.text("nodegroupName"));
    let missing = || {
        let message = format!("No node group found for name: {group}.");
        Refusal::new(404, "ResourceNotFoundException", message).with("clusterName", name).with("nodegroupName", group)
    };
    let members = cluster.nodegroups.get(group).ok_or_else(missing)?;
    let healthy = json!({
        "nodegroupName": group,
        "nodegroupArn": place.arn(&format!("nodegroup/{name}/{group}/00000000-0000-4000-8000-000000000000")),
        "clusterName": name,
        "version": "1.34",
        "createdAt": "2024-01-01T00:00:00Z",
        "modifiedAt": "2024-01-01T00:00:00Z",
        "status": "ACTIVE",
        "capacityType": "ON_DEMAND",
        "scalingConfig": { "minSize": 1, "maxSize": 3, "desiredSize": 2 },
        "instanceTypes": ["m7i.large"],
        "amiType": "AL2023_x86_64_STANDARD",
        "nodeRole": place.role_arn("node"),
        "labels": {},
        "health": { "issues": [] },
        "tags": {},
    });
    Ok(overlaid(healthy, members))
}

/// A cluster that knows only `aws-auth` has no access entries, and says so.
fn access_entries<'c>(call: &Call, cluster: &'c Cluster) -> Result<&'c BTreeMap<String, String>, Refusal> {
    let modes = "one of [API, API_AND_CONFIG_MAP] to perform this operation.";
    let refused = || {
        Refusal::new(
            400,
            "InvalidRequestException",
            format!("The cluster's authentication mode must be set to {modes}"),
        )
        .with("clusterName", call.text("name"))
    };
    cluster.access_entries.as_ref().ok_or_else(refused)
}

fn describe_access_entry(call: &Call, cluster: &Cluster) -> Result<Value, Refusal> {
    let arn = call.text("principalArn");
    let missing = || {
        let message = format!("The specified principalArn could not be found: {arn}");
        Refusal::new(404, "ResourceNotFoundException", message)
    };
    let kind = access_entries(call, cluster)?.get(arn).ok_or_else(missing)?;
    Ok(json!({ "clusterName": call.text("name"), "principalArn": arn, "type": kind, "kubernetesGroups": [] }))
}

/// Puts members over default ones: `null` takes one away. EKS gives times as seconds since 1970.
fn overlaid(defaults: Value, members: &Map<String, Value>) -> Value {
    let mut all = match defaults {
        Value::Object(all) => all,
        _ => Map::new(),
    };
    all.extend(members.clone());
    all.retain(|_, value| !value.is_null());
    for name in ["createdAt", "modifiedAt"] {
        let written = all.get(name).and_then(Value::as_str).and_then(|text| text.parse().ok());
        if let Some(time) = written {
            all.insert(name.to_owned(), seconds(time));
        }
    }
    Value::Object(all)
}

/// Writes a time as EKS does: seconds since 1970, with milliseconds behind the point.
#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 are far below 2^52")]
fn seconds(time: Timestamp) -> Value {
    json!(time.as_millisecond() as f64 / 1000.0)
}
