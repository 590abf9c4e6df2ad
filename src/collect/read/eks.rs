//! What is read from EKS: the cluster, the associations, the agent add-on.

use aws_smithy_types::DateTime;
use jiff::Timestamp;
use serde_json::json;

use crate::collect::access::clients::{AwsClients, AwsError, classify_aws_error};
use crate::collect::gap;
use crate::evidence::aws::association::{AssociationSummary, Associations};
use crate::evidence::aws::cluster::{
    CertificateAuthority, ComputeConfig, Health, HealthIssue, Identity, NetworkConfig, Oidc,
};
use crate::evidence::aws::role::of_tools;
use crate::evidence::kubernetes::metadata;
use crate::evidence::reading::GapKind;
use crate::evidence::{AddOn, Association, Cluster, Gap, Reading, Source};

/// How many associations a page may have: the most that EKS gives.
const PAGE: i32 = 100;

/// Reads the cluster; absent only by a not-found that names it.
pub async fn cluster(clients: &AwsClients, name: &str) -> Reading<Option<Cluster>> {
    if let Err(gap) = gap::sendable(Source::Cluster, name) {
        return Reading::Unavailable(gap);
    }
    match clients.eks.describe_cluster().name(name).send().await {
        Ok(answer) => match answer.cluster {
            // A cut answer would be read as another cluster, or as one without anything.
            Some(cluster)
                if [&cluster.name, &cluster.arn].iter().any(|one| one.as_ref().is_none_or(String::is_empty)) =>
            {
                gap::malformed(Source::Cluster, "it holds a cluster without its name or ARN")
            }
            Some(cluster) => Reading::Known(Some(read_cluster(cluster))),
            None => gap::malformed(Source::Cluster, "it holds no cluster"),
        },
        Err(error) => absent_or_gap(Source::Cluster, &classify_aws_error(&error), name),
    }
}

/// Reads the associations of a namespace, or of the whole cluster; `service_account` asks for one row only.
pub async fn associations(
    clients: &AwsClients,
    cluster: &str,
    namespace: Option<&str>,
    service_account: Option<&str>,
    all_pages: bool,
) -> Reading<Associations> {
    let mut found = Associations { all_namespaces: namespace.is_none(), ..Associations::default() };
    let mut token: Option<String> = None;
    loop {
        let call = clients.eks.list_pod_identity_associations().cluster_name(cluster).max_results(PAGE);
        let call = call.set_namespace(namespace.map(str::to_owned));
        let asked_with = token.take();
        let parts = [asked_with.as_deref(), namespace, service_account];
        if let Some(gap) = parts.into_iter().flatten().find_map(|part| gap::sendable(Source::Associations, part).err())
        {
            return Reading::Unavailable(gap);
        }
        let call = call.set_service_account(service_account.map(str::to_owned)).set_next_token(asked_with.clone());
        let answer = match call.send().await {
            Ok(answer) => answer,
            // A not-found here means the cluster: it is no absence of associations.
            Err(error) => {
                let error = classify_aws_error(&error);
                return Reading::Unavailable(in_cluster(Source::Associations, &error, cluster));
            }
        };
        // Something else than EKS has answered: an empty list would be read as "there is no association".
        let Some(rows) = answer.associations else { return gap::malformed(Source::Associations, "it holds no list") };
        found.associations.extend(rows.into_iter().map(|row| AssociationSummary {
            namespace: row.namespace.unwrap_or_default(),
            service_account: row.service_account.unwrap_or_default(),
            association_id: row.association_id.unwrap_or_default(),
            owner_arn: row.owner_arn,
        }));
        token = answer.next_token.filter(|token| !token.is_empty());
        if token.is_some() && token == asked_with {
            return gap::malformed(Source::Associations, "its pages do not come to an end");
        }
        if token.is_none() || !all_pages {
            found.complete = token.is_none() && service_account.is_none();
            found.asked_for = service_account.map(str::to_owned);
            return Reading::Known(found);
        }
    }
}

