//! The table of `list`, who shares a role, and the plan of restarts, for people.

use jiff::Timestamp;

use crate::duration::in_words;
use crate::evidence::source::System;
use crate::evidence::{Context, Gap, GapReason, Source};
use crate::findings::remediation::addressed;
use crate::findings::remediation::shell;
use crate::inventory::restart::Line;
use crate::inventory::selection::{Trouble, role_name};
use crate::render::outline::entry::count;
use crate::render::outline::unknown::reason;
use crate::render::page::{Cell, Page, Span, width_of, widths, write};
use crate::render::style::{Mark, Style};
use crate::report::inventory::{AssociationRow, InventoryList, InventoryReport, RoleUse, State};

/// What stands where there is nothing.
const NOTHING: &str = "-";
/// Columns that are left out first where the terminal is too narrow.
const DISPENSABLE: [&str; 4] = ["AGE", "MANAGED-BY", "TARGET", "STALE"];

/// Draws the rows. `columns` is how wide the table may be; with `wide` nothing is left out or shortened.
pub fn draw(list: &InventoryList, style: &Style, columns: usize, wide: bool, quiet: bool) -> String {
    let mut page = Page::new(style);
    let rows: Vec<Vec<Cell>> = list.clusters.iter().flat_map(|cluster| rows(list, cluster, style, wide)).collect();
    let headings: &[&str] = if wide { &WIDE } else { &NARROW };
    if !rows.is_empty() {
        let (headings, rows) = fitting(headings, rows, list, style, if wide { usize::MAX } else { columns });
        write(&mut page, &headings, &rows);
        page.gap();
    }
    sum(&mut page, list);
    if !quiet {
        next(&mut page, list);
    }
    page.finish()
}

/// The columns, as kubectl writes them.
const NARROW: [&str; 10] =
    ["CLUSTER", "NAMESPACE", "SERVICEACCOUNT", "STATE", "PODS", "STALE", "ROLE", "TARGET", "MANAGED-BY", "AGE"];
/// Those of `wide`.
const WIDE: [&str; 12] = [
    "CLUSTER",
    "NAMESPACE",
    "SERVICEACCOUNT",
    "STATE",
    "PODS",
    "STALE",
    "ROLE",
    "TARGET",
    "MANAGED-BY",
    "AGE",
    "ASSOCIATION",
    "WHY",
];

fn rows(list: &InventoryList, cluster: &InventoryReport, style: &Style, wide: bool) -> Vec<Vec<Cell>> {
    // A cluster of which nothing is known is a row: it must not be taken for one without associations.
    if list.names_clusters && cluster.rows.is_empty() && !cluster.gaps.is_empty() {
        let mut row = vec![(NOTHING.to_owned(), None); if wide { WIDE.len() } else { NARROW.len() }];
        row[0] = (name_of(&cluster.context), None);
        row[3] = (State::Unknown.word().to_owned(), Some(Mark::Unknown));
        return vec![row];
    }
    cluster.rows.iter().map(|row| cells(cluster, row, style, wide)).collect()
}

fn cells(cluster: &InventoryReport, row: &AssociationRow, style: &Style, wide: bool) -> Vec<Cell> {
    let plain = |text: String| (text, None);
    let known = |text: Option<String>| plain(text.unwrap_or_else(|| NOTHING.to_owned()));
    let role =
        |arn: &Option<String>| known(arn.as_deref().map(|arn| if wide { arn } else { role_name(arn) }.to_owned()));
    let counts = row.pods;
    let mark = mark(row.state);
    let mut cells = vec![
        plain(name_of(&cluster.context)),
        plain(row.namespace.clone()),
        plain(row.service_account.clone()),
        (format!("{} {}", style.sign(mark), row.state.word()), Some(mark)),
        known(counts.map(|counts| format!("{}/{}", counts.injected, counts.total))),
        known(counts.map(|counts| counts.stale.to_string())),
        role(&row.role_arn),
        role(&row.target_role_arn),
        known(row.managed_by.clone()),
        known(row.created_at.map(|made| age(cluster.collected_at, made))),
    ];
    if wide {
        cells.push(known(row.association_id.clone()));
        cells.push(known(why(cluster, row)));
    }
    cells
}

