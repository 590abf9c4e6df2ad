//! What `can-i` says to people.

use crate::evidence::GapReason;
use crate::evidence::source::SYSTEM_NAMESPACE;
use crate::render::outline::target;
use crate::render::outline::unknown::reason;
use crate::render::page::{Page, Span};
use crate::render::style::{Mark, Style};
use crate::report::can_i::{Actor, ActorWay, CanIReport, RightAnswer, RightDecision};

/// What simulations of IAM do not see.
pub const NOT_SEEN: &str = "policies of the resource and of VPC endpoints, and conditions of service control policies";
/// What they do not see of an action that assumes a role.
pub const TRUST_NOT_SEEN: &str = "the trust policy of the role that is to be assumed: check-trust judges it";

/// What they do not see of a pod that falls back to its node.
pub const NODE_NOT_SEEN: &str = "whether the pod reaches the metadata of its node";

/// Draws the page.
pub fn draw(report: &CanIReport, style: &Style) -> String {
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
