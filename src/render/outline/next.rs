//! The one next step: a command where it fits a line, else where to find it, else words.

use super::entry::count;
use super::unknown::server;
use std::cmp::Reverse;
use std::collections::BTreeSet;

use crate::checks::Code;
use crate::checks::probe::cloudtrail;
use crate::evidence::reading::{EndedLogin, GapKind};
use crate::evidence::source::System;
use crate::evidence::{Gap, Source};
use crate::findings::remediation::{addressed, shell};
use crate::report::summary::{decides_and_is_open, is_silent, seen_working, unseen};
use crate::report::{Cause, CheckReport, MissingPermission, Report, ReportRemediation, Status, VerdictWord};
use crate::target::TargetKind;

/// The one next step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A command, and what it does; where it is too long to repeat, it stands with its cause.
    Command {
        /// The command.
        command: String,
        /// What it does; empty where it only explains.
        does: String,
        /// The code of the cause that it stands with.
        code: Code,
    },
    /// What to do, in words.
    Words(String),
}

/// Finds the step, if there is one. What is a command has the flags that chose the cluster.
pub fn step(report: &Report) -> Option<Step> {
    Some(match found(report)? {
        Step::Words(words) => Step::Words(addressed(&report.cluster.typed, &words)),
        command @ Step::Command { .. } => command,
    })
}

fn found(report: &Report) -> Option<Step> {
    match report.causes.first() {
        Some(cause) if report.target_gap.is_none() => Some(of_cause(cause)),
        None if report.verdict == VerdictWord::Healthy => {
            of_gap(report).or_else(|| of_permission(report)).or_else(|| of_proof(report)).map(Step::Words)
        }
        _ => of_gap(report).map(Step::Words),
    }
}

/// Where the pod has its identity, what AWS still refuses is a matter of the role's permissions.
fn of_permission(report: &Report) -> Option<String> {
    seen_working(&report.checks)?;
    let of_association = &report.association;
    let role = of_association.target_role_arn.as_ref().or(of_association.role_arn.as_ref())?.rsplit('/').next()?;
    Some(format!("if AWS denies a call, role {role} lacks the permission for it"))
}

/// Where nobody saw the pod get credentials, what would show it.
fn of_proof(report: &Report) -> Option<String> {
    let unseen = unseen(&report.checks);
    if let Some(permission) = unseen.and_then(|check| check.permission.as_deref()) {
        return Some(format!("ask for the permission to {permission}: it shows whether the pod gets credentials"));
    }
    let is_pod = report.target.target.kind == TargetKind::Pod;
    let is_open = is_pod && (unseen.is_some() || is_silent(&report.checks));
    // Where no log is to be had, AWS has one of its own, if the sessions have tags to tell them by.
    let is_left = |one: &CheckReport| *one.check == cloudtrail::CHECK && one.status == Status::NotApplicable;
    let is_offered = report.association.has_session_tags && report.checks.iter().any(is_left);
    let node_logs = report.target.has_unasked_log.then_some("--node-logs (what the agent of the node logged)");
    let trail = is_offered.then_some("--cloudtrail (whether EKS assumed the role)");
    let others: Vec<&str> = [node_logs, trail].into_iter().flatten().filter(|_| unseen.is_some()).collect();
    let words = match others.as_slice() {
        [] => "repeat this command with --probe: it asks the agent from inside the pod".to_owned(),
        several => {
            let (last, before) = several.split_last().map_or(("", several), |(last, before)| (*last, before));
            let first = [&["--probe (asks inside the pod)"], before].concat().join(", ");
            format!("repeat this command with {first} or {last}")
        }
    };
    is_open.then_some(words)
}

/// Says where a command stands that is too long to repeat.
pub fn below(command: &str, does: &str, code: Code) -> String {
    let form = if command.contains('\n') { "block" } else { "command" };
    format!("the {form} under {code} below: {does}")
}

fn of_cause(cause: &Cause) -> Step {
    let code = cause.check.code;
    match cause.remediation.first() {
        None => Step::Command { command: format!("kubectl podid explain {code}"), does: String::new(), code },
        Some(ReportRemediation { does, command: Some(command), .. }) => {
            Step::Command { command: command.clone(), does: does.clone(), code }
        }
        Some(ReportRemediation { does, command: None, .. }) => Step::Words(does.clone()),
    }
}

