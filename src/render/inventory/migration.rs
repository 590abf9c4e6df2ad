//! The plan of `migrate`: for people, and as a runbook with boxes to check.

use super::table::permission_in;
use crate::evidence::{Gap, GapReason, Source};
use crate::render::markdown::{block, cell, code, phrase};
use crate::render::outline::entry::count;
use crate::render::outline::unknown::reason;
use crate::render::page::{Page, Span};
use crate::render::style::{Mark, Style};
use crate::report::migration::{Migration, MigrationReport, MigrationState, MigrationStep};

/// Draws the plan.
pub fn draw(report: &MigrationReport, style: &Style) -> String {
    let mut page = Page::new(style);
    page.prose(0, 2, &[Span::strong(sum(report))]);
    page.prose(2, 2, &[Span::faint(place(report))]);
    for words in unread(report) {
        let sign = page.style().sign(Mark::Unknown);
        page.prose(0, 2, &[Span::marked(Mark::Unknown, sign), Span::plain(" "), Span::plain(words)]);
    }
    if !report.first.is_empty() {
        page.gap();
        page.prose(0, 2, &[Span::strong("first, once")]);
        report.first.iter().enumerate().for_each(|(place, step)| write(&mut page, place, step));
    }
    for item in &report.items {
        page.gap();
        let mark = mark(item.state);
        let sign = format!("{} {}", page.style().sign(mark), item.state.word());
        let name = format!("  {}/{}", item.namespace, item.service_account);
        page.prose(0, 2, &[Span::marked(mark, sign), Span::strong(name), Span::plain(about(item))]);
        if let Some(words) = why(report, item) {
            page.prose(2, 2, &[Span::plain(words)]);
        }
        item.steps.iter().enumerate().for_each(|(place, step)| write(&mut page, place, step));
    }
    if !report.last.is_empty() {
        page.gap();
        page.prose(0, 2, &[Span::strong("last, once for each role")]);
        report.last.iter().enumerate().for_each(|(place, step)| write(&mut page, place, step));
    }
    if report.items.iter().any(|item| !item.steps.is_empty()) {
        page.gap();
        page.prose(0, 2, &[Span::strong(sum(report)), Span::faint(format!("; {CAUTION}"))]);
    }
    page.finish()
}

fn write(page: &mut Page<'_>, place: usize, step: &MigrationStep) {
    let mark = if step.is_done { Mark::Good } else { Mark::NotReached };
    let sign = format!("{} {}", place + 1, page.style().sign(mark));
    let changes = if step.changes.is_empty() || step.is_done { String::new() } else { format!(" ({})", step.changes) };
    page.prose(2, 6, &[Span::marked(mark, sign), Span::plain(format!(" {}", step.does)), Span::faint(changes)]);
    if let Some(command) = step.command.as_ref().filter(|_| !step.is_done) {
        command.lines().for_each(|line| page.line(6, &[Span::command(line)]));
    }
}

fn mark(state: MigrationState) -> Mark {
    match state {
        MigrationState::Underway | MigrationState::Ready => Mark::NotReached,
        MigrationState::Blocked => Mark::Warning,
        MigrationState::Unknown => Mark::Unknown,
    }
}

/// What a reader has to know before pasting.
const CAUTION: &str = "nothing was changed. A trust policy is replaced as a whole: repeat this command before you paste one, and to see what remains";

/// Which cluster, and in which account: roles of one name stand in many.
fn place(report: &MigrationReport) -> String {
    let context = &report.context;
    let name = context.eks_cluster.as_ref().map_or("unknown", |cluster| cluster.value.as_str());
    let region = context.region.as_ref().map(|region| format!(" ({})", region.value)).unwrap_or_default();
    let account = report.account.as_ref().map(|account| format!(", account {account}")).unwrap_or_default();
    format!("cluster {name}{region}{account}")
}

/// The role, and how many pods have moved.
fn about(item: &Migration) -> String {
    let role = item.role_arn.as_deref().map(|arn| arn.split_once(":role/").map_or(arn, |(_, name)| name));
    let role = role.map(|name| format!("  role {name}")).unwrap_or_default();
    let pods = item.pods.map(|(all, moved)| format!("  {moved} of {} moved", count(all, "pod"))).unwrap_or_default();
    format!("{role}{pods}")
}

