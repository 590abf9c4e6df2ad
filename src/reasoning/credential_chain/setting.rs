//! What a container sets that decides about credentials, as an SDK inside would see it.
//!
//! It is separate from presence of variables because SDKs differ about empty values: here they are a state of their own.

use std::collections::BTreeMap;

use crate::evidence::kubernetes::environment::{EnvValue, EnvVar};
use crate::evidence::kubernetes::metadata::{
    FULL_URI, IPV4_URI, IPV6_URI, ROLE_ARN, TOKEN_FILE, WEB_IDENTITY_TOKEN_FILE,
};
use crate::evidence::kubernetes::node::Compute;
use crate::evidence::kubernetes::pod::VolumeMount;
use crate::evidence::{Container, Evidence, Gap, Pod, Source};
use crate::reasoning::pod::variable_origin::{Origin, Presence};

/// The first half of a pair of access keys.
pub const KEY_ID: &str = "AWS_ACCESS_KEY_ID";
/// The other half.
pub const SECRET_KEY: &str = "AWS_SECRET_ACCESS_KEY";
/// Older names of the halves, which the SDK for Go still reads.
pub const OLD_KEY_ID: &str = "AWS_ACCESS_KEY";
/// See [`OLD_KEY_ID`].
pub const OLD_SECRET_KEY: &str = "AWS_SECRET_KEY";
/// Names the profile.
pub const PROFILE: &str = "AWS_PROFILE";
/// Names the profile too, for boto3, the AWS CLI and Go.
pub const DEFAULT_PROFILE: &str = "AWS_DEFAULT_PROFILE";
/// Names the file of profiles with keys.
pub const CREDENTIALS_FILE: &str = "AWS_SHARED_CREDENTIALS_FILE";
/// Names the file of profiles.
pub const CONFIG_FILE: &str = "AWS_CONFIG_FILE";
/// The variable of ECS tasks.
pub const RELATIVE_URI: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
/// A token as text.
pub const TOKEN: &str = "AWS_CONTAINER_AUTHORIZATION_TOKEN";
/// Switches the metadata service off.
pub const METADATA_DISABLED: &str = "AWS_EC2_METADATA_DISABLED";

/// The variables that decide, in the order in which they are looked at.
pub const NAMES: [&str; 15] = [
    KEY_ID,
    SECRET_KEY,
    OLD_KEY_ID,
    OLD_SECRET_KEY,
    ROLE_ARN,
    WEB_IDENTITY_TOKEN_FILE,
    PROFILE,
    DEFAULT_PROFILE,
    CREDENTIALS_FILE,
    CONFIG_FILE,
    RELATIVE_URI,
    FULL_URI,
    TOKEN,
    TOKEN_FILE,
    METADATA_DISABLED,
];
/// The directory in which SDKs look for files of profiles.
const SHARED_DIRECTORY: &str = ".aws";
/// Stands for mounts of such a directory where situations are compared.
const MOUNTED: &str = SHARED_DIRECTORY;

/// One variable, as an SDK in the container would see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Setting {
    /// It is not there.
    Absent,
    /// It is there, and empty.
    Empty,
    /// It has a value, which is kept only where it is no secret and stands in the specification.
    Set {
        /// The value.
        value: Option<String>,
        /// Where it comes from.
        origin: Origin,
    },
    /// It cannot be told.
    Unknown(Gap),
}

/// What one container sets.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    variables: BTreeMap<&'static str, Setting>,
    mounts: Vec<String>,
    has_metadata: bool,
}

impl Settings {
    /// Reads what a container sets.
    pub fn of(evidence: &Evidence, container: &Container<'_>) -> Self {
        let shared = container.volume_mounts.iter().filter(|mount| brings_profiles(evidence, mount));
        Self {
            variables: NAMES.into_iter().map(|name| (name, setting(evidence, container, name))).collect(),
            mounts: shared.map(|mount| mount.mount_path.clone()).collect(),
            has_metadata: !matches!(evidence.compute(), Ok(Compute::Fargate | Compute::Hybrid)),
        }
    }

    /// One variable.
    pub fn setting(&self, name: &str) -> &Setting {
        self.variables.get(name).unwrap_or(&Setting::Absent)
    }

    /// Whether a variable has a value that is not empty.
    pub fn is_set(&self, name: &str) -> Result<bool, Gap> {
        match self.setting(name) {
            Setting::Absent | Setting::Empty => Ok(false),
            Setting::Set { .. } => Ok(true),
            Setting::Unknown(gap) => Err(gap.clone()),
        }
    }

