//! What a check and its area are: plain values with their words and facts inside, and a pure function from evidence to a verdict.
//!
//! References between checks are Rust references, so a dangling one does not compile; there is no macro and no
//! registration at link time, because the order of checks is meaning here.

use std::fmt;

use serde::Serialize;

use crate::evidence::Milestone;
use crate::evidence::{Container, Evidence, Gap, Source};
use crate::findings::{Finding, Findings, Severity};

/// The number of a check. It is never used again for something else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(pub u16);

impl fmt::Display for Code {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PID{}", self.0)
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// One check: what it is, and every fact about it that the engine acts on.
pub struct Check {
    /// Its code.
    pub code: Code,
    /// `area/what-it-checks`; the file is `area/what_it_checks.rs`.
    pub name: &'static str,
    /// Its area, which lists it.
    pub area: &'static Area,
    /// A healthy statement.
    pub title: &'static str,
    /// The highest severity that one of its findings may have.
    pub severity: Severity,
    /// Whether it must be known before anything is called healthy.
    pub decisive: bool,
    /// The first version that has it.
    pub since: &'static str,
    /// The sources whose answers its verdict rests on.
    pub reads: &'static [Source],
    /// It is meaningless unless these hold.
    pub requires: &'static [&'static Self],
    /// It is a symptom of these, in groups that several checks share.
    pub explained_by: &'static [Group],
    /// The way to an identity that it is about; none means that of its area.
    pub way: Option<Way>,
    /// Which pods are affected when it fails.
    pub strikes: Strikes,
    /// When what it reads was true.
    pub as_of: AsOf,
    /// What it judges.
    pub judges: Judges,
    /// What settles it when configuration leaves it open.
    pub proven_by: ProvenBy,
    /// The two events whose order decides, if it fails for a matter of time.
    pub milestones: Option<(Milestone, Milestone)>,
    /// When its notes are on the page of a person.
    pub shown: Shown,
    /// The known failures that it names as the cause, by their rows in `render/known_failures.rs`.
    pub tells: &'static [u16],
    /// The known failures of which it sees a part, by their rows.
    pub hints_at: &'static [u16],
    /// Whether it is among the causes that are met most: of texts that many checks share, its own is named first.
    pub is_common: bool,
    /// Error texts that people search for.
    pub symptoms: &'static [&'static str],
    /// Markdown: What it checks, Why it matters, How to fix, References.
    pub docs: &'static str,
    /// The function.
    pub evaluate: Evaluate,
}

/// Checks that are named together as the cause of others.
pub type Group = &'static [&'static Check];

/// A way to an AWS identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Both.
    Both,
    /// EKS Pod Identity alone.
    PodIdentity,
    /// IAM roles for service accounts alone.
    Irsa,
}

/// Which pods are affected when a check fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strikes {
    /// The pod that is judged, whichever way it has its identity.
    EveryPod,
    /// Pods on EKS Pod Identity: a pod that acts by IRSA is affected only once it is recreated.
    PodsOnPodIdentity,
}

/// When what a check reads was true.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsOf {
    /// While the pod ran: it is part of the pod, or cannot change behind it.
    PodRan,
    /// Now: it may have changed since an ended pod ended.
    Now,
}

/// What a check judges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judges {
    /// A state or a configuration.
    State,
    /// What the agent logged: its verdict was observed.
    AgentLog,
    /// Whether the agent logged a request of the pod at all: open where nobody read the log, as an error in it is not.
    AgentRequest,
}

/// What settles a check that configuration leaves open, or fails only probably.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProvenBy {
    /// Nothing.
    Nothing,
    /// A request that reached the agent.
    Request(Request),
    /// Credentials that somebody got.
    Success(Success),
    /// An answer of the agent to the probe.
    Answer,
    /// The same; and where the agent answers, a failure to find it is a gap, not a finding.
    Presence,
}

/// When the notes of a check are on the page of a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Always.
    Always,
    /// With `-v`: they are true of most clusters and ask for nothing.
    Verbosely,
}

/// Whose request proves the way to the agent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// One of the container's own program.
    Own,
    /// That, or one of the probe.
    Any,
    /// The same, unless a network policy was made since.
    SincePolicies,
}

