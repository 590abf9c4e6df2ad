//! The requests that EKS and SDKs make of STS on behalf of a pod, with what is documented of their condition keys.
//!
//! A key that no documentation settles stays unknown, so that whatever hangs on it is undecidable: `aws:SourceOrgID`,
//! `aws:SourceVpc`, `aws:PrincipalOrgID`, `aws:CurrentTime`, `aws:SourceIp`, `sts:RoleSessionName`
//! and others.

use serde_json::{Map, Value, json};

use super::edit::allow;
use super::request::{ContextValue, Request, RequestContext, RequestPrincipal};
use super::values::account_and_partition;
use crate::evidence::aws::role::Arn;

/// The service principal of EKS Pod Identity, in every partition.
pub const POD_IDENTITY_SERVICE: &str = "pods.eks.amazonaws.com";
/// The action that gives the session.
pub const ASSUME_ROLE: &str = "sts:AssumeRole";
/// The action that is needed to give it tags.
pub const TAG_SESSION: &str = "sts:TagSession";
/// The action of IAM roles for service accounts.
pub const ASSUME_ROLE_WITH_WEB_IDENTITY: &str = "sts:AssumeRoleWithWebIdentity";
/// The ARN of the resource on whose behalf a service asks: EKS gives that of the cluster.
pub const SOURCE_ARN: &str = "aws:SourceArn";
/// Its account.
const SOURCE_ACCOUNT: &str = "aws:SourceAccount";
/// What the name of a tag in a request begins with as a condition key.
pub const REQUEST_TAG: &str = "aws:RequestTag/";

/// The session tags, in the order EKS documents them; all are transitive.
pub const SESSION_TAGS: [&str; 6] = [
    "eks-cluster-arn",
    "eks-cluster-name",
    "kubernetes-namespace",
    "kubernetes-service-account",
    "kubernetes-pod-name",
    "kubernetes-pod-uid",
];

/// The call in which EKS assumes the associated role for a pod. What is `None` is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PodIdentityCall<'a> {
    /// The pod's namespace.
    pub namespace: Option<&'a str>,
    /// Its service account.
    pub service_account: Option<&'a str>,
    /// Its name.
    pub pod_name: Option<&'a str>,
    /// Its UID.
    pub pod_uid: Option<&'a str>,
    /// The cluster's ARN.
    pub cluster_arn: Option<&'a str>,
    /// The cluster's name.
    pub cluster_name: Option<&'a str>,
    /// The cluster's region.
    pub region: Option<&'a str>,
    /// `disableSessionTags` of the association.
    pub session_tags_disabled: Option<bool>,
}

impl PodIdentityCall<'_> {
    /// The request for an action, `sts:AssumeRole` or `sts:TagSession`.
    ///
    /// `aws:PrincipalTag/…` and `aws:FederatedProvider` are documented for principals of IAM and role sessions only, and
    /// claims of identity providers for web identity only: a service principal carries none of them.
    pub fn request(&self, action: &str) -> Request {
        let context = self
            .with_tags(RequestContext::new(), "aws:RequestTag/")
            .with("aws:TagKeys", self.tag_keys())
            .with("sts:TransitiveTagKeys", self.tag_keys())
            .with("aws:RequestedRegion", known_or(self.region, ContextValue::Present))
            .with("aws:PrincipalIsAWSService", ContextValue::single("true"))
            .with("aws:PrincipalServiceName", ContextValue::single(POD_IDENTITY_SERVICE))
            .with("aws:SecureTransport", ContextValue::single("true"))
            .with(SOURCE_ARN, known_or(self.cluster_arn, ContextValue::Present))
            .with(SOURCE_ACCOUNT, known_or(self.account(), ContextValue::Present))
            .with("aws:FederatedProvider", ContextValue::Absent)
            .with_all("aws:PrincipalTag/", ContextValue::Absent)
            .with_provider_claims(ContextValue::Absent);
        Request::new(RequestPrincipal::Service(POD_IDENTITY_SERVICE.to_owned()), action, context)
    }

    /// An Allow statement that lets in exactly the caller of this request; `None` where nothing tells it from others.
    ///
    /// Session tags tell pods apart; without them only the cluster is told from others.
    pub fn own_statement(&self) -> Option<Value> {
        let mut keys = Map::new();
        let mut add = |key: String, value: Option<&str>| {
            keys.extend(value.map(|value| (key, Value::from(value))));
        };
        if self.session_tags_disabled == Some(true) {
            add(SOURCE_ACCOUNT.to_owned(), self.account());
            add(SOURCE_ARN.to_owned(), Some(self.cluster_arn?));
        } else {
            add(format!("{REQUEST_TAG}kubernetes-namespace"), Some(self.namespace?));
            add(format!("{REQUEST_TAG}kubernetes-service-account"), Some(self.service_account?));
            add(format!("{REQUEST_TAG}eks-cluster-arn"), self.cluster_arn);
        }
        let principal = RequestPrincipal::Service(POD_IDENTITY_SERVICE.to_owned());
        Some(allow(&principal, &[ASSUME_ROLE, TAG_SESSION], Some(&json!({ "StringEquals": keys }))))
    }

    /// The account of the cluster.
    fn account(&self) -> Option<&str> {
        self.cluster_arn.and_then(Arn::parse).map(|arn| arn.account)
    }

    /// The value of a session tag, where it is known.
    pub fn tag(&self, name: &str) -> Option<&str> {
        match name {
            "eks-cluster-arn" => self.cluster_arn,
            "eks-cluster-name" => self.cluster_name,
            "kubernetes-namespace" => self.namespace,
            "kubernetes-service-account" => self.service_account,
            "kubernetes-pod-name" => self.pod_name,
            "kubernetes-pod-uid" => self.pod_uid,
            _ => None,
        }
    }

    /// Sets the six tags under a prefix. Further tags cannot be given, so that any other is absent.
    fn with_tags(&self, mut context: RequestContext, prefix: &str) -> RequestContext {
        for name in SESSION_TAGS {
            let value = match self.session_tags_disabled {
                Some(true) => ContextValue::Absent,
                Some(false) => known_or(self.tag(name), ContextValue::Present),
                None => ContextValue::Unknown,
            };
            context = context.with(&format!("{prefix}{name}"), value);
        }
        context.with_all(prefix, ContextValue::Absent)
    }

    fn tag_keys(&self) -> ContextValue {
        match self.session_tags_disabled {
            Some(true) => ContextValue::Known(Vec::new()),
            Some(false) => ContextValue::Known(SESSION_TAGS.map(str::to_owned).to_vec()),
            None => ContextValue::Unknown,
        }
    }
}