    /// Whether a variable is there, empty or not.
    pub fn is_there(&self, name: &str) -> Result<bool, Gap> {
        Ok(self.is_set(name)? || self.is_empty(name))
    }

    /// Whether a variable is there and empty.
    pub fn is_empty(&self, name: &str) -> bool {
        *self.setting(name) == Setting::Empty
    }

    /// The value of a variable, empty where it is; a gap where it comes from a place that is not read for values.
    pub fn value(&self, name: &str) -> Result<Option<&str>, Gap> {
        match self.setting(name) {
            Setting::Absent => Ok(None),
            Setting::Empty => Ok(Some("")),
            Setting::Set { value: Some(value), .. } => Ok(Some(value)),
            Setting::Set { origin, .. } => {
                Err(Gap::undecidable(Source::Pod, format!("{name} comes from {origin}, whose values are not read")))
            }
            Setting::Unknown(gap) => Err(gap.clone()),
        }
    }

    /// Where volumes are mounted in which SDKs look for files of profiles.
    pub fn mounts(&self) -> &[String] {
        &self.mounts
    }

    /// Whether this kind of node has a metadata service; it is taken for granted where the node is not known.
    pub fn has_metadata(&self) -> bool {
        self.has_metadata
    }

    /// The situation in words that can be compared: every variable that is there; `None` where one cannot be told.
    pub fn situation(&self) -> Option<BTreeMap<String, String>> {
        let mut situation = BTreeMap::new();
        for (name, setting) in &self.variables {
            let word = match setting {
                Setting::Absent => continue,
                Setting::Empty => "empty",
                Setting::Set { value, .. } => word(name, value.as_deref())?,
                Setting::Unknown(_) => return None,
            };
            situation.insert((*name).to_owned(), word.to_owned());
        }
        if !self.mounts.is_empty() {
            situation.insert(MOUNTED.to_owned(), "mounted".to_owned());
        }
        self.has_metadata.then_some(situation)
    }
}

/// A value as far as it decides; `None` where it would have to be known.
fn word(name: &str, value: Option<&str>) -> Option<&'static str> {
    match name {
        FULL_URI => Some(match value? {
            IPV4_URI => "agent",
            IPV6_URI => "agent over IPv6",
            _ => "other address",
        }),
        // Some SDKs compare in lower case only.
        METADATA_DISABLED => Some(match value? {
            "false" => "false",
            other if other.eq_ignore_ascii_case("true") => "true",
            other if other.eq_ignore_ascii_case("false") => "FALSE",
            _ => "other",
        }),
        _ => Some("set"),
    }
}

fn setting(evidence: &Evidence, container: &Container<'_>, name: &str) -> Setting {
    let entry = container.variable(name);
    match evidence.presence(container, name) {
        Presence::Absent if entry.is_some_and(|entry| entry.value == EnvValue::Empty) => Setting::Empty,
        Presence::Absent => Setting::Absent,
        Presence::Set(_) if switches_off(container, name) => Setting::Absent,
        Presence::Set(origin) => {
            let value = entry.and_then(EnvVar::text).filter(|value| !value.is_empty()).map(str::to_owned);
            Setting::Set { value, origin }
        }
        Presence::Unknown(gap) => Setting::Unknown(gap),
    }
}

/// Whether a variable names a file that is always empty, which switches the files of profiles off.
pub fn switches_off(container: &Container<'_>, name: &str) -> bool {
    [CREDENTIALS_FILE, CONFIG_FILE].contains(&name)
        && container.variable(name).and_then(EnvVar::text) == Some("/dev/null")
}

/// Whether SDKs find files of profiles there: at a directory `.aws`, or at one of the two files in it. The directories of
/// caches beside them hold none, nor does one that begins empty and that no other container has.
pub fn brings_profiles(evidence: &Evidence, mount: &VolumeMount) -> bool {
    let mut rest =
        mount.mount_path.split('/').filter(|part| !part.is_empty()).skip_while(|part| *part != SHARED_DIRECTORY);
    let is_place = rest.next().is_some() && matches!(rest.next(), None | Some("config" | "credentials"));
    is_place && !evidence.pod.present().is_some_and(|pod| begins_empty_for_one(pod, &mount.name))
}

fn begins_empty_for_one(pod: &Pod, volume: &str) -> bool {
    let begins_empty = pod.spec.volumes.iter().any(|one| one.name == volume && one.empty_directory.is_some());
    let has = |one: &Container<'_>| one.spec.volume_mounts.iter().any(|mount| mount.name == volume);
    begins_empty && pod.containers().filter(has).count() == 1
}