/// Leaves out columns in which nothing stands, and, where the table is too wide, those that matter least.
fn fitting<'h>(
    headings: &[&'h str],
    rows: Vec<Vec<Cell>>,
    list: &InventoryList,
    style: &Style,
    columns: usize,
) -> (Vec<&'h str>, Vec<Vec<Cell>>) {
    let is_blank = |column: usize| rows.iter().all(|row| row[column].0 == NOTHING);
    let mut kept: Vec<usize> = (0..headings.len())
        .filter(|column| match headings[*column] {
            "CLUSTER" => list.names_clusters,
            "TARGET" | "MANAGED-BY" | "WHY" => !is_blank(*column),
            _ => true,
        })
        .collect();
    let widths = widths(style, headings, &rows);
    let excess = |kept: &[usize]| {
        let kept: Vec<usize> = kept.iter().map(|column| widths[*column]).collect();
        width_of(&kept).saturating_sub(columns)
    };
    for name in DISPENSABLE {
        if excess(&kept) > 0 {
            kept.retain(|column| headings[*column] != name);
        }
    }
    let names: Vec<&str> = kept.iter().map(|column| headings[*column]).collect();
    let mut rows: Vec<Vec<Cell>> =
        rows.into_iter().map(|row| kept.iter().map(|column| row[*column].clone()).collect()).collect();
    let excess = excess(&kept);
    if let Some(role) = names.iter().position(|name| *name == "ROLE").filter(|_| excess > 0) {
        let room = widths[kept[role]].saturating_sub(excess).max(LEAST_ROLE);
        for row in &mut rows {
            shorten(&mut row[role].0, room, style.ellipsis());
        }
    }
    (names, rows)
}

/// A role's name is cut no shorter than this; `wide` cuts none.
const LEAST_ROLE: usize = 10;

fn shorten(name: &mut String, room: usize, ellipsis: &str) {
    if name.chars().count() > room {
        *name = name.chars().take(room.saturating_sub(ellipsis.chars().count())).chain(ellipsis.chars()).collect();
    }
}

fn mark(state: State) -> Mark {
    match state {
        State::RoleMissing | State::Refused | State::Unassociated | State::Shadowed | State::NotInjected => Mark::Bad,
        State::Stale | State::Orphan => Mark::Warning,
        State::Unknown => Mark::Unknown,
        State::Irsa | State::NoPods | State::LeftOut => Mark::NotReached,
        State::Ok => Mark::Good,
    }
}

/// The name of a cluster where several stand side by side: that of its context, which is what was typed.
pub fn name_of(context: &Context) -> String {
    let eks = context.eks_cluster.as_ref().map(|name| name.value.clone());
    context.name.clone().or(eks).unwrap_or_else(|| NOTHING.to_owned())
}

fn age(now: Timestamp, made: Timestamp) -> String {
    in_words(now.duration_since(made))
}

/// What decides about a row, in words.
fn why(cluster: &InventoryReport, row: &AssociationRow) -> Option<String> {
    let trust = row.trust.as_ref();
    let code = trust.and_then(|trust| trust.code).map(|code| format!("{code} ")).unwrap_or_default();
    if let Some(says) = trust.and_then(|trust| trust.says.as_ref()) {
        let found = trust.and_then(|trust| trust.found.as_ref()).map(|found| format!(" — {found}"));
        return Some(format!("{code}{says}{}", found.unwrap_or_default()));
    }
    let pods = |number: usize, words: &str| Some(format!("{} {words}", count(number, "pod")));
    let counts = row.pods.unwrap_or_default();
    match row.state {
        State::Stale => return pods(counts.stale, "without the variables, older than the association: restart"),
        State::Shadowed => return pods(counts.shadowed, "with keys or IRSA variables that SDKs use in preference"),
        State::NotInjected => return pods(counts.not_injected, "without the variables, younger than the association"),
        State::Unassociated => return pods(counts.injected, "with the variables of an association that is gone"),
        State::LeftOut => {
            return pods(counts.left_out, "left out by a label, an annotation, Fargate or Windows, and no others");
        }
        State::Orphan => return Some("there is no such service account".to_owned()),
        _ => {}
    }
    let gap = row.gap()?;
    let code = if row.gap.is_some() { String::new() } else { code };
    Some(format!("{code}{}", words(cluster, gap)))
}

