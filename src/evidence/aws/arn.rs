//! Amazon resource names, taken apart.

/// An ARN: `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `iam`, `eks`, …
    pub service: &'a str,
    /// Empty for global services.
    pub region: &'a str,
    /// Twelve digits.
    pub account: &'a str,
    /// What is left, such as `role/path/name`.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Takes an ARN apart; `None` for anything that is not one.
    pub fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        if parts.next()? != "arn" {
            return None;
        }
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (!arn.partition.is_empty() && !arn.service.is_empty() && !arn.resource.is_empty()).then_some(arn)
    }

    /// The name of a role: the last segment, as IAM takes it. `assumed-role/NAME/SESSION` has no path.
    pub fn role_name(&self) -> Option<&'a str> {
        match self.resource.split_once('/')? {
            ("role", path) => path.rsplit('/').next().filter(|name| !name.is_empty()),
            ("assumed-role", rest) => rest.split('/').next().filter(|name| !name.is_empty()),
            _ => None,
        }
    }
}
