//! Whose rights a pod has, and what simulations say of them.

use crate::evidence::aws::association::Association;
use crate::evidence::aws::simulation::{Denial, MatchedStatement, SimulatedRight};
use crate::evidence::{Evidence, Gap, GapReason, Reading, Simulation, Source};
use crate::reasoning::iam::calls::SESSION_TAGS;
use crate::reasoning::role::irsa::wanted_role;
use crate::report::can_i::{Actor, ActorWay, RightAnswer, RightDecision};

/// The role whose rights the target has: for a pod the one that its variables lead to, else that of the association, else that of
/// web identity, else the node's.
pub fn actor(evidence: &Evidence) -> Result<Actor, Gap> {
    let live = evidence.live_pod()?;
    let is_injected = live.is_some_and(|pod| pod.containers().any(|one| one.is_injected()));
    // What a running pod got at its creation it keeps, whatever was associated since.
    if let Some(role) = live.filter(|_| !is_injected).and_then(|pod| wanted_role(None, Some(pod))) {
        return Ok(Actor { role_arn: role.to_owned(), way: ActorWay::WebIdentity });
    }
    if let Some(association) = evidence.association.get()? {
        let (role_arn, way) = match association.target() {
            Some(target) => (target, ActorWay::Target),
            None => (association.role_arn.as_str(), ActorWay::Associated),
        };
        return Ok(Actor { role_arn: role_arn.to_owned(), way });
    }
    let nobody = |detail: &str| Gap::new(Source::Association, GapReason::Insufficient, detail);
    if is_injected {
        return Err(nobody("the pod has the variables of EKS Pod Identity, and there is no association any more"));
    }
    if live.is_none() {
        if let Some(role) = wanted_role(evidence.service_account.present(), evidence.pod_or_template()?) {
            return Ok(Actor { role_arn: role.to_owned(), way: ActorWay::WebIdentity });
        }
        evidence.service_account.get()?;
    }
    if evidence.node_name().is_none() {
        return Err(nobody("it has no association, and there is no pod on a node whose role it would fall back to"));
    }
    let (role_arn, _) = evidence.node_role()?;
    Ok(Actor { role_arn, way: ActorWay::Node })
}

/// The keys that a session of this association has a value for: its six tags. Those of one pod only where one pod is asked about.
pub fn session_context(evidence: &Evidence, actor: &Actor, is_one_pod: bool) -> Vec<(String, String)> {
    let is_tagged = evidence.association.present().is_some_and(Association::has_session_tags);
    if !is_tagged || !matches!(actor.way, ActorWay::Associated | ActorWay::Target) {
        return Vec::new();
    }
    let call = evidence.pod_identity_call(true);
    let is_known = |name: &&&str| is_one_pod || !name.starts_with("kubernetes-pod-");
    let tags = SESSION_TAGS.iter().filter(is_known).filter_map(|name| Some((*name, call.tag(name)?)));
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
        (Some(Denial::Organization), _) => {
            let why = "the simulation says that a service control policy denies it, whose conditions it does not see";
            (RightDecision::Undecided, why.to_owned(), role)
        }
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
    let is_explicit = all.iter().flatten().any(|one| one.denial() == Some(Denial::Explicit));
    // What is not allowed on everything may be allowed on the one thing that is meant.
    if resource == "*" && decision == RightDecision::Denied && !is_explicit {
        let why = "not allowed on every resource; --resource names the one that is meant";
        return told(RightDecision::Undecided, why.to_owned());
    }
    let statements = source.matched_statements.iter().map(MatchedStatement::words).collect();
    RightAnswer { statements, ..told(decision, why) }
}

fn denied(denial: Denial) -> &'static str {
    match denial {
        Denial::Explicit => "a statement denies it",
        Denial::Boundary => "the permissions boundary of the role does not allow it",
        Denial::Organization => "a service control policy denies it",
        Denial::Implicit => "no policy of the role allows it",
    }
}
