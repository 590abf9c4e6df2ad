//! The documents of `permissions --check`, `wait` and `can-i`.

use jiff::Timestamp;
use serde::Serialize;

use crate::evidence::asked::canary::Ending;
use crate::evidence::source::{Access, Right};
use crate::render::human::waiting::not_seen;
use crate::render::json::convert::{gap, target, tool};
use crate::render::json::v1;
use crate::render::json::v1::{API_VERSION, Gap, Requests, Target, Tool, document};
use crate::report::can_i::{CanIReport, RightAnswer};
use crate::report::{ReviewedRight, RightsReport, WaitReport};

document! {
    /// Which of the rights that a run needs the user has.
    struct PermissionsCheck {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `PermissionsCheck`.
        kind: String,
        /// What the process ends with: 0 all held, 1 some missing, 3 not known. It speaks of the cluster alone.
        exit_code: u8,
        /// `read`, `canary`, `probe`, `assume`.
        levels: Vec<String>,
        /// The namespaces of the pods.
        namespaces: Vec<String>,
        /// The namespace of the agent.
        agent_namespace: String,
        /// The rights in the cluster.
        rights: Vec<RightCheck>,
        /// The actions of AWS, of which nobody was asked.
        not_asked: Vec<String>,
    }

    /// A right in the cluster.
    struct RightCheck {
        /// The level that needs it.
        level: String,
        /// The verb.
        verb: String,
        /// The API group, empty for the core group.
        group: String,
        /// The resource, with its subresource: `pods/log`.
        resource: String,
        /// The namespace; null for the whole cluster.
        namespace: Option<String>,
        /// `held`, `missing`, `unknown`.
        state: String,
        /// Why it is not known.
        detail: Option<String>,
    }
}

document! {
    /// What was seen while waiting for new pods of a service account to get their variables.
    struct Wait {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `Wait`.
        kind: String,
        /// The namespace.
        namespace: String,
        /// The service account.
        service_account: String,
        /// What was waited for: `injected`.
        condition: String,
        /// `met`, `notMet`, `unknown`.
        state: String,
        /// What the process ends with: 0 met, 1 not met by the time-out, 3 not known.
        exit_code: u8,
        /// Why it is not known.
        reason: Option<String>,
        /// Since when every dry-run that was answered had the variables; null where the last one lacked them.
        since: Option<String>,
        /// The dry-runs that were asked for.
        dry_runs: WaitDryRuns,
        /// How long it took, in milliseconds.
        duration_ms: u64,
        /// How many requests were made.
        requests: Requests,
    }

    /// The dry-runs that were asked for, each over a connection of its own.
    struct WaitDryRuns {
        /// How many had the variables.
        injected: u32,
        /// How many lacked them.
        lacking: u32,
        /// How many gave no answer.
        unanswered: u32,
        /// When the first was asked for.
        first_at: Option<String>,
        /// When the last was asked for.
        last_at: Option<String>,
    }
}

impl v1::PermissionsCheck {
    /// Writes a report down.
    pub fn new(report: &RightsReport) -> Self {
        let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "PermissionsCheck".to_owned(),
            exit_code: report.exit_code().0,
            levels: words(&report.levels),
            namespaces: report.namespaces.clone(),
            agent_namespace: report.agent_namespace.clone(),
            rights: report.rights.iter().map(right).collect(),
            not_asked: words(&report.not_asked),
        }
    }
}

fn right(one: &ReviewedRight) -> v1::RightCheck {
    let (state, detail) = match &one.access {
        Access::Held => ("held", None),
        Access::Missing => ("missing", None),
        Access::Unknown(why) => ("unknown", Some(why.clone())),
    };
    let Right { verb, group, resource, namespace } = one.right.clone();
    v1::RightCheck { level: one.level.to_owned(), verb, group, resource, namespace, state: state.to_owned(), detail }
}

