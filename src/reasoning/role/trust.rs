//! What the trust policies of the associated and the target role say of the pod.

use serde_json::Value;

use crate::evidence::aws::role::Arn;
use crate::evidence::{Association, Evidence, Gap, GapReason, Role, Source};
use crate::reasoning::iam::calls::{ASSUME_ROLE, TAG_SESSION};
use crate::reasoning::iam::{
    Actual, Clause, Decision, Document, NotAPolicy, PodIdentityCall, Request, TargetRoleCall, evaluate,
};

impl Association {
    /// The target role, where there is one.
    pub fn target(&self) -> Option<&str> {
        self.target_role_arn.as_deref().filter(|arn| !arn.is_empty())
    }

    /// Whether role and target role are in one account, so that one of the two sides is enough to allow the step.
    pub fn has_target_in_own_account(&self) -> bool {
        let account = |arn| Arn::parse(arn).map(|arn| (arn.partition, arn.account));
        self.target().is_some_and(|target| account(target) == account(&self.role_arn))
    }

    /// What the second step needs: to assume the role, and to tag the session where sessions are tagged.
    pub fn target_actions(&self) -> &'static [&'static str] {
        if self.has_session_tags() { &[ASSUME_ROLE, TAG_SESSION] } else { &[ASSUME_ROLE] }
    }
}

impl Evidence {
    /// The requests that the target role's trust policy must allow.
    pub fn target_role_requests(&self, association: &Association) -> Vec<Request> {
        let call = TargetRoleCall {
            source_role_arn: &association.role_arn,
            external_id: association.external_id.as_deref(),
            first: self.pod_identity_call(association.has_session_tags()),
        };
        association.target_actions().iter().map(|action| call.request(action)).collect()
    }
}

impl Role {
    /// Its trust policy; a gap of the source that gave the role where the policy is none.
    pub fn trust_policy(&self, source: Source) -> Result<Document, Gap> {
        Document::from_value(&self.assume_role_policy_document).map_err(|error| {
            let reason = match error {
                NotAPolicy::NotJson(_) => GapReason::Malformed,
                NotAPolicy::NotAnObject | NotAPolicy::NoStatement => GapReason::Insufficient,
            };
            Gap::new(source, reason, format!("the trust policy cannot be read: {error}"))
        })
    }
}

impl Evidence {
    /// The trust policy of the role; a gap where the role was not read, or its policy is none.
    pub fn trust_policy(&self) -> Result<Document, Gap> {
        self.existing_role()?.trust_policy(Source::Role)
    }

    /// What EKS will ask STS for this pod; `tags` says whether the session carries tags.
    pub fn pod_identity_call(&self, tags: bool) -> PodIdentityCall<'_> {
        let pod = self.live_pod().ok().flatten().map(|pod| &pod.metadata);
        let cluster_arn = self.cluster_arn();
        let region = cluster_arn.and_then(Arn::parse).map(|arn| arn.region);
        PodIdentityCall {
            namespace: Some(&self.target.namespace),
            service_account: self.service_account_name().ok(),
            pod_name: pod.map(|pod| pod.name.as_str()),
            pod_uid: pod.map(|pod| pod.uid.as_str()).filter(|uid| !uid.is_empty()),
            cluster_arn,
            cluster_name: self.cluster_name(),
            region: region.or(self.context.region.as_ref().map(|region| region.value.as_str())),
            session_tags_disabled: Some(!tags),
        }
    }

    /// The requests that must all be allowed: one to assume the role, one to tag the session if it is tagged.
    pub fn trust_requests(&self, tags: bool) -> Vec<Request> {
        let actions: &[&str] = if tags { &[ASSUME_ROLE, TAG_SESSION] } else { &[ASSUME_ROLE] };
        let call = self.pod_identity_call(tags);
        actions.iter().map(|action| call.request(action)).collect()
    }

    /// Whether the trust policy of the role surely allows all that EKS asks for this pod, and no further role is in the way.
    pub fn trust_surely_allows(&self) -> bool {
        let has_target = self.association.present().is_none_or(|association| association.target_role_arn.is_some());
        !has_target && self.source_trust_surely_allows()
    }

    /// Whether the trust policy of the associated role surely allows all that EKS asks for this pod.
    pub fn source_trust_surely_allows(&self) -> bool {
        let Ok(document) = self.trust_policy() else { return false };
        let allows = |request: &Request| evaluate(&document, request).decision == Decision::Allowed;
        self.possible_session_tags().into_iter().all(|tags| self.trust_requests(tags).iter().all(allows))
    }

    /// A statement that lets this pod in and nobody else; `None` where nothing tells it from others.
    ///
    /// The cluster is named only where it is known to be the one that kubectl talks to.
    pub fn own_trust_statement(&self, tags: bool) -> Option<Value> {
        let call = self.pod_identity_call(tags);
        let is_proven = self.cluster.present().is_some_and(|cluster| self.is_proven(cluster));
        PodIdentityCall { cluster_arn: call.cluster_arn.filter(|_| is_proven), ..call }.own_statement()
    }

    /// Whether sessions are tagged; both where the association is not known.
    pub fn possible_session_tags(&self) -> Vec<bool> {
        match self.association.known() {
            Some(association) => {
                vec![association.as_ref().is_none_or(crate::evidence::Association::has_session_tags)]
            }
            None => vec![true, false],
        }
    }

    /// The gap of clauses that are undecidable: that of the cluster where reading it would settle one of them.
    pub fn gap_of_clauses(&self, clauses: &[Clause]) -> Gap {
        let told_by_cluster = |clause: &Clause| {
            let key = clause.condition().map(|(_, key)| key.to_ascii_lowercase()).unwrap_or_default();
            let key = key.starts_with("aws:requesttag/eks-cluster-") || key == "aws:requestedregion";
            key && clause.actual == Actual::Unknown
        };
        if let Some(gap) = self.cluster.gap()
            && clauses.iter().any(told_by_cluster)
        {
            return gap.clone();
        }
        let mut words: Vec<String> = clauses.iter().map(ToString::to_string).collect();
        words.dedup();
        Gap::undecidable(Source::Role, words.join("; "))
    }

    /// The cluster's ARN: as EKS says it, else the name of a context that is one.
    pub fn cluster_arn(&self) -> Option<&str> {
        let described = self.cluster.present().map(|cluster| cluster.arn.as_str()).filter(|arn| !arn.is_empty());
        let from_context = || {
            let detected = self.context.eks_cluster.as_ref().filter(|detected| detected.source == "contextArn")?;
            let name = self.context.name.as_deref()?;
            let arn = Arn::parse(name).filter(|arn| arn.service == "eks")?;
            (arn.resource.strip_prefix("cluster/") == Some(detected.value.as_str())).then_some(name)
        };
        described.or_else(from_context)
    }
}
