//! What IAM roles for service accounts (IRSA) would give a pod: role, issuer, provider, token.
//!
//! It is separate because every check of area irsa starts from these, and because the collector and the checks must mean
//! the same role. Which way a pod is on is the matter of the mode.

use crate::evidence::aws::role::Arn;
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::kubernetes::metadata::{AUDIENCE_ANNOTATION, ROLE_ARN, STS_AUDIENCE};
use crate::evidence::{Container, Evidence, Gap, GapReason, Pod, Role, ServiceAccount, Source};
use crate::reasoning::iam::{Document, WebIdentityCall};

/// The role that IRSA is to give: the one of the annotation, else the one that a container carries.
pub fn wanted_role<'e>(account: Option<&'e ServiceAccount>, pod: Option<&'e Pod>) -> Option<&'e str> {
    let annotated = account.and_then(ServiceAccount::annotated_role);
    let carried = |pod: &'e Pod| {
        let on_irsa = |one: &Container<'e>| one.has_web_identity_variables();
        pod.containers().filter(on_irsa).find_map(|one| one.spec.variable(ROLE_ARN).and_then(EnvVar::text))
    };
    annotated.or_else(|| pod.and_then(carried)).filter(|role| !role.is_empty())
}

/// The ARN of the identity provider of an issuer, in the account of a role; `None` where the role's is none.
pub fn provider_arn(role_arn: &str, issuer: &str) -> Option<String> {
    let arn = Arn::parse(role_arn)?;
    Some(format!("arn:{}:iam::{}:oidc-provider/{issuer}", arn.partition, arn.account))
}

/// The identity provider of a cluster as the trust policy of a role names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// `arn:PARTITION:iam::ACCOUNT:oidc-provider/HOST/PATH`, in the account of the role.
    pub arn: String,
    /// The issuer without `https://`: what stands before `:sub` in condition keys.
    pub issuer: String,
}

impl Evidence {
    /// The ARN that the pod is to use through IRSA; `None` where nothing asks for IRSA.
    ///
    /// Whether it is on IRSA at all depends on the associations, so that without them this is a gap.
    pub fn irsa_role_arn(&self) -> Result<Option<&str>, Gap> {
        let pod = self.pod_or_template()?;
        let carries = pod.is_some_and(|pod| pod.containers().any(|one| one.has_web_identity_variables()));
        let account = match self.service_account.get() {
            Ok(account) => account.as_ref(),
            Err(gap) if !carries => return Err(gap),
            Err(_) => None,
        };
        if !carries && account.and_then(ServiceAccount::annotated_role).is_none() {
            return Ok(None);
        }
        self.associated()?;
        let unread = || {
            Gap::undecidable(
                Source::Pod,
                format!("{ROLE_ARN} comes from where values are not read, and nothing else names the role"),
            )
        };
        wanted_role(account, pod).map(Some).ok_or_else(unread)
    }

    /// The role of IRSA; a gap where it was not read, and also where it does not exist.
    pub fn existing_irsa_role(&self) -> Result<&Role, Gap> {
        let missing = || Gap::new(Source::IrsaRole, GapReason::Insufficient, "the role does not exist");
        self.irsa_role.get()?.as_ref().ok_or_else(missing)
    }

    /// Its trust policy.
    pub fn irsa_trust_policy(&self) -> Result<Document, Gap> {
        self.existing_irsa_role()?.trust_policy(Source::IrsaRole)
    }

    /// The cluster's identity provider in the account of the role of IRSA.
    pub fn irsa_provider(&self) -> Result<Provider, Gap> {
        let role = self.existing_irsa_role()?;
        let cluster = self.described_cluster()?;
        let untold = || Gap::new(Source::Cluster, GapReason::Insufficient, "EKS told no issuer");
        let issuer = cluster.issuer().ok_or_else(untold)?;
        let arn = provider_arn(&role.arn, issuer);
        let arn = arn.ok_or_else(|| Gap::new(Source::IrsaRole, GapReason::Malformed, "the role has no ARN"))?;
        Ok(Provider { arn, issuer: issuer.to_owned() })
    }

    /// What the SDK will ask STS with the token of this pod.
    pub fn web_identity_call<'e>(&'e self, provider: &'e Provider) -> WebIdentityCall<'e> {
        WebIdentityCall {
            provider_arn: &provider.arn,
            issuer: &provider.issuer,
            namespace: Some(&self.target.namespace),
            service_account: self.service_account_name().ok(),
            audience: self.service_account.known().map(|_| self.irsa_audience()),
            // Which endpoint of STS an SDK calls is its own affair.
            region: None,
        }
    }

    /// Whom the token of IRSA has to be for: as the service account asks for it, else AWS STS.
    ///
    /// What the pod's own volume holds does not count: another audience there is a fault of the volume, and a role that lets
    /// it in lets in tokens that were made for others.
    pub fn irsa_audience(&self) -> &str {
        let account = self.service_account.present();
        let annotated = account.and_then(|account| account.metadata.annotations.get(AUDIENCE_ANNOTATION));
        annotated.map(String::as_str).filter(|text| !text.is_empty()).unwrap_or(STS_AUDIENCE)
    }

    /// Why it is not known whether the target asks for IRSA: its service account could not be read, and its annotation tells.
    ///
    /// A pod without variables gets no role by either way, whatever the account says. It tells what a pod to come would get, and
    /// whether the variables of ConfigMaps and Secrets, of which no values are read, may be those of a role.
    pub fn unread_annotation(&self) -> Option<&Gap> {
        let gap = self.service_account.gap()?;
        let to_come = !self.live_pod().is_ok_and(|pod| pod.is_some());
        let takes_objects = |one: &Container<'_>| !one.env_from.is_empty();
        let from_elsewhere = || self.containers().is_ok_and(|containers| containers.iter().any(takes_objects));
        (to_come || from_elsewhere()).then_some(gap)
    }
}
