//! A diagnosis: what was found, for every format.

use jiff::{SignedDuration, Timestamp};

use crate::checks::{Check, Code};
use crate::error::ExitCode;
use crate::evidence::Milestone;
use crate::evidence::context::Detected;
use crate::evidence::context::Typed;
use crate::evidence::kubernetes::pod::ContainerKind;
use crate::evidence::source::System;
use crate::evidence::{Gap, Requests, Source};
use crate::findings::{Observation, Part, Severity};
use crate::reasoning::credential_chain::CredentialChain;
use crate::target::Target;

/// A container that was looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportContainer {
    /// Its name.
    pub name: String,
    /// What it is in its pod.
    pub kind: ContainerKind,
    /// Its sources of credentials; `None` for a template, to which the webhook has yet to add its own.
    pub credential_chain: Option<CredentialChain>,
}

/// One moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When, by the clock of what tells it.
    pub time: Timestamp,
    /// What.
    pub milestone: Milestone,
    /// Whose: the name of the object.
    pub object: String,
    /// Who tells it.
    pub source: Source,
    /// The field, in the words of that source.
    pub field: &'static str,
}

/// The span between two moments that makes a cause one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The earlier moment.
    pub from: Moment,
    /// The later moment.
    pub to: Moment,
}

impl Interval {
    /// How long it is.
    pub fn length(&self) -> SignedDuration {
        self.to.time.duration_since(self.from.time)
    }
}

/// One diagnosis.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The version of the tool that collected the evidence.
    pub tool_version: String,
    /// "Now" of the evidence.
    pub collected_at: Timestamp,
    /// How long collecting took, in milliseconds.
    pub duration_ms: u64,
    /// What was diagnosed.
    pub target: ReportTarget,
    /// Where.
    pub cluster: ReportCluster,
    /// `podIdentity`, `irsa`, `none`, `unknown`.
    pub mode: &'static str,
    /// The association.
    pub association: ReportAssociation,
    /// The containers that were looked at, in the order in which they start.
    pub containers: Vec<ReportContainer>,
    /// The verdict.
    pub verdict: VerdictWord,
    /// What the process ends with for this report alone.
    pub exit_code: ExitCode,
    /// The headline.
    pub summary: String,
    /// Whether a healthy verdict rests on everything that decides: nothing decisive was left out or could not be judged.
    pub is_proven: bool,
    /// What was asked for beyond reading and done, a phrase each.
    pub active: Vec<String>,
    /// The causes, the one to fix first at the front.
    pub causes: Vec<Cause>,
    /// What happened when, oldest first.
    pub timeline: Vec<Moment>,
    /// Every registered check, once.
    pub checks: Vec<CheckReport>,
    /// Unknown checks.
    pub not_checked: Vec<Code>,
    /// The permissions that would settle them.
    pub missing_permissions: Vec<MissingPermission>,
    /// What the run left behind.
    pub side_effects: Vec<String>,
    /// How many requests were made.
    pub requests: Requests,
    /// Why the target itself could not be read.
    pub target_gap: Option<Gap>,
}

/// What was diagnosed, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTarget {
    /// What was asked for.
    pub target: Target,
    /// The pod's identity.
    pub uid: Option<String>,
    /// Its service account.
    pub service_account: Option<String>,
    /// Its node.
    pub node: Option<String>,
    /// The workload that a person edits: kind and name.
    pub owner: Option<(String, String)>,
    /// Whether a template was judged, because the workload has no pods.
    pub from_template: bool,
    /// Whether the node keeps the log of its agent, and nobody asked for it.
    pub has_unasked_log: bool,
}

/// The cluster, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportCluster {
    /// The kubeconfig context.
    pub context: Option<String>,
    /// The EKS name, and where it comes from.
    pub name: Option<Detected>,
    /// The ARN.
    pub arn: Option<String>,
    /// The region.
    pub region: Option<String>,
    /// The account.
    pub account: Option<String>,
    /// `1.34`.
    pub version: Option<String>,
    /// `eks.9`.
    pub platform_version: Option<String>,
    /// The flags that chose it, for commands.
    pub typed: Typed,
}

/// The association, as far as it is known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ReportAssociation {
    /// Whether there is one; `None` where that is not known.
    pub exists: Option<bool>,
    /// `a-…`.
    pub id: Option<String>,
    /// The role.
    pub role_arn: Option<String>,
    /// The target role.
    pub target_role_arn: Option<String>,
    /// Whether its sessions have tags; not where that is not known.
    pub has_session_tags: bool,
    /// The add-on that owns it.
    pub owner_arn: Option<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it was last changed.
    pub modified_at: Option<Timestamp>,
}

