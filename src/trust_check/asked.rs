//! The requests that a policy is asked, from what its reader says of the pod.

use serde_json::{Value, json};

use crate::evidence::aws::role::Arn;
use crate::reasoning::iam::calls::{ASSUME_ROLE, POD_IDENTITY_SERVICE, TAG_SESSION};
use crate::reasoning::iam::{PodIdentityCall, Request, RequestPrincipal, TargetRoleCall, edit};
use crate::report::AskedOfTrust;

/// What the reader says. What is `None` was not given, and whatever hangs on it is undecided.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The namespace of the pod.
    pub namespace: Option<String>,
    /// Its service account.
    pub service_account: Option<String>,
    /// Its name.
    pub pod_name: Option<String>,
    /// Its UID.
    pub pod_uid: Option<String>,
    /// The EKS cluster, by name or ARN.
    pub cluster: Option<String>,
    /// The region of the cluster.
    pub region: Option<String>,
    /// The account of the cluster.
    pub account: Option<String>,
    /// `disableSessionTags` of the association.
    pub session_tags_disabled: bool,
    /// The associated role, if the policy is that of its target role.
    pub source_role_arn: Option<String>,
    /// `externalId` of the association, which goes to the target role.
    pub external_id: Option<String>,
}

impl Asked {
    /// The same with what a role's own ARN tells: the associated role is in the account of its cluster, a target role
    /// need not be.
    #[must_use]
    pub fn completed_by(mut self, role_arn: Option<&str>) -> Self {
        let known = self.source_role_arn.as_deref().or(role_arn);
        let role = known.and_then(Arn::parse).map(|arn| (arn.partition.to_owned(), arn.account.to_owned()));
        if let Some(arn) = self.cluster.as_deref().and_then(Arn::parse) {
            self.region.get_or_insert_with(|| arn.region.to_owned());
            self.account.get_or_insert_with(|| arn.account.to_owned());
            return self;
        }
        let partition = match &role {
            Some((partition, account)) => {
                self.account.get_or_insert_with(|| account.clone());
                Some(partition.clone())
            }
            None => self.region.as_deref().and_then(partition_of).map(str::to_owned),
        };
        if let (Some(name), Some(region), Some(account), Some(partition)) =
            (&self.cluster, &self.region, &self.account, partition)
        {
            self.cluster = Some(format!("arn:{partition}:eks:{region}:{account}:cluster/{name}"));
        }
        self
    }

    /// The requests that must all be allowed: one to assume the role, one to tag the session if it is tagged.
    pub fn requests(&self) -> Vec<(&'static str, Request)> {
        self.actions().iter().map(|action| (*action, self.request(action))).collect()
    }

    /// The actions of the requests.
    pub fn actions(&self) -> &'static [&'static str] {
        if self.session_tags_disabled { &[ASSUME_ROLE] } else { &[ASSUME_ROLE, TAG_SESSION] }
    }

    /// Who asks.
    pub fn principal(&self) -> RequestPrincipal {
        match &self.source_role_arn {
            Some(arn) => RequestPrincipal::Role(arn.clone()),
            None => RequestPrincipal::Service(POD_IDENTITY_SERVICE.to_owned()),
        }
    }

    /// A statement that lets in who asks, and nobody else; `None` where what was given does not tell that one from others.
    pub fn own_statement(&self) -> Option<Value> {
        let external_id = self.external_id.as_ref().map(|id| json!({ "StringEquals": { "sts:ExternalId": id } }));
        match &self.source_role_arn {
            Some(_) => Some(edit::allow(&self.principal(), self.actions(), external_id.as_ref())),
            None => self.first_call().own_statement(),
        }
    }

    /// The same for a report.
    pub fn told(&self) -> AskedOfTrust {
        AskedOfTrust {
            principal: self.principal().as_str().to_owned(),
            namespace: self.namespace.clone(),
            service_account: self.service_account.clone(),
            pod_name: self.pod_name.clone(),
            pod_uid: self.pod_uid.clone(),
            cluster_arn: self.cluster_arn().map(str::to_owned),
            cluster_name: self.cluster_name().map(str::to_owned),
            region: self.region.clone(),
            session_tags: !self.session_tags_disabled,
            external_id: self.external_id.clone(),
        }
    }

    fn request(&self, action: &str) -> Request {
        let first = self.first_call();
        match &self.source_role_arn {
            None => first.request(action),
            Some(source_role_arn) => {
                TargetRoleCall { source_role_arn, external_id: self.external_id.as_deref(), first }.request(action)
            }
        }
    }

    fn first_call(&self) -> PodIdentityCall<'_> {
        PodIdentityCall {
            namespace: self.namespace.as_deref(),
            service_account: self.service_account.as_deref(),
            pod_name: self.pod_name.as_deref(),
            pod_uid: self.pod_uid.as_deref(),
            cluster_arn: self.cluster_arn(),
            cluster_name: self.cluster_name(),
            region: self.region.as_deref(),
            session_tags_disabled: Some(self.session_tags_disabled),
        }
    }

    fn cluster_arn(&self) -> Option<&str> {
        self.cluster.as_deref().filter(|cluster| Arn::parse(cluster).is_some())
    }

    fn cluster_name(&self) -> Option<&str> {
        let cluster = self.cluster.as_deref()?;
        match Arn::parse(cluster) {
            Some(arn) => arn.resource.strip_prefix("cluster/"),
            None => Some(cluster),
        }
    }
}

/// The partition of a region whose name tells it; others exist, so that an unusual name tells nothing.
fn partition_of(region: &str) -> Option<&'static str> {
    let (area, rest) = region.split_once('-')?;
    match (area, rest) {
        ("cn", _) => Some("aws-cn"),
        ("us", rest) if rest.starts_with("gov-") => Some("aws-us-gov"),
        ("us", rest) if rest.starts_with("iso") => None,
        ("us" | "eu" | "ap" | "sa" | "ca" | "af" | "me" | "il" | "mx", rest) if !rest.starts_with("iso") => Some("aws"),
        _ => None,
    }
}
