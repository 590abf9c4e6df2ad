//! What `list` gives other programs: names for `xargs`, rows for a spreadsheet, and samples for Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::table::{context_flag, name_of};
use crate::findings::remediation::shell;
use crate::render::escape::escape;
use crate::report::inventory::{AssociationRow, InventoryList, InventoryReport};

/// `sa/NAME -n NAMESPACE`, a line each, as `doctor` takes it.
pub fn names(list: &InventoryList) -> String {
    let mut text = String::new();
    for (cluster, row) in list.rows() {
        let context = context_flag(list, cluster);
        let line = format!("sa/{} -n {}{context}", shell(&row.service_account), shell(&row.namespace));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", escape(&line));
    }
    text
}

/// The columns of the rows.
const COLUMNS: [&str; 19] = [
    "cluster",
    "namespace",
    "serviceAccount",
    "state",
    "pods",
    "injected",
    "stale",
    "shadowed",
    "notInjected",
    "leftOut",
    "roleArn",
    "targetRoleArn",
    "managedBy",
    "ownerArn",
    "associationId",
    "createdAt",
    "modifiedAt",
    "trust",
    "gap",
];

/// Rows of comma-separated values, with a heading. What is not known is empty.
pub fn csv(list: &InventoryList) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    // Writing to memory cannot fail.
    writer.write_record(COLUMNS).ok();
    for (cluster, row) in list.rows() {
        writer.write_record(fields(cluster, row).map(|field| not_a_formula(&field))).ok();
    }
    writer.into_inner().ok().and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_default()
}

fn fields(cluster: &InventoryReport, row: &AssociationRow) -> [String; 19] {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |of: fn(&crate::report::inventory::PodCounts) -> usize| {
        row.pods.as_ref().map(|counts| of(counts).to_string()).unwrap_or_default()
    };
    [
        name_of(&cluster.context),
        row.namespace.clone(),
        row.service_account.clone(),
        row.state.word().to_owned(),
        number(|counts| counts.total),
        number(|counts| counts.injected),
        number(|counts| counts.stale),
        number(|counts| counts.shadowed),
        number(|counts| counts.not_injected),
        number(|counts| counts.left_out),
        text(&row.role_arn),
        text(&row.target_role_arn),
        text(&row.managed_by),
        text(&row.owner_arn),
        text(&row.association_id),
        row.created_at.map(|time| time.to_string()).unwrap_or_default(),
        row.modified_at.map(|time| time.to_string()).unwrap_or_default(),
        row.trust.as_ref().map(|trust| trust.decision.word().to_owned()).unwrap_or_default(),
        row.gap().map(|gap| gap.reason.word().to_owned()).unwrap_or_default(),
    ]
}

/// A spreadsheet takes what begins like this for a formula, and runs it.
fn not_a_formula(field: &str) -> String {
    let shown = escape(field);
    if shown.starts_with(['=', '+', '-', '@']) { format!("'{shown}") } else { shown.into_owned() }
}

/// Samples in Prometheus' text format, for a file that node-exporter reads.
///
/// Source of the format: Prometheus, *Exposition formats*.
pub fn prometheus(list: &InventoryList) -> String {
    let mut text = String::new();
    family(&mut text, "podid_association_state", "State of a service account's identity: 1 for the one that it is in");
    for (cluster, row) in list.rows() {
        let state = ("state", row.state.word());
        sample(&mut text, "podid_association_state", &cluster_label(list, cluster), row, state, 1);
    }
    family(&mut text, "podid_pods", "Pods of a service account, with and without the variables of EKS Pod Identity");
    for (cluster, row) in list.rows() {
        let Some(counts) = row.pods else { continue };
        let cluster = cluster_label(list, cluster);
        sample(&mut text, "podid_pods", &cluster, row, ("injected", "true"), counts.injected);
        sample(&mut text, "podid_pods", &cluster, row, ("injected", "false"), counts.total - counts.injected);
    }
    family(&mut text, "podid_last_run_timestamp_seconds", "When the cluster was listed in full");
    let mut runs: BTreeMap<String, i64> = BTreeMap::new();
    for cluster in list.clusters.iter().filter(|cluster| cluster.gaps.is_empty()) {
        runs.insert(cluster_label(list, cluster), cluster.collected_at.as_second());
    }
    for (cluster, at) in runs {
        let _ = writeln!(text, "podid_last_run_timestamp_seconds{{cluster=\"{}\"}} {at}", label(&cluster));
    }
    text
}

fn family(text: &mut String, name: &str, help: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} gauge");
}

fn sample(
    text: &mut String,
    name: &str,
    cluster: &str,
    row: &AssociationRow,
    (key, value): (&str, &str),
    number: usize,
) {
    let _ = writeln!(
        text,
        "{name}{{cluster=\"{}\",namespace=\"{}\",service_account=\"{}\",{key}=\"{value}\"}} {number}",
        label(cluster),
        label(&row.namespace),
        label(&row.service_account),
    );
}

/// The EKS name, which dashboards know; the context where that is not known, and of several clusters, two of which may have one name.
fn cluster_label(list: &InventoryList, cluster: &InventoryReport) -> String {
    if list.names_clusters {
        return name_of(&cluster.context);
    }
    cluster.context.eks_cluster.as_ref().map_or_else(|| name_of(&cluster.context), |name| name.value.clone())
}

fn label(value: &str) -> String {
    escape(value).replace('\\', "\\\\").replace('"', "\\\"")
}