impl v1::Wait {
    /// Writes a report down.
    pub fn new(report: &WaitReport) -> Self {
        let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
        let (state, reason) = match &report.ending {
            Ending::Injected => ("met", None),
            Ending::TimedOut => ("notMet", None),
            Ending::Unknown(why) => ("unknown", Some(why.clone())),
        };
        let seen = &report.seen;
        Self {
            api_version: v1::API_VERSION.to_owned(),
            kind: "Wait".to_owned(),
            namespace: report.namespace.clone(),
            service_account: report.service_account.clone(),
            condition: "injected".to_owned(),
            state: state.to_owned(),
            exit_code: report.exit_code().0,
            reason,
            since: time(seen.since),
            dry_runs: v1::WaitDryRuns {
                injected: seen.injected,
                lacking: seen.lacking,
                unanswered: seen.unanswered,
                first_at: time(seen.first_at),
                last_at: time(seen.last_at),
            },
            duration_ms: report.duration_ms,
            requests: v1::Requests { kubernetes: report.requests.kubernetes, aws: report.requests.aws },
        }
    }
}

document! {
    /// Whether a target's role may do something.
    struct CanI {
        /// Always `podid/v1`.
        api_version: String,
        /// Always `CanI`.
        kind: String,
        /// What made the document.
        tool: Tool,
        /// What the process ends with: 1 where something is denied, 3 where something is not known.
        exit_code: u8,
        /// The target.
        target: Target,
        /// Whose rights these are; null where that is not known.
        actor: Option<RightActor>,
        /// Why that is not known.
        gap: Option<Gap>,
        /// Why the target does not act as this role now; null where it does, as far as is known.
        obstacle: Option<String>,
        /// Whether a session policy of the association was simulated too.
        has_session_policy: bool,
        /// The condition keys that were given values.
        conditions: Vec<GivenCondition>,
        /// The answers, in the order in which they were asked for.
        answers: Vec<RightAnswered>,
        /// What no answer takes into account.
        not_simulated: Vec<String>,
    }

    /// A condition key that was given values.
    struct GivenCondition {
        /// The key.
        key: String,
        /// Its values.
        values: Vec<String>,
    }

    /// Whose rights a target has.
    struct RightActor {
        /// The role.
        role_arn: String,
        /// `association`, `targetRole`, `webIdentity`, `node`.
        way: String,
    }

    /// The answer about one action on one resource.
    struct RightAnswered {
        /// `service:Action`.
        action: String,
        /// The ARN of the resource; `*` where none was named.
        resource: String,
        /// `allowed`, `denied`, `undecided`.
        decision: String,
        /// Why, in a phrase; empty where it is allowed.
        why: String,
        /// The statements that decide.
        statements: Vec<String>,
        /// Condition keys of policies that were given no value.
        missing_keys: Vec<String>,
        /// Why it is not known.
        gap: Option<Gap>,
    }
}

impl v1::CanI {
    /// Writes the answers down.
    pub fn new(report: &CanIReport, tool_version: &str) -> Self {
        Self {
            api_version: API_VERSION.to_owned(),
            kind: "CanI".to_owned(),
            tool: tool(tool_version, None),
            exit_code: report.exit_code().0,
            target: target(&report.diagnosis.target),
            actor: report
                .actor
                .as_ref()
                .ok()
                .map(|actor| v1::RightActor { role_arn: actor.role_arn.clone(), way: actor.way.word().to_owned() }),
            gap: report.actor.as_ref().err().map(|one| gap(one, None)),
            obstacle: report.obstacle().map(str::to_owned),
            has_session_policy: report.has_session_policy,
            conditions: report.conditions.iter().map(condition).collect(),
            answers: report.answers.iter().map(answer).collect(),
            not_simulated: not_seen(report).into_iter().map(str::to_owned).collect(),
        }
    }
}

fn answer(answer: &RightAnswer) -> v1::RightAnswered {
    v1::RightAnswered {
        action: answer.action.clone(),
        resource: answer.resource.clone(),
        decision: answer.decision.word().to_owned(),
        why: answer.why.clone(),
        statements: answer.statements.clone(),
        missing_keys: answer.missing_keys.clone(),
        gap: answer.gap.as_ref().map(|one| gap(one, answer.permission)),
    }
}

fn condition((key, values): &(String, Vec<String>)) -> v1::GivenCondition {
    v1::GivenCondition { key: key.clone(), values: values.clone() }
}