/// Why something is not known, with the permission that would settle it.
fn words(cluster: &InventoryReport, gap: &Gap) -> String {
    reason(gap, permission(cluster, gap).as_deref())
}

/// The permission that is missing, if one is.
pub fn permission(cluster: &InventoryReport, gap: &Gap) -> Option<String> {
    permission_in(cluster.namespace.as_deref(), gap)
}

/// The permission that is missing, if one is, where one namespace was listed or all.
pub fn permission_in(namespace: Option<&str>, gap: &Gap) -> Option<String> {
    let place = namespace.unwrap_or("all namespaces");
    (gap.reason == GapReason::Denied).then(|| gap.source.permission_text(place, place)).flatten()
}

/// One line for each cluster: how many accounts are in which state; and what was not read.
fn sum(page: &mut Page<'_>, list: &InventoryList) {
    for cluster in &list.clusters {
        let name = prefix(list.names_clusters, cluster);
        let all: usize = cluster.states.iter().map(|(_, number)| number).sum();
        let shown = cluster.rows.len();
        let states: Vec<String> =
            cluster.states.iter().map(|(state, number)| format!("{number} {}", state.word())).collect();
        let place = cluster.namespace.as_ref().map(|one| format!(" in namespace {one}")).unwrap_or_default();
        let words = match (all, cluster.gaps.is_empty()) {
            (0, true) => format!("no service account{place} has an association, or asks for a role"),
            (0, false) => "which service accounts have a role is not known".to_owned(),
            (all, _) if shown < all => format!("{shown} of {}{place}:", count(all, "service account")),
            (all, _) => format!("{}{place}:", count(all, "service account")),
        };
        let all_states = states.len();
        let joint = |at: usize| if at + 1 < all_states { " ·" } else { "" };
        let states = states.into_iter().enumerate().map(|(at, words)| format!("{words}{}", joint(at)));
        let groups = std::iter::once(format!("{name}{words}")).chain(states).map(|words| vec![Span::plain(words)]);
        page.groups(0, 2, 1, &groups.collect::<Vec<_>>());
        for words in unread(list.names_clusters, cluster) {
            let sign = page.style().sign(Mark::Unknown);
            page.prose(0, 2, &[Span::marked(Mark::Unknown, sign), Span::plain(" "), Span::plain(words)]);
        }
    }
}

/// What stands before a line about one of several clusters.
fn prefix(names_clusters: bool, cluster: &InventoryReport) -> String {
    if names_clusters { format!("{}: ", name_of(&cluster.context)) } else { String::new() }
}

/// What was not read of a cluster, gathered by the reason: a line each.
pub fn unread(names_clusters: bool, cluster: &InventoryReport) -> Vec<String> {
    let name = prefix(names_clusters, cluster);
    let mut lists: Vec<(String, Vec<&str>)> = Vec::new();
    for gap in &cluster.gaps {
        if cluster.guess() == Some(gap) {
            lists.push((gap.detail.clone(), Vec::new()));
            continue;
        }
        let what = match (gap.source.system(), gap.source) {
            (System::Aws, _) => "associations",
            (System::Kubernetes, Source::ServiceAccounts) => "service accounts",
            (System::Kubernetes, _) => "pods",
        };
        let text = words(cluster, gap);
        match lists.iter_mut().find(|(known, _)| *known == text) {
            Some((_, all)) => all.push(what),
            None => lists.push((text, vec![what])),
        }
    }
    let mut rows: Vec<(String, usize)> = Vec::new();
    for gap in cluster.row_gaps.iter().filter(|gap| !cluster.gaps.contains(gap)) {
        let text = words(cluster, gap);
        match rows.iter_mut().find(|(known, _)| *known == text) {
            Some((_, number)) => *number += 1,
            None => rows.push((text, 1)),
        }
    }
    let more = rows.len().saturating_sub(MOST_REASONS);
    let lists = lists.iter().map(|(text, all)| match all.as_slice() {
        [] => format!("{name}{text}"),
        all => format!("{name}{} not read: {text}", all.join(" and ")),
    });
    let of_rows = rows.iter().take(MOST_REASONS);
    let of_rows = of_rows.map(|(text, number)| format!("{name}{} not known in full: {text}", count(*number, "row")));
    let rest = (more > 0).then(|| format!("{name}{}: -o wide says why in each row", count(more, "more reason")));
    lists.chain(of_rows).chain(rest).collect()
}

