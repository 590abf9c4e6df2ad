//! What the probe would ask the API server for, without asking: its part of `--plan`.

use super::choice::Mode;

/// Request, permission, and when it is made.
pub type Row = (String, Option<String>, &'static str);

/// The requests of the ways that a mode may go.
pub fn planned(mode: Mode, namespace: &str) -> Vec<Row> {
    let pod = format!("/api/v1/namespaces/{namespace}/pods/POD");
    let pods = format!("/api/v1/namespaces/{namespace}/pods");
    let row = |request: String, right: &str, when| (request, Some(format!("{right} in {namespace}")), when);
    let exec = || vec![row(format!("GET {pod}/exec"), "create pods/exec", "runs podid-probe in each container")];
    let ephemeral = || {
        vec![
            row(format!("GET {pod}"), "get pods", "reads the container that is copied, and waits for the new one"),
            row(
                format!("PATCH {pod}/ephemeralcontainers"),
                "patch pods/ephemeralcontainers",
                "adds an ephemeral container, which stays in the pod's description",
            ),
            row(format!("GET {pod}/attach"), "create pods/attach", "runs podid-probe there"),
        ]
    };
    let copy = || {
        vec![
            row(format!("GET {pod}"), "get pods", "reads the container that is copied"),
            row(format!("POST {pods}"), "create pods", "makes a copy of the pod on the same node"),
            row(format!("GET {pods}/COPY"), "get pods", "waits until it runs"),
            row(format!("GET {pods}/COPY/attach"), "create pods/attach", "runs podid-probe there"),
            row(format!("DELETE {pods}/COPY"), "delete pods", "takes the copy away again"),
        ]
    };
    match mode {
        Mode::Exec => exec(),
        Mode::Ephemeral => ephemeral(),
        Mode::Pod => copy(),
        Mode::Auto => [exec(), ephemeral(), copy()].concat(),
    }
}
