//! What the probe would ask the API server for, without asking: its part of `--plan`.

use super::choice::Mode;
use super::rights::{Need, needs};

/// Request, permission, and when it is made.
pub type Row = (String, Option<String>, &'static str);

/// The requests of the ways that a mode may go.
pub fn planned(mode: Mode, namespace: &str) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for need in mode.ways().iter().flat_map(|way| needs(*way)) {
        let request = need.request.replace("{pods}", &format!("/api/v1/namespaces/{namespace}/pods"));
        let right = right(need, namespace);
        match rows.last_mut().filter(|(last, ..)| *last == request) {
            Some((_, known, _)) => *known = known.take().map(|known| format!("{known} and {right}")),
            None => rows.push((request, Some(right), need.purpose)),
        }
    }
    rows
}

fn right(need: &Need, namespace: &str) -> String {
    // No rule of a way is one of the agent's namespace.
    let right = need.permission.text(namespace, "").unwrap_or_default();
    if need.is_recent { format!("{right} from Kubernetes 1.35 on") } else { right }
}
