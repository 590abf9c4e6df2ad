//! What `wait`, `permissions --check` and `can-i` say to people.

use jiff::Timestamp;

use crate::evidence::GapReason;
use crate::evidence::asked::canary::{Ending, Seen};
use crate::evidence::source::{Access, SYSTEM_NAMESPACE};
use crate::findings::remediation::addressed;
use crate::render::outline::target;
use crate::render::outline::unknown::reason;
use crate::render::page::{Page, Span};
use crate::render::style::{Mark, Style};
use crate::report::can_i::{Actor, ActorWay, CanIReport, RightAnswer, RightDecision};
use crate::report::{ReviewedRight, RightsReport, WaitReport};

/// Draws a report.
pub fn draw(report: &WaitReport, style: &Style) -> String {
    let mark = match report.ending {
        Ending::Injected => Mark::Good,
        Ending::TimedOut => Mark::Bad,
        Ending::Unknown(_) => Mark::Unknown,
    };
    let WaitReport { namespace, service_account: name, .. } = report;
    let mut page = Page::new(style);
    page.prose(0, 2, &[Span::strong(format!("{namespace}/{name}")), Span::faint("   service account")]);
    page.gap();
    page.prose(0, 2, &[Span::marked(mark, style.sign(mark)), Span::plain(format!(" {}", report.headline()))]);
    if report.seen.first_at.is_some() {
        page.prose(2, 8, &[Span::faint("saw   "), Span::plain(saw(&report.seen))]);
    }
    if report.ending == Ending::TimedOut {
        let seconds = report.patience.as_secs_f64();
        page.prose(2, 8, &[Span::faint("after "), Span::plain(format!("{seconds} s, as --timeout says"))]);
    }
    if report.ending != Ending::Injected {
        let command = format!("kubectl podid doctor sa/{name} -n {namespace} --canary");
        let command = addressed(&report.typed, &command);
        page.prose(2, 8, &[Span::faint("next  "), Span::command(command), Span::plain(" says why")]);
    }
    page.finish()
}

/// One line: the answer.
pub fn line(report: &WaitReport, style: &Style) -> String {
    let word = match report.ending {
        Ending::Injected => "ok",
        Ending::TimedOut => "waiting",
        Ending::Unknown(_) => "unknown",
    };
    format!("{word} {}/{} {}\n", report.namespace, report.service_account, style.words(&report.headline()))
}

/// How many dry-runs had the variables.
pub fn counts(seen: &Seen) -> String {
    let silent = match seen.unanswered {
        0 => String::new(),
        number => format!(", {number} more without an answer"),
    };
    format!("{} of {} dry-runs with the variables{silent}", seen.injected, seen.answered())
}

/// What was seen, and since when.
fn saw(seen: &Seen) -> String {
    let since = seen.since.map(|since| format!(", without a gap since {}", clock(since))).unwrap_or_default();
    let first = seen.first_at.map(|first| format!("; the first was at {}", clock(first))).unwrap_or_default();
    format!("{}{since}{first}", counts(seen))
}

fn clock(time: Timestamp) -> String {
    time.strftime("%H:%M:%S").to_string()
}

/// Why nothing is said of the actions of AWS.
const NOT_ASKED: &str =
    "AWS tells a user's permissions only to whoever may simulate policies: a run of the doctor names what is missing";

/// Draws a report.
pub fn draw_rights(report: &RightsReport, style: &Style) -> String {
    let mut page = Page::new(style);
    page.prose(0, 2, &[Span::strong(report.headline())]);
    let (pods, agent) = (report.namespaces.join(", "), &report.agent_namespace);
    page.prose(2, 2, &[Span::faint(format!("for pods in namespace {pods} and an agent in {agent}"))]);
    page.gap();
    if let Some(why) = report.one_reason() {
        // A cluster that cannot be asked is no news of each right.
        page.prose(2, 4, &[Span::marked(Mark::Unknown, "? "), Span::plain(why)]);
    } else {
        report.rights.iter().for_each(|one| right(&mut page, one));
    }
    page.gap();
    page.prose(2, 4, &[Span::plain(format!("IAM, not asked: {}", report.not_asked.join(" ")))]);
    page.prose(4, 4, &[Span::faint(NOT_ASKED)]);
    if report.rights.iter().any(|one| one.access == Access::Missing) {
        page.gap();
        page.prose(2, 8, &[Span::faint("next: "), Span::plain(format!("{} prints the role to ask for", next(report)))]);
    }
    page.finish()
}

fn right(page: &mut Page<'_>, one: &ReviewedRight) {
    let (mark, why) = match &one.access {
        Access::Held => (Mark::Good, String::new()),
        Access::Missing => (Mark::Bad, " — not allowed".to_owned()),
        Access::Unknown(why) => (Mark::Unknown, format!(" — {why}")),
    };
    let level = if one.level == "read" { String::new() } else { format!("  for {}", one.level) };
    let sign = Span::marked(mark, page.style().sign(mark));
    page.prose(2, 6, &[sign, Span::plain(format!(" {}{why}", one.right.words())), Span::faint(level)]);
}