/// The call in which an SDK exchanges a pod's token for the role of IRSA.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WebIdentityCall<'a> {
    /// `arn:PARTITION:iam::ACCOUNT:oidc-provider/ISSUER`.
    pub provider_arn: &'a str,
    /// The cluster's issuer, with or without `https://`.
    pub issuer: &'a str,
    /// The pod's namespace.
    pub namespace: Option<&'a str>,
    /// Its service account.
    pub service_account: Option<&'a str>,
    /// The token's audience; `sts.amazonaws.com` unless the service account asks for another.
    pub audience: Option<&'a str>,
    /// The region of the STS endpoint.
    pub region: Option<&'a str>,
}

impl WebIdentityCall<'_> {
    /// The request. A Kubernetes token carries no claim that becomes a session tag.
    pub fn request(&self) -> Request {
        let issuer = self.issuer.trim_start_matches("https://").trim_end_matches('/');
        let subject = self.namespace.zip(self.service_account);
        let subject = subject.map(|(namespace, name)| format!("system:serviceaccount:{namespace}:{name}"));
        let context = RequestContext::new()
            .with(&format!("{issuer}:sub"), known_or(subject.as_deref(), ContextValue::Present))
            .with(&format!("{issuer}:aud"), known_or(self.audience, ContextValue::Present))
            .with("aws:RequestedRegion", known_or(self.region, ContextValue::Present))
            .with("aws:TagKeys", ContextValue::Known(Vec::new()))
            .with("sts:TransitiveTagKeys", ContextValue::Known(Vec::new()))
            .with("sts:ExternalId", ContextValue::Absent)
            .with("aws:PrincipalServiceName", ContextValue::Absent)
            .with_all(REQUEST_TAG, ContextValue::Absent)
            // Which further claims IAM takes from a provider has changed over time.
            .with_all(&format!("{issuer}:"), ContextValue::Unknown)
            .with_provider_claims(ContextValue::Absent);
        let principal = RequestPrincipal::Federated(self.provider_arn.to_owned());
        Request::new(principal, ASSUME_ROLE_WITH_WEB_IDENTITY, context)
    }
}

/// The second call of an association with a target role: the session of the associated role assumes the target role.
///
/// Source: EKS user guide, "Access AWS resources using EKS Pod Identity target IAM roles".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TargetRoleCall<'a> {
    /// The associated role's ARN, path included.
    pub source_role_arn: &'a str,
    /// `externalId` of the association.
    pub external_id: Option<&'a str>,
    /// What the first call knows: the tags go along.
    pub first: PodIdentityCall<'a>,
}

impl TargetRoleCall<'_> {
    /// The request for an action, `sts:AssumeRole` or `sts:TagSession`.
    pub fn request(&self, action: &str) -> Request {
        let account = account_and_partition(self.source_role_arn).map(|(_, account)| account);
        let tags = self.first.with_tags(RequestContext::new(), REQUEST_TAG);
        let mut context = tags
            .with("aws:TagKeys", self.first.tag_keys())
            .with("sts:TransitiveTagKeys", ContextValue::Unknown)
            .with("sts:ExternalId", known_or(self.external_id, ContextValue::Unknown))
            .with("aws:RequestedRegion", known_or(self.first.region, ContextValue::Present))
            .with("aws:PrincipalArn", ContextValue::single(self.source_role_arn))
            .with("aws:PrincipalAccount", known_or(account, ContextValue::Present))
            .with("aws:PrincipalIsAWSService", ContextValue::single("false"))
            .with("aws:PrincipalServiceName", ContextValue::Absent)
            .with("aws:PrincipalType", ContextValue::single("AssumedRole"))
            .with("aws:username", ContextValue::Absent)
            .with("aws:FederatedProvider", ContextValue::Absent)
            .with_provider_claims(ContextValue::Absent);
        // Session tags outrank the tags of the source role; without them its own tags show, and those are not known.
        if self.first.session_tags_disabled == Some(false) {
            for name in SESSION_TAGS {
                let value = known_or(self.first.tag(name), ContextValue::Present);
                context = context.with(&format!("aws:PrincipalTag/{name}"), value);
            }
        }
        Request::new(RequestPrincipal::Role(self.source_role_arn.to_owned()), action, context)
    }
}

fn known_or(value: Option<&str>, otherwise: ContextValue) -> ContextValue {
    value.map_or(otherwise, ContextValue::single)
}