/// Where commands stand behind `next:`.
const NEXT: usize = 6;

/// How many reasons are told below the table.
const MOST_REASONS: usize = 3;

/// The flag that leads a command to a cluster, where several are listed.
pub fn context_flag(list: &InventoryList, cluster: &InventoryReport) -> String {
    let name = cluster.context.name.as_ref().filter(|_| list.names_clusters);
    name.map(|name| format!(" --context {}", shell(name))).unwrap_or_default()
}

/// What to type next: the plan of restarts, and the doctor for the first row that needs one.
fn next(page: &mut Page<'_>, list: &InventoryList) {
    let mut commands = Vec::new();
    if let Some((cluster, _)) = list.rows().find(|(_, row)| Trouble::Stale.is_in(row)) {
        let place = cluster.namespace.as_ref().map(|name| format!(" -n {}", shell(name))).unwrap_or_default();
        let command = format!("kubectl podid list --restart-plan{place}{}", context_flag(list, cluster));
        commands.push(addressed(&cluster.context.typed, &command));
    }
    let is_broken = |row: &AssociationRow| mark(row.state) == Mark::Bad;
    if let Some((cluster, row)) = list.rows().filter(|(_, row)| is_broken(row)).min_by_key(|(_, row)| row.state) {
        let command = format!(
            "kubectl podid doctor sa/{} -n {}{}",
            shell(&row.service_account),
            shell(&row.namespace),
            context_flag(list, cluster)
        );
        commands.push(addressed(&cluster.context.typed, &command));
    }
    for (index, command) in commands.into_iter().enumerate() {
        let (indent, label) = if index == 0 { (0, "next: ") } else { (NEXT, "") };
        page.line(indent, &[Span::faint(label), Span::command(command)]);
    }
}

/// Draws who shares each role; `is_whole` says whether all was read.
pub fn draw_roles(uses: &[RoleUse], style: &Style, wide: bool, is_whole: bool) -> String {
    let mut page = Page::new(style);
    let rows: Vec<Vec<Cell>> = uses
        .iter()
        .map(|one| {
            let role = one.role_arn.as_deref().map(|arn| if wide { arn } else { role_name(arn) }.to_owned());
            let names = one.accounts.iter().map(|(cluster, namespace, name)| {
                let cluster = cluster.as_ref().map(|cluster| format!("{cluster}:")).unwrap_or_default();
                format!("{cluster}{namespace}/{name}")
            });
            let all: Vec<String> = names.collect();
            let more = all.len().saturating_sub(MOST_NAMES);
            let shown = if wide || more == 0 {
                all.join(", ")
            } else {
                format!("{} and {more} more", all[..MOST_NAMES].join(", "))
            };
            let pods = one.pods.map_or_else(|| NOTHING.to_owned(), |number| number.to_string());
            [role.unwrap_or_else(|| "not known".to_owned()), one.accounts.len().to_string(), pods, shown]
                .into_iter()
                .map(|text| (text, None))
                .collect()
        })
        .collect();
    if rows.is_empty() {
        let words = if is_whole { "no association gives a role" } else { "which roles are given is not known" };
        page.prose(0, 2, &[Span::plain(words)]);
    } else {
        write(&mut page, &["ROLE", "ACCOUNTS", "PODS", "SERVICEACCOUNTS"], &rows);
    }
    page.finish()
}

/// How many service accounts of a role are named, but in `wide`.
const MOST_NAMES: usize = 3;

/// Draws the plan: lines for a shell, in which what is no command is a comment. `is_whole` says whether all was read.
pub fn draw_plan(lines: &[Line], style: &Style, is_whole: bool) -> String {
    let style = Style { color: false, ..*style };
    let mut page = Page::new(&style);
    if lines.is_empty() {
        let none = "# no workload has pods that are older than their association";
        let unknown = "# whether a workload has pods that are older than their association is not known";
        page.line(0, &[Span::plain(if is_whole { none } else { unknown })]);
    }
    for line in lines {
        match line {
            Line::Command(command) => page.line(0, &[Span::plain(command)]),
            Line::Words(words) => page.line(0, &[Span::plain(format!("# {words}"))]),
        }
    }
    page.finish()
}
