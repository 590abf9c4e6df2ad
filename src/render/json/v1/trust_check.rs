//! The document of `check-trust`.

use serde::Serialize;

use super::{Remediation, Tool, document};

document! {
    /// What a trust policy makes of the request of EKS Pod Identity.
    struct TrustCheck {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `TrustCheck`.
        kind: String,
        /// What made the document.
        tool: Tool,
        /// The file, or `standard input`.
        file: String,
        /// The name of the role; null where neither file nor flag tells it.
        role_name: Option<String>,
        /// `allowed`, `denied`, `undecided`.
        decision: String,
        /// What the process ends with.
        exit_code: u8,
        /// The headline.
        summary: String,
        /// The request that the policy was asked.
        request: TrustRequest,
        /// Each action of the request by itself.
        actions: Vec<TrustAction>,
        /// The places of the policy that decide.
        clauses: Vec<TrustClause>,
        /// The flags that would settle what is undecided.
        missing_inputs: Vec<MissingInput>,
        /// What to know beyond the decision.
        notes: Vec<String>,
        /// What a person can do.
        remediation: Vec<Remediation>,
    }

    /// The request that a policy was asked. What is null was not given.
    struct TrustRequest {
        /// Who asks: `pods.eks.amazonaws.com`, or the ARN of a role.
        principal: String,
        /// The namespace.
        namespace: Option<String>,
        /// The service account.
        service_account: Option<String>,
        /// The name of the pod.
        pod_name: Option<String>,
        /// The UID of the pod.
        pod_uid: Option<String>,
        /// The ARN of the cluster.
        cluster_arn: Option<String>,
        /// The name of the cluster.
        cluster_name: Option<String>,
        /// The region.
        region: Option<String>,
        /// Whether the session carries tags.
        session_tags: bool,
        /// The external id.
        external_id: Option<String>,
    }

    /// What the policy makes of one action.
    struct TrustAction {
        /// The action.
        action: String,
        /// `allowed`, `denied`, `undecided`.
        decision: String,
        /// Whether a Deny statement matches.
        explicit_deny: bool,
    }

    /// A place of the policy that decides.
    struct TrustClause {
        /// Where it stands in the policy.
        place: String,
        /// The line in the file, from 1; null where the policy was decoded from it.
        line: Option<usize>,
        /// The column in characters, from 1.
        column: Option<usize>,
        /// The name of its statement.
        sid: Option<String>,
        /// The actions that it decides.
        actions: Vec<String>,
        /// `allows`, `denies`, `undecided`.
        part: String,
        /// The same in words.
        says: String,
        /// The condition operator; null for other elements.
        operator: Option<String>,
        /// The condition key; null for other elements.
        key: Option<String>,
        /// What it wants, as written.
        wanted: Vec<String>,
        /// What the request has; null where that is not known.
        found: Option<Vec<String>>,
    }

    /// Something that was not given.
    struct MissingInput {
        /// The flag that gives it.
        flag: String,
        /// The condition key that asks for it.
        key: String,
    }
}