/// Reads an association; absent only by a not-found that names it.
pub async fn association(clients: &AwsClients, cluster: &str, id: &str) -> Reading<Option<Association>> {
    if let Err(gap) = gap::sendable(Source::Association, id) {
        return Reading::Unavailable(gap);
    }
    match clients.eks.describe_pod_identity_association().cluster_name(cluster).association_id(id).send().await {
        Ok(answer) => match answer.association {
            Some(association) if association.role_arn.as_ref().is_none_or(String::is_empty) => {
                gap::malformed(Source::Association, "it holds an association without its role")
            }
            Some(association) => Reading::Known(Some(read_association(association))),
            None => gap::malformed(Source::Association, "it holds no association"),
        },
        Err(error) => absent_in_cluster(Source::Association, &classify_aws_error(&error), id, cluster),
    }
}

/// Reads the agent add-on; absent only by a not-found that names it.
pub async fn add_on(clients: &AwsClients, cluster: &str) -> Reading<Option<AddOn>> {
    add_on_of_name(clients, cluster, metadata::AGENT).await
}

/// Reads all add-ons of a cluster, one after the other: a cluster has a handful.
pub async fn add_ons(clients: &AwsClients, cluster: &str) -> Reading<Vec<AddOn>> {
    let mut names: Vec<String> = Vec::new();
    let mut pages = clients.eks.list_addons().cluster_name(cluster).max_results(PAGE).into_paginator().send();
    while let Some(page) = pages.next().await {
        match page {
            Ok(page) => match page.addons {
                Some(more) => names.extend(more),
                None => return gap::malformed(Source::AddOn, "it holds no list"),
            },
            Err(error) => {
                return Reading::Unavailable(in_cluster(Source::AddOn, &classify_aws_error(&error), cluster));
            }
        }
    }
    let mut found = Vec::with_capacity(names.len());
    for name in names {
        match add_on_of_name(clients, cluster, &name).await {
            Reading::Known(add_on) => found.extend(add_on),
            Reading::Unavailable(gap) => return Reading::Unavailable(gap),
        }
    }
    Reading::Known(found)
}

async fn add_on_of_name(clients: &AwsClients, cluster: &str, name: &str) -> Reading<Option<AddOn>> {
    if let Err(gap) = gap::sendable(Source::AddOn, name) {
        return Reading::Unavailable(gap);
    }
    match clients.eks.describe_addon().cluster_name(cluster).addon_name(name).send().await {
        Ok(answer) => match answer.addon {
            Some(add_on) => Reading::Known(Some(read_add_on(add_on))),
            None => gap::malformed(Source::AddOn, "it holds no add-on"),
        },
        Err(error) => absent_in_cluster(Source::AddOn, &classify_aws_error(&error), name, cluster),
    }
}

/// Reads an error: absence only by a not-found that names the object.
pub fn absent_or_gap<T>(source: Source, error: &AwsError, name: &str) -> Reading<Option<T>> {
    if error.code.as_deref() == Some("ResourceNotFoundException") && error.mentions(name) {
        return Reading::Known(None);
    }
    Reading::Unavailable(gap::of_aws(source, error))
}

fn absent_in_cluster<T>(source: Source, error: &AwsError, name: &str, cluster: &str) -> Reading<Option<T>> {
    match absent_or_gap(source, error, name) {
        Reading::Unavailable(_) => Reading::Unavailable(in_cluster(source, error, cluster)),
        known @ Reading::Known(_) => known,
    }
}

/// The gap of a question about something in a cluster; a not-found that names nothing else means the cluster.
fn in_cluster(source: Source, error: &AwsError, cluster: &str) -> Gap {
    let gap = gap::of_aws(source, error);
    if error.code.as_deref() == Some("ResourceNotFoundException") && error.mentions(cluster) {
        let detail = format!("EKS knows no cluster {cluster}");
        return Gap { detail, kind: Some(GapKind::NoSuchCluster), ..gap };
    }
    gap
}