/// The command that prints what was asked about.
fn next(report: &RightsReport) -> String {
    let levels = &report.levels;
    let level = if levels.len() > 1 { format!(" --level {}", levels.join(",")) } else { String::new() };
    let agent = match report.agent_namespace.as_str() {
        SYSTEM_NAMESPACE => String::new(),
        other => format!(" --agent-namespace {other}"),
    };
    format!("kubectl podid permissions{level} --for-namespace {}{agent} -o rbac", report.namespaces.join(","))
}

/// What is not held, a line each.
pub fn right_lines(report: &RightsReport, style: &Style) -> String {
    let line = |one: &ReviewedRight| {
        let right = style.words(&one.right.words()).into_owned();
        match &one.access {
            Access::Held => None,
            Access::Missing => Some(format!("missing {right}\n")),
            Access::Unknown(why) => Some(format!("unknown {right} — {}\n", style.words(why))),
        }
    };
    let lines: String = report.rights.iter().filter_map(line).collect();
    if lines.is_empty() { "ok all held\n".to_owned() } else { lines }
}

/// What simulations of IAM do not see.
pub const NOT_SEEN: &str = "policies of the resource and of VPC endpoints, and conditions of service control policies";
/// What they do not see of an action that assumes a role.
pub const TRUST_NOT_SEEN: &str = "the trust policy of the role that is to be assumed: check-trust judges it";

/// What they do not see of a pod that falls back to its node.
pub const NODE_NOT_SEEN: &str = "whether the pod reaches the metadata of its node";

/// Draws the page.
pub fn draw_can_i(report: &CanIReport, style: &Style) -> String {
    let mut page = Page::new(style);
    let name = Span::strong(target::name(&report.diagnosis));
    match &report.actor {
        Ok(actor) => page.groups(0, 2, 3, &[vec![name], vec![Span::plain(acts(actor))]]),
        Err(_) => page.prose(0, 2, &[name]),
    }
    page.gap();
    if let Err(gap) = &report.actor {
        let mark = Span::marked(Mark::Unknown, style.sign(Mark::Unknown));
        let permission = gap.source.permission_text(&report.diagnosis.target.target.namespace, SYSTEM_NAMESPACE);
        let permission = permission.filter(|_| gap.reason == GapReason::Denied);
        let words = format!(" undecided: the role it acts as is not known — {}", reason(gap, permission.as_deref()));
        page.prose(0, 2, &[mark, Span::plain(words)]);
    }
    for answer in &report.answers {
        write(&mut page, answer);
    }
    if let Some(obstacle) = report.obstacle() {
        page.gap();
        let mark = Span::marked(Mark::Warning, style.sign(Mark::Warning));
        page.prose(0, 2, &[mark, Span::plain(format!(" the pod does not act as this role now: {obstacle}"))]);
    }
    if !report.answers.is_empty() {
        page.gap();
        for (key, values) in &report.conditions {
            page.prose(0, 2, &[Span::faint(format!("with {key}={}, as --condition says", values.join(",")))]);
        }
        for words in not_seen(report) {
            page.prose(0, 2, &[Span::faint(format!("not simulated: {words}"))]);
        }
    }
    page.finish()
}

/// What no answer of this report takes into account.
pub fn not_seen(report: &CanIReport) -> Vec<&'static str> {
    let assumes = |answer: &RightAnswer| answer.action.to_ascii_lowercase().starts_with("sts:assume");
    let trust = report.answers.iter().any(assumes).then_some(TRUST_NOT_SEEN);
    let is_node = report.actor.as_ref().is_ok_and(|actor| actor.way == ActorWay::Node);
    let node = is_node.then_some(NODE_NOT_SEEN);
    std::iter::once(NOT_SEEN).chain(trust).chain(node).collect()
}

fn acts(actor: &Actor) -> String {
    let name = actor.role_arn.split_once(":role/").map_or(actor.role_arn.as_str(), |(_, name)| name);
    let way = match actor.way {
        ActorWay::Associated => "by its association",
        ActorWay::Target => "the target role of its association",
        ActorWay::WebIdentity => "by IAM roles for service accounts (IRSA)",
        ActorWay::Node => "the node's: it has no role of its own",
    };
    format!("acts as role {name}, {way}")
}

fn mark(decision: RightDecision) -> Mark {
    match decision {
        RightDecision::Allowed => Mark::Good,
        RightDecision::Denied => Mark::Bad,
        RightDecision::Undecided => Mark::Unknown,
    }
}

fn write(page: &mut Page<'_>, answer: &RightAnswer) {
    let mark = mark(answer.decision);
    let sign = format!("{} {}", page.style().sign(mark), answer.decision.word());
    let what = format!("  {}", answer.action);
    let on = if answer.resource == "*" { " on all resources".to_owned() } else { format!(" on {}", answer.resource) };
    page.prose(0, 2, &[Span::marked(mark, sign), Span::strong(what), Span::plain(on)]);
    if !answer.why.is_empty() {
        page.prose(2, 2, &[Span::plain(&answer.why)]);
    }
    if let Some(gap) = &answer.gap {
        page.prose(2, 2, &[Span::plain(reason(gap, answer.permission))]);
    }
    for statement in &answer.statements {
        page.row("by", &[Span::plain(statement)]);
    }
    if !answer.missing_keys.is_empty() {
        let example = format!("--condition {}=VALUE", answer.missing_keys[0]);
        page.row("next", &[Span::plain("say its value: "), Span::command(example)]);
    }
}
