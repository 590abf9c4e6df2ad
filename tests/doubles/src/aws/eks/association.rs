//! What EKS answers about pod identity associations.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{Place, page, seconds};
use crate::aws::call::Call;
use crate::aws::refusal::Refusal;
use crate::aws::state::{Association, Cluster, association_id};

/// Answers a call about a cluster's associations.
pub fn answer(cluster: &mut Cluster, call: &Call, place: &Place) -> Result<Value, Refusal> {
    let view = View { cluster: call.text("name"), place };
    match call.operation.as_str() {
        "ListPodIdentityAssociations" => list(cluster, call, &view),
        "CreatePodIdentityAssociation" => create(cluster, call).map(|association| view.whole(association)),
        "DescribePodIdentityAssociation" => find(cluster, call).map(|found| view.whole(&cluster.associations[found])),
        "UpdatePodIdentityAssociation" => update(cluster, call).map(|association| view.whole(association)),
        "DeletePodIdentityAssociation" => {
            let found = find(cluster, call)?;
            Ok(view.whole(&cluster.associations.remove(found)))
        }
        _ => Err(Refusal::unknown_operation(call)),
    }
}

fn list(cluster: &Cluster, call: &Call, view: &View<'_>) -> Result<Value, Refusal> {
    let wanted = |name: &str, found: &str| !call.input.contains_key(name) || call.text(name) == found;
    let all = cluster.associations.iter();
    let matching = all.filter(|a| wanted("namespace", &a.namespace) && wanted("serviceAccount", &a.service_account));
    page::page(call, "associations", matching.map(|association| Value::Object(view.summary(association))).collect())
}

fn create<'a>(cluster: &'a mut Cluster, call: &Call) -> Result<&'a Association, Refusal> {
    for name in ["namespace", "serviceAccount", "roleArn"] {
        if call.text(name).is_empty() {
            return Err(Refusal::invalid_parameter(format!("{name} is required")));
        }
    }
    let (namespace, service_account) = (call.text("namespace"), call.text("serviceAccount"));
    let mut all = cluster.associations.iter();
    if let Some(existing) = all.find(|a| a.namespace == namespace && a.service_account == service_account) {
        let message = format!("Association already exists: {}", existing.association_id);
        return Err(Refusal::new(409, "ResourceInUseException", message).with("clusterName", call.text("name")));
    }
    let now = Timestamp::now();
    let mut association = Association {
        namespace: namespace.to_owned(),
        service_account: service_account.to_owned(),
        role_arn: String::new(),
        // Made again, an association gets another id.
        association_id: association_id(&[namespace, service_account, &now.to_string()]),
        created_at: now,
        modified_at: None,
        owner_arn: None,
        disable_session_tags: false,
        target_role_arn: None,
        external_id: None,
        policy: None,
        tags: call.input.get("tags").cloned().and_then(|tags| serde_json::from_value(tags).ok()).unwrap_or_default(),
    };
    change(&mut association, call)?;
    let place = cluster.associations.len();
    cluster.associations.push(association);
    Ok(&cluster.associations[place])
}

fn update<'a>(cluster: &'a mut Cluster, call: &Call) -> Result<&'a Association, Refusal> {
    let found = find(cluster, call)?;
    let association = &mut cluster.associations[found];
    change(association, call)?;
    association.modified_at = Some(Timestamp::now());
    Ok(association)
}

/// Takes over what Create and Update have in common.
fn change(association: &mut Association, call: &Call) -> Result<(), Refusal> {
    if let Some(role) = call.input.get("roleArn").and_then(Value::as_str) {
        role.clone_into(&mut association.role_arn);
    }
    if let Some(disabled) = call.input.get("disableSessionTags").and_then(Value::as_bool) {
        association.disable_session_tags = disabled;
    }
    if let Some(target) = call.input.get("targetRoleArn").and_then(Value::as_str) {
        association.target_role_arn = Some(target.to_owned()).filter(|target| !target.is_empty());
        association.external_id =
            association.target_role_arn.is_some().then(|| format!("external-{}", association.association_id));
    }
    if let Some(policy) = call.input.get("policy").and_then(Value::as_str) {
        association.policy = Some(policy.to_owned()).filter(|policy| !policy.is_empty());
    }
    if association.policy.is_some() && !association.disable_session_tags {
        return Err(Refusal::invalid_parameter("policy needs disableSessionTags"));
    }
    Ok(())
}

fn find(cluster: &Cluster, call: &Call) -> Result<usize, Refusal> {
    let id = call.text("associationId");
    cluster.associations.iter().position(|association| association.association_id == id).ok_or_else(|| {
        let message = format!("No pod identity association found for id: {id}.");
        Refusal::new(404, "ResourceNotFoundException", message).with("clusterName", call.text("name"))
    })
}

/// How associations of one cluster are shown.
struct View<'a> {
    cluster: &'a str,
    place: &'a Place,
}

impl View<'_> {
    fn summary(&self, association: &Association) -> Map<String, Value> {
        let id = &association.association_id;
        let mut members = Map::new();
        members.insert("clusterName".into(), json!(self.cluster));
        members.insert("namespace".into(), json!(association.namespace));
        members.insert("serviceAccount".into(), json!(association.service_account));
        members.insert(
            "associationArn".into(),
            json!(self.place.arn(&format!("podidentityassociation/{}/{id}", self.cluster))),
        );
        members.insert("associationId".into(), json!(id));
        if let Some(owner) = &association.owner_arn {
            members.insert("ownerArn".into(), json!(owner));
        }
        members
    }

    fn whole(&self, association: &Association) -> Value {
        let mut members = self.summary(association);
        let modified_at = association.modified_at.unwrap_or(association.created_at);
        members.insert("roleArn".into(), json!(association.role_arn));
        members.insert("tags".into(), json!(association.tags));
        members.insert("createdAt".into(), seconds(association.created_at));
        members.insert("modifiedAt".into(), seconds(modified_at));
        members.insert("disableSessionTags".into(), json!(association.disable_session_tags));
        let optional = [
            ("targetRoleArn", &association.target_role_arn),
            ("externalId", &association.external_id),
            ("policy", &association.policy),
        ];
        members
            .extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))));
        json!({ "association": members })
    }
}