fn why(report: &MigrationReport, item: &Migration) -> Option<String> {
    let gap = item.gap.as_ref().map(|gap| reason(gap, permission_in(report.namespace.as_deref(), gap).as_deref()));
    item.why.clone().or(gap)
}

fn sum(report: &MigrationReport) -> String {
    let place = report.namespace.as_ref().map(|name| format!(" in namespace {name}")).unwrap_or_default();
    if report.items.is_empty() {
        let subject = "on IAM roles for service accounts (IRSA)";
        return if report.gaps.is_empty() {
            format!("no service account{place} is {subject}")
        } else {
            format!("which service accounts are {subject} is not known")
        };
    }
    let states = [MigrationState::Underway, MigrationState::Ready, MigrationState::Blocked, MigrationState::Unknown];
    let number = |state: MigrationState| report.items.iter().filter(|item| item.state == state).count();
    let states = states.into_iter().filter(|state| number(*state) > 0);
    let states: Vec<String> = states.map(|state| format!("{} {}", number(state), state.word())).collect();
    format!("{}{place} on IRSA: {}", count(report.items.len(), "service account"), states.join(" · "))
}

fn unread(report: &MigrationReport) -> Vec<String> {
    let words = |gap: &Gap| match gap.source {
        // Two rights answer it, and the gap names the second.
        Source::AddOn if gap.reason == GapReason::Denied => {
            "eks:ListAddons and eks:DescribeAddon are both needed".to_owned()
        }
        _ => reason(gap, permission_in(report.namespace.as_deref(), gap).as_deref()),
    };
    let line = |gap: &Gap| match gap.source {
        Source::AddOn => format!("not known which service accounts belong to an EKS add-on: {}", words(gap)),
        Source::AgentDaemonSets => format!("not known whether the agent is installed: {}", words(gap)),
        _ => format!("not read in full: {}", words(gap)),
    };
    report.gaps.iter().map(line).collect()
}

/// The plan as a runbook for a ticket.
pub fn markdown(report: &MigrationReport) -> String {
    let mut blocks = vec![format!("## {}", phrase(&sum(report))), phrase(&format!("In {}; {CAUTION}.", place(report)))];
    blocks.extend(unread(report).iter().map(|words| phrase(words)));
    if !report.first.is_empty() {
        blocks.push("### First, once".to_owned());
        blocks.extend(report.first.iter().map(box_of));
    }
    let blocked: Vec<&Migration> = report.items.iter().filter(|item| item.steps.is_empty()).collect();
    for item in report.items.iter().filter(|item| !item.steps.is_empty()) {
        let name = format!("{}/{}", item.namespace, item.service_account);
        blocks.push(format!("### {} ({})", code(&name), item.state.word()));
        blocks.extend(item.steps.iter().map(box_of));
    }
    if !report.last.is_empty() {
        blocks.push("### Last, once for each role".to_owned());
        blocks.extend(report.last.iter().map(box_of));
    }
    if !blocked.is_empty() {
        blocks.push("### Not moved".to_owned());
        let row = |item: &&Migration| {
            let name = format!("{}/{}", item.namespace, item.service_account);
            format!("| {} | {} | {} |", cell(&name), item.state.word(), cell(&why(report, item).unwrap_or_default()))
        };
        let rows: Vec<String> = blocked.iter().map(row).collect();
        blocks.push(format!("| Service account | | Why |\n|---|---|---|\n{}", rows.join("\n")));
    }
    format!("{}\n", blocks.join("\n\n"))
}

/// A box to check, with the command that belongs to it.
fn box_of(step: &MigrationStep) -> String {
    let done = if step.is_done { "x" } else { " " };
    let changes = if step.changes.is_empty() || step.is_done { String::new() } else { format!(" ({})", step.changes) };
    let words = phrase(&format!("{}{changes}", step.does));
    match step.command.as_ref().filter(|_| !step.is_done) {
        Some(command) => format!("- [{done}] {words}\n\n{}", block(command)),
        None => format!("- [{done}] {words}"),
    }
}
