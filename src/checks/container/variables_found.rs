//! Which of some variables a container has, and whether others may come from where nobody looks.
//!
//! It is separate because most checks of this area ask exactly this, each of other names.

use crate::checks::Finding;
use crate::evidence::kubernetes::environment::EnvVar;
use crate::evidence::{Container, Evidence, Gap, GapReason, Source};
use crate::reasoning::pod::variable_origin::{Origin, Presence};

/// The variables that a container has among those that were asked for.
pub struct Found {
    /// Those that it has, with where they come from.
    pub set: Vec<(&'static str, Origin)>,
    /// Why others may be there too; the one that a permission could settle where there are several.
    pub gap: Option<Gap>,
}

/// Looks for variables; an empty one counts as none.
pub fn look(evidence: &Evidence, container: &Container<'_>, names: &[&'static str]) -> Found {
    let mut found = Found { set: Vec::new(), gap: None };
    for name in names {
        match evidence.presence(container, name) {
            Presence::Absent => {}
            Presence::Set(origin) => found.set.push((name, origin)),
            Presence::Unknown(gap) => {
                let kept = found.gap.take().filter(|kept| kept.reason != GapReason::Undecidable);
                found.gap = Some(kept.unwrap_or(gap));
            }
        }
    }
    found
}

impl Found {
    /// The same, in the form that remedies take.
    pub fn origins(&self) -> Vec<(&str, &Origin)> {
        self.set.iter().map(|(name, origin)| (*name, origin)).collect()
    }

    /// Tells each variable: its value where it may be shown, else where it comes from.
    pub fn tell(&self, container: &Container<'_>, finding: Finding) -> Finding {
        self.set.iter().fold(finding, |finding, (name, origin)| {
            let shown = container.variable(name).and_then(EnvVar::text).filter(|text| !text.is_empty());
            finding.observed(origin.source(), *name, shown.map_or_else(|| origin.to_string(), str::to_owned))
        })
    }
}

/// The value of a variable that a container has; a gap where the place it comes from is not read for values.
pub fn value<'c>(container: &Container<'c>, name: &str, origin: &Origin) -> Result<&'c str, Gap> {
    let text = container.spec.variable(name).and_then(EnvVar::text).filter(|text| !text.is_empty());
    text.ok_or_else(|| Gap::undecidable(Source::Pod, format!("{name} comes from {origin}, whose values are not read")))
}
