//! What `podid-probe` saw in a container: the type that it prints and that `collect` reads.
//!
//! Nothing in it can hold a token, a key or the value of a variable that is not known to be harmless: texts of others are
//! [`ForeignText`], variables are those of the specification's own type. Reading it applies the same rules again, because a
//! container may print in the probe's place whatever it likes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::evidence::asked::foreign_text::ForeignText;
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::reading::Reading;

/// The ports that the probe asks the agent from: the agent's log has them, and tells its requests from those of programs.
///
/// They are below those that systems choose by themselves: `net.ipv4.ip_local_port_range` begins at 32768.
pub const OWN_PORTS: std::ops::RangeInclusive<u16> = 17023..=17042;

/// What was seen in each container that was asked, by its name.
pub type Probes = BTreeMap<String, Reading<Probed>>;

/// One run of the probe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probed {
    /// Where it ran.
    pub place: ProbePlace,
    /// What it saw.
    pub report: ProbeReport,
}

/// Where the probe ran: how much of what it saw is the container's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ProbePlace {
    /// In the container itself.
    Container,
    /// In an ephemeral container of the pod, of this name: the pod's network and token, and a copy of the variables.
    EphemeralContainer(String),
    /// In another pod, of this name: a copy of the pod on the same node, with a token of its own.
    Pod(String),
}

/// What the probe saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ProbeReport {
    /// "Now", by the clock of the node.
    pub time: Option<Timestamp>,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// The user it ran as.
    pub user: u32,
    /// Its own variables: those that the container's specification gives every process.
    #[serde(deserialize_with = "crate::evidence::kubernetes::environment::relevant")]
    pub environment: Vec<EnvVar>,
    /// The processes of the container, the main one first.
    pub processes: Vec<SeenProcess>,
    /// The token file; `None` where no variable names one.
    pub token: Option<TokenFile>,
    /// The connection to the agent; `None` where no variable names it.
    pub connection: Option<Connection>,
    /// The agent's answer; `None` where it was not asked.
    pub answer: Option<AgentAnswer>,
    /// The answer of STS; `None` where there was nothing to ask it with.
    pub identity: Option<StsAnswer>,
    /// Files that SDKs read credentials from.
    pub files: Vec<CredentialsFile>,
    /// SDKs in the files of the container; `None` where they could not be looked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sdks: Option<SdkSearch>,
}

/// A process of the container.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct SeenProcess {
    /// Its number, as the probe sees it.
    pub id: u32,
    /// The process that started it.
    pub parent: u32,
    /// Its name, as the kernel keeps it: 15 characters.
    pub name: ForeignText,
    /// The user it runs as.
    pub user: Option<u32>,
    /// The names of its variables that matter here, as it was started; `None` where they could not be read.
    pub variables: Option<Vec<ForeignText>>,
}

/// The file that a token is in.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenFile {
    /// Where the variable says it is.
    pub path: ForeignText,
    /// What became of reading it.
    pub state: TokenState,
    /// What the system said, where it could not be read.
    pub error: Option<ForeignText>,
    /// Its permission bits, in octal digits: `600`.
    pub mode: Option<ForeignText>,
    /// The user it belongs to.
    pub owner: Option<u32>,
    /// The group it belongs to.
    pub group: Option<u32>,
    /// What it says about itself; nobody here verifies its signature.
    pub claims: Option<TokenClaims>,
}

/// What became of reading a token file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum TokenState {
    /// It is a token.
    Read,
    /// There is no such file.
    #[default]
    Missing,
    /// The user of the probe may not read it.
    Denied,
    /// It could not be read for another reason.
    Unreadable,
    /// It has nothing in it.
    Empty,
    /// What is in it is no token of three parts.
    NotAToken,
}

/// The claims of a token that Kubernetes made; only these are ever kept.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenClaims {
    /// Who it is for.
    pub audiences: Vec<ForeignText>,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub issued_at: Option<Timestamp>,
    /// From when it holds.
    pub not_before: Option<Timestamp>,
    /// Who made it.
    pub issuer: ForeignText,
    /// `system:serviceaccount:NAMESPACE:NAME`.
    pub subject: ForeignText,
    /// The namespace.
    pub namespace: Option<ForeignText>,
    /// The pod that it is bound to.
    pub pod: Option<BoundObject>,
    /// The service account.
    pub service_account: Option<BoundObject>,
}

/// An object that a token names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BoundObject {
    /// Its name.
    pub name: ForeignText,
    /// Its unique id.
    pub uid: ForeignText,
}

/// An attempt to connect to the agent.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Connection {
    /// Address and port.
    pub address: ForeignText,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// Why there is none.
    pub failure: Option<Failure>,
}

