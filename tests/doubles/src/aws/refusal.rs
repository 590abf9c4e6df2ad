//! Why a call is refused: the errors of EKS, IAM and STS, in the words AWS uses.

use std::collections::BTreeMap;

use super::call::{Call, Service};

/// An error answer, before it takes a service's form.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The error code (`ResourceNotFoundException`, `NoSuchEntity`).
    pub code: String,
    /// The message.
    pub message: String,
    /// Further members that EKS gives (`clusterName`, `addonName`).
    pub members: BTreeMap<String, String>,
}

impl Refusal {
    /// Makes an error.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Refusal {
        Refusal { status, code: code.to_owned(), message: message.into(), members: BTreeMap::new() }
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Refusal {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// The caller's policies do not allow the action; `resource` as the service names it.
    pub fn denied(call: &Call, caller: &str, resource: &str) -> Refusal {
        let action = call.action();
        let code = if call.service.speaks_json() { "AccessDeniedException" } else { "AccessDenied" };
        let reason = format!("because no identity-based policy allows the {action} action");
        // The model of EKS Auth has another status for it than those of the other services.
        let status = if call.service == Service::EksAuth { 400 } else { 403 };
        Refusal::new(
            status,
            code,
            format!("User: {caller} is not authorized to perform: {action} on resource: {resource} {reason}"),
        )
    }

    /// Too many calls.
    pub fn throttled(service: Service) -> Refusal {
        let (status, code) = if service.speaks_json() { (429, "ThrottlingException") } else { (400, "Throttling") };
        Refusal::new(status, code, "Rate exceeded")
    }

    /// The session behind the access key has expired.
    pub fn expired(service: Service) -> Refusal {
        let code = if service.speaks_json() { "ExpiredTokenException" } else { "ExpiredToken" };
        Refusal::new(403, code, "The security token included in the request is expired")
    }

    /// Nobody knows the access key, or the session token is not its own.
    pub fn unknown_key(service: Service) -> Refusal {
        let code = if service.speaks_json() { "UnrecognizedClientException" } else { "InvalidClientTokenId" };
        Refusal::new(403, code, "The security token included in the request is invalid.")
    }

    /// The call is not signed.
    pub fn unsigned(service: Service) -> Refusal {
        if service.speaks_json() {
            return Refusal::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token");
        }
        Refusal::new(403, "MissingAuthenticationToken", "Request is missing Authentication Token")
    }

    /// The service has no such operation, or it is not played.
    pub fn unknown_operation(call: &Call) -> Refusal {
        match call.service {
            Service::CloudTrail => Refusal::new(400, "UnknownOperationException", "unknown operation"),
            Service::Eks | Service::EksAuth => Refusal::new(404, "UnknownOperationException", "unknown operation"),
            Service::Iam => Refusal::new(
                400,
                "InvalidAction",
                format!("Could not find operation {} for version 2010-05-08", call.operation),
            ),
            Service::Sts => Refusal::new(
                400,
                "InvalidAction",
                format!("Could not find operation {} for version 2011-06-15", call.operation),
            ),
        }
    }

    /// A parameter is missing or out of range.
    pub fn invalid_parameter(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "InvalidParameterException", message)
    }

    /// EKS has no such cluster in this account and region.
    pub fn no_cluster(name: &str) -> Refusal {
        Refusal::new(404, "ResourceNotFoundException", format!("No cluster found for name: {name}."))
            .with("clusterName", name)
    }

    /// The account has no such role.
    pub fn no_role(name: &str) -> Refusal {
        Refusal::new(404, "NoSuchEntity", format!("The role with name {name} cannot be found."))
    }
}
