//! What can be made to go wrong with the played AWS, for which calls, how many times.

use serde::{Deserialize, Serialize};

use super::authorize::matches;
use super::call::Call;

/// A fault, and the calls it befalls: those that match everything that is given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// The IAM action, with `*` and `?`: `eks:DescribeCluster`, `iam:*`, `*`.
    #[serde(default = "every_action")]
    pub action: String,
    /// Only calls signed with this access key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_key: Option<String>,
    /// Only calls signed for this region.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Only calls of which a parameter has this value: a cluster's, a role's, an add-on's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// How many calls it befalls; left out: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
    /// What goes wrong.
    #[serde(flatten)]
    pub kind: Kind,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Kind {
    /// The caller may not; AWS's own words unless a message is given.
    AccessDenied {
        /// The message instead of the usual one.
        #[serde(default)]
        message: Option<String>,
    },
    /// Too many calls.
    Throttled,
    /// The session has expired.
    ExpiredToken,
    /// The access key is not known.
    UnknownKey,
    /// The answer comes later; other faults still apply.
    Delay {
        /// Milliseconds.
        millis: u64,
    },
    /// No answer ever.
    Hang,
    /// The connection is cut before the answer.
    Cut,
    /// The connection is cut in the middle of the right answer.
    Half,
    /// An answer that is neither JSON nor XML, with status 200.
    Garbage,
    /// A well-formed answer of this size that says nothing, with status 200.
    Huge {
        /// Bytes.
        bytes: usize,
    },
    /// An error in the form of the service that was called.
    Error {
        /// The HTTP status.
        status: u16,
        /// The error code.
        code: String,
        /// The message.
        message: String,
    },
    /// What something else on the way answers: a proxy's page.
    #[serde(rename_all = "camelCase")]
    Page {
        /// The HTTP status.
        status: u16,
        /// The content type.
        content_type: String,
        /// The body.
        body: String,
    },
}

impl Fault {
    /// Makes a fault for every call of an action.
    pub fn on(action: &str, kind: Kind) -> Fault {
        Fault { action: action.to_owned(), access_key: None, region: None, value: None, times: None, kind }
    }

    /// Limits it to so many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Fault {
        self.times = Some(times);
        self
    }

    /// Limits it to calls of which a parameter has this value.
    #[must_use]
    pub fn for_value(mut self, value: &str) -> Fault {
        self.value = Some(value.to_owned());
        self
    }

    /// Limits it to calls signed with this access key.
    #[must_use]
    pub fn for_access_key(mut self, access_key: &str) -> Fault {
        self.access_key = Some(access_key.to_owned());
        self
    }

    fn befalls(&self, call: &Call) -> bool {
        let same = |wanted: &Option<String>, found: &str| wanted.as_deref().is_none_or(|wanted| wanted == found);
        let value = |value: &String| call.input.values().any(|found| found.as_str() == Some(value));
        self.times != Some(0)
            && matches(&self.action, &call.action())
            && same(&self.access_key, call.access_key.as_deref().unwrap_or_default())
            && same(&self.region, &call.region)
            && self.value.as_ref().is_none_or(value)
    }
}

/// Takes the faults that befall a call: all its delays, and the first fault that is none.
pub fn take(faults: &mut [Fault], call: &Call) -> (u64, Option<Kind>) {
    let mut delay = 0;
    for fault in faults.iter_mut().filter(|fault| fault.befalls(call)) {
        fault.times = fault.times.map(|times| times - 1);
        match &fault.kind {
            Kind::Delay { millis } => delay += millis,
            kind => return (delay, Some(kind.clone())),
        }
    }
    (delay, None)
}

fn every_action() -> String {
    "*".to_owned()
}