/// The step that makes the first open question answerable.
fn of_gap(report: &Report) -> Option<String> {
    if let Some(gap) = &report.target_gap {
        let namespace = &report.target.target.namespace;
        let resource = report.target.target.kind.resource();
        let permission = report.missing_permissions.first().map(|missing| missing.permission.as_str());
        return match (permission, gap.reason.word()) {
            (Some(permission), _) => Some(format!("ask for the permission to {permission}")),
            (None, _) if gap.kind == Some(GapKind::NoSuchNamespace) => Some("kubectl get namespaces".to_owned()),
            (None, "insufficient") => Some(format!("kubectl -n {} get {resource}s", shell(namespace))),
            (None, _) => advice(gap),
        };
    }
    let open: Vec<&CheckReport> = report.checks.iter().filter(|check| decides_and_is_open(check)).collect();
    // A name is said at once, a permission takes a day.
    if open.iter().filter_map(|check| check.gap.as_ref()).any(|gap| gap.kind == Some(GapKind::ClusterUnnamed)) {
        return Some("name the EKS cluster with --eks-cluster".to_owned());
    }
    let is_open = |code: &Code| open.iter().any(|check| check.check.code == *code);
    let wanted = report.missing_permissions.iter().filter(|one| one.settles.iter().any(is_open));
    match wanted.collect::<Vec<_>>().as_slice() {
        [] => {}
        [missing] => {
            let settled = count(missing.settles.len(), "check");
            return Some(format!("ask for {}: it settles {settled}", right(missing)));
        }
        _several => {
            // All that the list below has, in the order in which it stands there.
            let mut missing: Vec<&MissingPermission> = report.missing_permissions.iter().collect();
            missing.sort_by_key(|one| Reverse(one.settles.len()));
            let settled: BTreeSet<&Code> = missing.iter().flat_map(|one| &one.settles).collect();
            let settled = count(settled.len(), "check");
            let named = match missing.as_slice() {
                [first, second] => format!("{} and {}", right(first), right(second)),
                [first, rest @ ..] => format!("{} and {} listed below", right(first), count(rest.len(), "more right")),
                [] => return None,
            };
            return Some(format!("ask for {named}: they settle {settled}"));
        }
    }
    let advised = open.iter().filter_map(|check| check.gap.as_ref()).find_map(advice);
    advised.or_else(|| open.first().map(|check| format!("kubectl podid explain {}", check.check.code)))
}

fn right(missing: &MissingPermission) -> String {
    match missing.system {
        System::Kubernetes => format!("the permission to {}", missing.permission),
        System::Aws => missing.permission.clone(),
    }
}

/// What helps against an obstacle.
fn advice(gap: &Gap) -> Option<String> {
    let place = server(gap);
    let words = match (gap.reason.word(), &gap.kind) {
        (_, Some(GapKind::NoSuchCluster)) if gap.source == Source::Cluster => {
            Some("name the EKS cluster with --eks-cluster and its region with --region")
        }
        (_, Some(GapKind::LoginEnded(EndedLogin { single_sign_on, profile }))) => {
            let verb = if *single_sign_on { "sso login" } else { "login" };
            return Some(format!("aws {verb} --profile {}", shell(profile)));
        }
        (_, Some(GapKind::AwsSwitchedOff)) => Some("repeat this command without --no-aws"),
        (_, Some(GapKind::ClusterSwitchedOff)) => Some("repeat this command without --no-cluster"),
        ("malformed", Some(GapKind::AnotherServer)) => {
            return Some(format!("see what answers in the place of {place}, such as a proxy; -vv shows each request"));
        }
        ("otherCluster", _) if gap.source == Source::Version => Some(
            "choose the context of an EKS cluster with --context; in a virtual cluster, ask about the pod of the host cluster",
        ),
        ("otherCluster", _) => {
            Some("name the EKS cluster with --eks-cluster, its region with --region and its account with --aws-profile")
        }
        ("noCredentials", _) => Some("log in again, then repeat this command"),
        ("wrongAccount", _) => Some("repeat this command with credentials of the account that owns it (--aws-profile)"),
        ("timedOut", _) => Some("repeat this command with a longer --timeout"),
        ("throttled", _) => Some("wait a minute, then repeat this command"),
        ("unreachable", _) => {
            return Some(format!("see whether the network, the VPN and the proxy let this machine reach {place}"));
        }
        _ => None,
    };
    words.map(str::to_owned)
}
