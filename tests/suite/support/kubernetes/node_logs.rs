//! What a node says of its logs: its kubelet, with log queries or without, and the monitoring agent of EKS, which collects them for a
//! `NodeDiagnostic`.

use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use podid_doubles::http::{Request, Response};
use serde_json::{Value, json};

use super::{role, status};

/// Where they are made.
pub const DIAGNOSTICS: &str = "/apis/eks.amazonaws.com/v1alpha1/nodediagnostics";

/// A node.
#[derive(Debug, Clone, Default)]
pub struct NodeLogs {
    /// Its name.
    pub node: String,
    /// What its kubelet answers a log query with: status and text; none: it passes over queries and lists its files.
    pub query: Option<(u16, String)>,
    /// The journal of the agent, as it is collected; none: the cluster has no such kind of object.
    pub journal: Option<Vec<u8>>,
    /// How the collecting ends.
    pub reason: &'static str,
    /// How often it is asked for before that.
    pub looks: u32,
    /// The object that is there.
    pub made: Option<Value>,
    /// All that were asked for.
    pub asked: Vec<Value>,
    /// Of an earlier object of the same name: what the node writes into the new one at first, and the file that it left.
    pub stale: bool,
    /// Whether it has collected for the object.
    pub has_collected: bool,
    /// Whether the answer to its creation is lost.
    pub loses_answer: bool,
}

impl NodeLogs {
    /// Answers what concerns the node's logs; nothing where the request is another.
    pub fn answer(&mut self, request: &Request, roles: Option<&Value>) -> Option<Response> {
        let logs = format!("/api/v1/nodes/{}/proxy/logs/", self.node);
        if let Some(file) = request.path.strip_prefix(&logs) {
            if roles.is_some_and(|roles| !role::grant(roles, "", "nodes/proxy", "get", None)) {
                return Some(status::forbidden(&format!("/api/v1/nodes/{}", self.node)));
            }
            return Some(self.file(file));
        }
        let name = request.path.strip_prefix(DIAGNOSTICS)?;
        if self.journal.is_none() {
            return Some(Response::new(404, "text/plain; charset=utf-8", "404 page not found\n"));
        }
        Some(match (request.method.as_str(), &self.made) {
            ("POST", Some(_)) => {
                status::status(409, "AlreadyExists", "it is there", Some(json!({ "name": self.node })))
            }
            ("POST", None) => {
                let mut object: Value = serde_json::from_slice(&request.body).expect("an object");
                self.asked.push(object.clone());
                object["metadata"]["uid"] = json!("diagnostic-1");
                object["metadata"]["creationTimestamp"] = json!("2026-11-20T14:07:12Z");
                let answer = if self.loses_answer { json!("lost") } else { object.clone() };
                self.made = Some(object);
                if answer == json!("lost") {
                    Response::new(200, "text/html", "<p>busy</p>")
                } else {
                    Response::json(201, &answer)
                }
            }
            ("DELETE", Some(object)) => {
                let options: Value = serde_json::from_slice(&request.body).unwrap_or_default();
                assert_eq!(
                    options["preconditions"]["uid"], object["metadata"]["uid"],
                    "only this very object is deleted"
                );
                self.made = None;
                Response::json(200, &json!({ "kind": "Status", "status": "Success" }))
            }
            (_, None) => {
                status::status(404, "NotFound", &format!("{name} not found"), Some(json!({ "name": self.node })))
            }
            (_, Some(object)) => {
                let mut object = object.clone();
                self.has_collected = self.looks == 0;
                if self.has_collected || self.stale {
                    let started = if self.has_collected { "2026-11-20T14:07:13Z" } else { "2026-11-20T14:06:40Z" };
                    let completed = json!({ "reason": self.reason, "message": "fatal error during log collection process",
                        "startedAt": started, "finishedAt": "2026-11-20T14:07:01Z" });
                    object["status"] =
                        json!({ "captureStatuses": [{ "type": "Log", "state": { "completed": completed } }] });
                }
                self.looks = self.looks.saturating_sub(1);
                Response::json(200, &object)
            }
        })
    }

    fn file(&self, file: &str) -> Response {
        match (file, &self.query, &self.journal) {
            ("", Some((code, text)), _) => Response::new(*code, "text/plain;charset=UTF-8", text.as_str()),
            ("", None, _) => {
                let page =
                    "<!doctype html>\n<pre>\n<a href=\"journal/\">journal/</a>\n<a href=\"pods/\">pods/</a>\n</pre>\n";
                Response::new(200, "text/html; charset=utf-8", page)
            }
            (file, _, Some(journal)) if self.has_collected && file == format!("support/{}-logs.tar.gz", self.node) => {
                Response::new(200, "application/gzip", collected(journal))
            }
            _ => Response::new(404, "text/plain; charset=utf-8", "404 page not found\n"),
        }
    }
}

/// The archive: the agent's journal among other things.
pub fn collected(journal: &[u8]) -> Vec<u8> {
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in [
        ("system/instance-id.txt", b"i-0123456789abcdef0".as_slice()),
        ("automode/eks-pod-identity-agent.txt", journal),
        ("automode/kube-proxy.txt", b"2026-11-20T14:00:00.000000+00:00 host kube-proxy[1]: up\n"),
    ] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, name, content).expect("an entry");
    }
    let mut packed = archive.into_inner().expect("an archive");
    packed.flush().expect("a stream");
    packed.finish().expect("a stream")
}