/// Whose credentials prove it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Success {
    /// Those of the pod's program, where the pod has one container.
    OfOnlyContainer,
    /// Those of the pod or of the probe in it.
    OfPod,
    /// The same, or those of any pod on the node.
    OfNode,
    /// Those of the pod, of the probe, or of whoever asked EKS Auth with a token of the pod.
    OfRole,
}

/// One link of the chain.
pub struct Area {
    /// The folder, as it stands in check names: `eks-auth` for `eks_auth`.
    pub name: &'static str,
    /// The words in the line of links.
    pub title: &'static str,
    /// The hundred of its codes.
    pub hundred: u16,
    /// The way to an identity that it belongs to.
    pub way: Way,
    /// Whose state it is about.
    pub scope: Scope,
    /// Whether it is known only once the pod is on a node.
    pub needs_node: bool,
    /// Whether it acts, and only where a switch asks for it.
    pub is_active: bool,
    /// Its checks, prerequisites first.
    pub checks: &'static [&'static Check],
}

impl PartialEq for Area {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// Whose state an area is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The cluster's, whichever pod is asked about.
    Cluster,
    /// The node's and its agent's.
    Node,
    /// The pod's.
    Pod,
}

/// The area of a check that names none, which a test of the registry refuses.
static NOWHERE: Area = Area {
    name: "",
    title: "",
    hundred: 0,
    way: Way::Both,
    scope: Scope::Pod,
    needs_node: false,
    is_active: false,
    checks: &[],
};

impl fmt::Debug for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}", self.code, self.name)
    }
}

impl PartialEq for Check {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

/// How a check is evaluated.
pub enum Evaluate {
    /// Once, for the pod.
    Pod(fn(&Evidence) -> Result<Verdict, Gap>),
    /// Once for each container, by itself.
    Container(fn(&Evidence, Container<'_>) -> Result<Verdict, Gap>),
}

/// What a check says.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It holds.
    Pass,
    /// It does not; there is at least one finding.
    Fail(Findings),
    /// It has no meaning here, for this reason.
    NotApplicable(String),
}

impl Verdict {
    /// Says that the check has no meaning here.
    pub fn not_applicable(reason: impl Into<String>) -> Self {
        Self::NotApplicable(reason.into())
    }

    /// Passes, unless there are findings.
    pub fn from_findings(findings: Vec<Finding>) -> Self {
        Findings::new(findings).map_or(Self::Pass, Self::Fail)
    }
}

impl From<Finding> for Verdict {
    fn from(finding: Finding) -> Self {
        Self::Fail(Findings::from(finding))
    }
}

impl Check {
    /// What holds for a check that does not say otherwise; each is the careful choice.
    pub const DEFAULT: Self = Self {
        code: Code(0),
        name: "",
        area: &NOWHERE,
        title: "",
        severity: Severity::Error,
        decisive: false,
        since: "",
        reads: &[],
        requires: &[],
        explained_by: &[],
        way: None,
        strikes: Strikes::EveryPod,
        as_of: AsOf::PodRan,
        judges: Judges::State,
        proven_by: ProvenBy::Nothing,
        milestones: None,
        shown: Shown::Always,
        tells: &[],
        hints_at: &[],
        is_common: false,
        symptoms: &[],
        docs: "",
        evaluate: Evaluate::Pod(|_| Ok(Verdict::NotApplicable(String::new()))),
    };

    /// The way to an identity that it is about.
    pub fn way(&self) -> Way {
        self.way.unwrap_or(self.area.way)
    }

    /// The checks of which it is a symptom.
    pub fn causes(&self) -> impl Iterator<Item = &'static Self> {
        self.explained_by.iter().copied().flatten().copied()
    }

    /// The same, by their codes.
    pub fn causes_by_code(&self) -> Vec<&'static Self> {
        let mut causes: Vec<&Self> = self.causes().collect();
        causes.sort_unstable_by_key(|cause| cause.code);
        causes
    }

    /// Whether it judges what the agent logged.
    pub fn judges_log(&self) -> bool {
        self.judges != Judges::State
    }

    /// Whether it is evaluated for each container.
    pub fn is_per_container(&self) -> bool {
        matches!(self.evaluate, Evaluate::Container(_))
    }
}
