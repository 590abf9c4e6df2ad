//! The kinds of event that a diagnosis puts on its timeline.

macro_rules! milestones {
    ($( $(#[$doc:meta])* $variant:ident = $word:literal, $phrase:literal; )*) => {
        /// The kinds of moment, in the order in which those of the same time are listed.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Milestone { $( $(#[$doc])* $variant, )* }

        impl Milestone {
            /// The word in machine output.
            pub fn word(self) -> &'static str {
                match self { $( Self::$variant => $word, )* }
            }

            /// What stands before the name of the object in the human report.
            pub fn phrase(self) -> &'static str {
                match self { $( Self::$variant => $phrase, )* }
            }
        }
    };
}

milestones! {
    /// The configuration of the webhook was created.
    WebhookCreated = "webhookCreated", "webhook configuration created";
    /// The service account was created.
    ServiceAccountCreated = "serviceAccountCreated", "service account created";
    /// The role was created.
    RoleCreated = "roleCreated", "role created";
    /// The association was created.
    AssociationCreated = "associationCreated", "association created";
    /// The association was last changed.
    AssociationChanged = "associationChanged", "association changed";
    /// The node became ready.
    NodeReady = "nodeReady", "node ready";
    /// The agent's container started.
    AgentStarted = "agentStarted", "agent started";
    /// The agent's pod became ready.
    AgentReady = "agentReady", "agent ready";
    /// The pod was created.
    PodCreated = "podCreated", "pod created";
    /// The pod was scheduled to its node.
    PodScheduled = "podScheduled", "pod scheduled";
    /// A container started.
    ContainerStarted = "containerStarted", "container started";
    /// The agent first logged that it fetched credentials for the pod.
    FirstFetched = "firstFetched", "credentials first fetched";
    /// The agent last logged that it fetched credentials for the pod.
    LastFetched = "lastFetched", "credentials last fetched";
    /// The agent last logged an error for the pod.
    LastRefused = "lastRefused", "error last logged";
}