/// Turns the SDK's time into the evidence's.
pub fn timestamp(time: Option<DateTime>) -> Option<Timestamp> {
    let time = time?;
    Timestamp::new(time.secs(), i32::try_from(time.subsec_nanos()).ok()?).ok()
}

fn read_cluster(cluster: aws_sdk_eks::types::Cluster) -> Cluster {
    let issues = cluster.health.and_then(|health| health.issues).unwrap_or_default();
    Cluster {
        name: cluster.name.unwrap_or_default(),
        arn: cluster.arn.unwrap_or_default(),
        version: cluster.version,
        platform_version: cluster.platform_version,
        status: cluster.status.map(|status| status.as_str().to_owned()),
        endpoint: cluster.endpoint,
        certificate_authority: cluster
            .certificate_authority
            .map(|one| CertificateAuthority { data: one.data.unwrap_or_default() }),
        compute_config: cluster.compute_config.map(|config| ComputeConfig {
            enabled: config.enabled.unwrap_or_default(),
            node_role_arn: config.node_role_arn,
        }),
        outpost_config: cluster.outpost_config.map(|config| json!({ "outpostArns": config.outpost_arns })),
        connector_config: cluster.connector_config.map(|config| json!({ "provider": config.provider })),
        kubernetes_network_config: cluster
            .kubernetes_network_config
            .map(|config| NetworkConfig { ip_family: config.ip_family.map(|family| family.as_str().to_owned()) }),
        identity: cluster.identity.map(|identity| Identity {
            oidc: identity.oidc.map(|oidc| Oidc { issuer: oidc.issuer.unwrap_or_default() }),
        }),
        health: Some(Health {
            issues: issues
                .into_iter()
                .map(|issue| {
                    health_issue(issue.code.map(|code| code.as_str().to_owned()), issue.message, issue.resource_ids)
                })
                .collect(),
        }),
    }
}

fn read_association(association: aws_sdk_eks::types::PodIdentityAssociation) -> Association {
    Association {
        cluster_name: association.cluster_name.unwrap_or_default(),
        namespace: association.namespace.unwrap_or_default(),
        service_account: association.service_account.unwrap_or_default(),
        role_arn: association.role_arn.unwrap_or_default(),
        association_id: association.association_id.unwrap_or_default(),
        created_at: timestamp(association.created_at),
        modified_at: timestamp(association.modified_at),
        owner_arn: association.owner_arn,
        disable_session_tags: association.disable_session_tags,
        target_role_arn: association.target_role_arn,
        external_id: association.external_id,
        policy: association.policy,
        tags: of_tools(association.tags.unwrap_or_default()),
    }
}

fn read_add_on(add_on: aws_sdk_eks::types::Addon) -> AddOn {
    let issues = add_on.health.and_then(|health| health.issues).unwrap_or_default();
    AddOn {
        addon_name: add_on.addon_name.unwrap_or_default(),
        addon_version: add_on.addon_version,
        status: add_on.status.map(|status| status.as_str().to_owned()),
        health: Some(Health {
            issues: issues
                .into_iter()
                .map(|issue| {
                    health_issue(issue.code.map(|code| code.as_str().to_owned()), issue.message, issue.resource_ids)
                })
                .collect(),
        }),
        created_at: timestamp(add_on.created_at),
        modified_at: timestamp(add_on.modified_at),
        service_account_role_arn: add_on.service_account_role_arn,
        pod_identity_associations: add_on.pod_identity_associations.unwrap_or_default(),
    }
}

/// The SDK has a type of its own for the issues of a cluster and for those of an add-on; they say the same.
fn health_issue(code: Option<String>, message: Option<String>, resource_ids: Option<Vec<String>>) -> HealthIssue {
    HealthIssue { code: code.unwrap_or_default(), message, resource_ids: resource_ids.unwrap_or_default() }
}
