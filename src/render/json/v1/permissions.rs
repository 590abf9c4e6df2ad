//! The document of `permissions --check`.

use serde::Serialize;

use super::document;

document! {
    /// Which of the rights that a run needs the user has.
    struct PermissionsCheck {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `PermissionsCheck`.
        kind: String,
        /// What the process ends with: 0 all held, 1 some missing, 3 not known. It speaks of the cluster alone.
        exit_code: u8,
        /// `read`, `canary`, `probe`, `assume`.
        levels: Vec<String>,
        /// The namespaces of the pods.
        namespaces: Vec<String>,
        /// The namespace of the agent.
        agent_namespace: String,
        /// The rights in the cluster.
        rights: Vec<RightCheck>,
        /// The actions of AWS, of which nobody was asked.
        not_asked: Vec<String>,
    }

    /// A right in the cluster.
    struct RightCheck {
        /// The level that needs it.
        level: String,
        /// The verb.
        verb: String,
        /// The API group, empty for the core group.
        group: String,
        /// The resource, with its subresource: `pods/log`.
        resource: String,
        /// The namespace; null for the whole cluster.
        namespace: Option<String>,
        /// `held`, `missing`, `unknown`.
        state: String,
        /// Why it is not known.
        detail: Option<String>,
    }
}