/// The verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum VerdictWord {
    /// No fault was found.
    Healthy,
    /// A cause is a warning.
    Degraded,
    /// Something decisive could not be read, or an error is only suspected.
    Inconclusive,
    /// A confirmed cause is an error.
    Broken,
}

impl VerdictWord {
    /// The word, in all formats.
    pub fn word(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Degraded => "degraded",
            Self::Inconclusive => "inconclusive",
            Self::Broken => "broken",
        }
    }
}

/// A failure that nothing else explains.
#[derive(Debug, Clone, PartialEq)]
pub struct Cause {
    /// Its check.
    pub check: &'static Check,
    /// Its weight.
    pub severity: Severity,
    /// Whether the evidence only suggests it.
    pub suspected: bool,
    /// What is wrong, in one phrase.
    pub summary: String,
    /// What it explains.
    pub explains: Vec<Code>,
    /// The span of time that makes it one, where one does.
    pub interval: Option<Interval>,
    /// What is unknown upstream of it.
    pub unverified: Vec<Unverified>,
    /// What a person can do.
    pub remediation: Vec<ReportRemediation>,
}

/// Something unknown upstream of a cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    /// Its check.
    pub code: Code,
    /// Its gap.
    pub gap: Gap,
    /// The permission that would settle it.
    pub permission: Option<String>,
}

/// What a person can do, in the format that was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRemediation {
    /// Its part beside the others of a cause.
    pub part: Part,
    /// What it does.
    pub does: String,
    /// The command, if there is one.
    pub command: Option<String>,
    /// What it changes.
    pub changes: String,
}

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It holds.
    Passed,
    /// It does not.
    Failed,
    /// It could not be decided.
    Unknown,
    /// A failed prerequisite makes it meaningless.
    Skipped,
    /// It has no meaning here.
    NotApplicable,
}

impl Status {
    /// The word in machine output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Skipped => "skipped",
            Self::NotApplicable => "notApplicable",
        }
    }
}

/// One check in a report.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckReport {
    /// The check.
    pub check: &'static Check,
    /// The severity in force.
    pub severity: Severity,
    /// The worst of its subjects.
    pub status: Status,
    /// What the verdict rests on, where it was observed: "agent log 14:05:02".
    pub observed: Option<String>,
    /// The root of a skipped check.
    pub because: Option<Code>,
    /// Words for skipped and not applicable.
    pub reason: Option<String>,
    /// Why it is unknown.
    pub gap: Option<Gap>,
    /// The permission that would settle it.
    pub permission: Option<String>,
    /// Why an unknown check does not make the run inconclusive: "agent log 14:05:02".
    pub excused: Option<Excuse>,
    /// One entry for each container; `None` for a pod check.
    pub containers: Option<Vec<ContainerReport>>,
    /// What is wrong.
    pub findings: Vec<ReportFinding>,
}

/// What a check says about one container.
#[derive(Debug, Clone, PartialEq)]
pub struct ContainerReport {
    /// The container.
    pub name: String,
    /// How it ended.
    pub status: Status,
    /// The root of a skipped check.
    pub because: Option<Code>,
    /// Words for skipped and not applicable.
    pub reason: Option<String>,
    /// Why it is unknown.
    pub gap: Option<Gap>,
}

/// A finding in a report.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportFinding {
    /// Its weight, with its cause's where it is a symptom.
    pub severity: Severity,
    /// The container it is about.
    pub container: Option<String>,
    /// What is wrong, in one phrase.
    pub message: String,
    /// Whether the evidence only suggests it.
    pub suspected: bool,
    /// What is there.
    pub found: Option<String>,
    /// What should be there.
    pub expected: Option<String>,
    /// The values it rests on.
    pub observed: Vec<Observation>,
    /// What a person can do.
    pub remediation: Vec<ReportRemediation>,
}

/// A permission that would settle unknown checks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPermission {
    /// Where it is granted.
    pub system: System,
    /// The permission in words.
    pub permission: String,
    /// What it would settle.
    pub settles: Vec<Code>,
}

/// What was seen to work, where a check could not be judged: its outcome then keeps no verdict open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// Where that was seen, and when.
    pub words: String,
    /// Whether this pod was seen to get credentials. Another pod of its node, or somebody who has a token of it, proves less.
    pub is_of_pod: bool,
}