/// Why a connection, or an answer over it, did not come about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Failure {
    /// The kind of it.
    pub kind: FailureKind,
    /// The words of the system.
    pub text: ForeignText,
}

/// The kinds of failure on the way to a server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum FailureKind {
    /// Nobody listens, or a firewall says so.
    Refused,
    /// Nothing came back in time.
    TimedOut,
    /// There is no route.
    NoRoute,
    /// The name was not found.
    NoHost,
    /// The connection was cut.
    Cut,
    /// The certificate is not trusted.
    Certificate,
    /// It is not an address that an SDK would send a token to.
    NotAllowed,
    /// Something else.
    #[default]
    Other,
}

/// What the agent answered.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct AgentAnswer {
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// The text, unless credentials came.
    pub body: Option<ForeignText>,
    /// Until when the credentials hold.
    pub expires_at: Option<Timestamp>,
    /// The account they are of.
    pub account: Option<ForeignText>,
    /// Why no answer came.
    pub failure: Option<Failure>,
    /// The clock of the agent's node, against that of the probe.
    pub clock: Option<Clock>,
}

/// What STS said about the credentials that the agent gave.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StsAnswer {
    /// The host that was asked.
    pub host: ForeignText,
    /// How long it took, in milliseconds.
    pub took_ms: u64,
    /// The HTTP status; `None` where no answer came.
    pub status: Option<u16>,
    /// Who the caller is.
    pub arn: Option<ForeignText>,
    /// The account.
    pub account: Option<ForeignText>,
    /// The code of a refusal.
    pub code: Option<ForeignText>,
    /// Its words.
    pub message: Option<ForeignText>,
    /// Why no answer came.
    pub failure: Option<Failure>,
    /// Whether a proxy of the container's environment was asked.
    pub through_proxy: bool,
    /// AWS' clock, against that of the probe.
    pub clock: Option<Clock>,
}

/// Two clocks at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Clock {
    /// What the other side said.
    pub theirs: Timestamp,
    /// What the probe read.
    pub own: Timestamp,
}

/// A file that SDKs read credentials from: what is in it, without any value.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct CredentialsFile {
    /// Where it is.
    pub path: ForeignText,
    /// Its profiles; `None` where it could not be read.
    pub profiles: Option<Vec<FileProfile>>,
}

/// A profile of such a file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileProfile {
    /// Its name.
    pub name: ForeignText,
    /// Which of the settings that lead to credentials it has.
    pub settings: Vec<ForeignText>,
}

/// A search for SDKs in the files of a container, but for its volumes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SdkSearch {
    /// Whether all was seen: no limit was met, and no directory was closed to the probe's user.
    pub is_whole: bool,
    /// What was found, as far as names tell a version.
    pub found: Vec<FoundSdk>,
}

/// A copy of an SDK.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FoundSdk {
    /// Its package.
    pub package: SdkPackage,
    /// The version of that.
    pub version: SdkVersion,
    /// Where it is: a directory, a file, or the program that it was built into.
    pub path: ForeignText,
}

/// The package that tells the version of an SDK.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum SdkPackage {
    /// `botocore`, of boto3 and the AWS CLI.
    Botocore,
    /// `software.amazon.awssdk:aws-core`.
    JavaV2,
    /// `com.amazonaws:aws-java-sdk-core`.
    JavaV1,
    /// `github.com/aws/aws-sdk-go-v2/config`.
    GoV2,
    /// `github.com/aws/aws-sdk-go`.
    GoV1,
    /// `@aws-sdk/credential-provider-node`.
    JavaScriptV3,
    /// `aws-sdk` of npm.
    JavaScriptV2,
    /// `aws-sdk-core` of RubyGems.
    Ruby,
    /// `aws/aws-sdk-php`.
    Php,
    /// The crate `aws-config`.
    Rust,
}

/// Major, minor, patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SdkVersion(pub [u32; 3]);

impl SdkVersion {
    /// Reads `1.31.0`, with a `v` before it or not; more or other parts are those of no release.
    pub fn read(text: &str) -> Option<Self> {
        let mut parts = text.strip_prefix('v').unwrap_or(text).split('.').map(str::parse::<u32>);
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(Ok(major)), Some(Ok(minor)), Some(Ok(patch)), None) => Some(Self([major, minor, patch])),
            _ => None,
        }
    }
}

impl std::fmt::Display for SdkVersion {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [major, minor, patch] = self.0;
        write!(formatter, "{major}.{minor}.{patch}")
    }
}

impl ProbeReport {
    /// Whether the agent gave credentials.
    pub fn has_credentials(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.status == Some(200) && answer.failure.is_none())
    }

    /// The main process of the container, where it was seen.
    pub fn main_process(&self) -> Option<&SeenProcess> {
        self.processes.first()
    }
}
