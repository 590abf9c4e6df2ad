//! Whose rights a pod has, and what simulations say of them.

use crate::evidence::aws::association::Association;
use crate::evidence::aws::simulation::{Denial, MatchedStatement, SimulatedRight};
use crate::evidence::{Evidence, Gap, GapReason, Reading, Simulation, Source};
use crate::reasoning::iam::calls::SESSION_TAGS;
use crate::reasoning::role::irsa::wanted_role;
use crate::report::can_i::{Actor, ActorWay, RightAnswer, RightDecision};

/// The role whose rights the target has: that of its association, else of web identity, else the node's.
pub fn actor(evidence: &Evidence) -> Result<Actor, Gap> {
    if let Some(association) = evidence.association.get()? {
        let (role_arn, way) = match association.target() {
            Some(target) => (target, ActorWay::Target),
            None => (association.role_arn.as_str(), ActorWay::Associated),
        };
        return Ok(Actor { role_arn: role_arn.to_owned(), way });
    }
    let pod = evidence.pod_or_template()?;
    if let Some(role) = wanted_role(evidence.service_account.present(), pod) {
        return Ok(Actor { role_arn: role.to_owned(), way: ActorWay::WebIdentity });
    }
    evidence.service_account.get()?;
    if evidence.node_name().is_none() {
        let detail = "it has no association, and there is no pod on a node whose role it would fall back to";
        return Err(Gap::new(Source::Association, GapReason::Insufficient, detail));
    }
    let (role_arn, _) = evidence.node_role()?;
    Ok(Actor { role_arn, way: ActorWay::Node })
}

/// The keys that a session of this association has a value for: its six tags.
pub fn session_context(evidence: &Evidence, actor: &Actor) -> Vec<(String, String)> {
    let is_tagged = evidence.association.present().is_some_and(Association::has_session_tags);
    if !is_tagged || !matches!(actor.way, ActorWay::Associated | ActorWay::Target) {
        return Vec::new();
    }
    let call = evidence.pod_identity_call(true);
    let tags = SESSION_TAGS.iter().filter_map(|name| Some((*name, call.tag(name)?)));
    tags.map(|(name, value)| (format!("aws:PrincipalTag/{name}"), value.to_owned())).collect()
}

/// Judges one action: every policy that was simulated has to allow it.
pub fn answer(simulated: &SimulatedRight) -> RightAnswer {
    let SimulatedRight { action, resource, role, session } = simulated;
    let told = |decision, why: String| RightAnswer {
        action: action.clone(),
        resource: resource.clone(),
        decision,
        why,
        statements: Vec::new(),
        missing_keys: Vec::new(),
        gap: None,
        permission: None,
    };
    let unknown = |gap: &Gap, action: &'static str| RightAnswer {
        gap: Some(gap.clone()),
        permission: (gap.reason == GapReason::Denied).then_some(action),
        ..told(RightDecision::Undecided, String::new())
    };
    let role = match role {
        Reading::Known(role) => role,
        Reading::Unavailable(gap) => return unknown(gap, "iam:SimulatePrincipalPolicy"),
    };
    let session = match session {
        None => None,
        Some(Reading::Known(session)) => Some(session),
        Some(Reading::Unavailable(gap)) => return unknown(gap, "iam:SimulateCustomPolicy"),
    };
    let all = [Some(role), session];
    let mut missing: Vec<String> =
        all.iter().flatten().flat_map(|one| one.missing_context_values.iter().cloned()).collect();
    missing.sort_unstable();
    missing.dedup();
    if !missing.is_empty() {
        // A key without a value may make a statement hold that does not now, or the other way round.
        let so_far = if all.iter().flatten().all(|one| one.denial().is_none()) { "allowed" } else { "denied" };
        let why = format!("{so_far} as long as {} has no value", missing.join(", "));
        return RightAnswer { missing_keys: missing, ..told(RightDecision::Undecided, why) };
    }
    let (decision, why, source) = match (role.denial(), session.and_then(Simulation::denial)) {
        (Some(denial), _) => (RightDecision::Denied, denied(denial).to_owned(), role),
        (None, Some(Denial::Explicit)) => {
            let why = "a statement of the association's session policy denies it";
            (RightDecision::Denied, why.to_owned(), session.unwrap_or(role))
        }
        (None, Some(_)) => {
            let why = "the role allows it, and the association's session policy does not";
            (RightDecision::Denied, why.to_owned(), session.unwrap_or(role))
        }
        (None, None) => (RightDecision::Allowed, String::new(), role),
    };
    let statements = source.matched_statements.iter().map(MatchedStatement::words).collect();
    RightAnswer { statements, ..told(decision, why) }
}

fn denied(denial: Denial) -> &'static str {
    match denial {
        Denial::Explicit => "a statement denies it",
        Denial::Boundary => "the permissions boundary of the role does not allow it",
        Denial::Organization => "a service control policy of the organization does not allow it",
        Denial::Implicit => "no policy of the role allows it",
    }
}
