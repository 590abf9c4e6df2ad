//! The places where an SDK can find credentials in a pod.

/// A place where an SDK can find credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialSource {
    /// Access keys in the environment.
    StaticKeys,
    /// The variables of IRSA, exchanged at STS.
    WebIdentity,
    /// A profile in a shared file: keys, a role, a process.
    Profile,
    /// The address of ECS, 169.254.170.2, with the path of a variable behind it.
    Ecs,
    /// The agent of EKS Pod Identity.
    PodIdentity,
    /// Another address than the agent's in the variable of Pod Identity.
    OtherAddress,
    /// The role of the node, from its metadata service.
    InstanceMetadata,
}

impl CredentialSource {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::StaticKeys => "staticKeys",
            Self::WebIdentity => "webIdentity",
            Self::Profile => "profile",
            Self::Ecs => "ecs",
            Self::PodIdentity => "podIdentity",
            Self::OtherAddress => "otherAddress",
            Self::InstanceMetadata => "instanceMetadata",
        }
    }

    /// The words of the human report, behind "takes".
    pub fn phrase(self) -> &'static str {
        match self {
            Self::StaticKeys => "the access keys in the environment",
            Self::WebIdentity => "web identity (IRSA)",
            Self::Profile => "the profile",
            Self::Ecs => "the address of ECS, where nobody answers on EKS",
            Self::PodIdentity => "Pod Identity",
            Self::OtherAddress => "the address in AWS_CONTAINER_CREDENTIALS_FULL_URI, which is not the agent",
            Self::InstanceMetadata => "the role of the node",
        }
    }

    /// Whether it is asked over the variables of containers, with a token.
    pub fn takes_token(self) -> bool {
        matches!(self, Self::Ecs | Self::PodIdentity | Self::OtherAddress)
    }
}
