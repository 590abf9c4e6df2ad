//! What is asked of the agent's log, and what is made of logs that are refused, cut or spread over two runs.

use std::sync::{Arc, Mutex};

use podid_doubles::http::{Answer, Handler, Request, Response, Server};
use serde_json::json;

use super::reach::client;
use crate::support::case;
use podid::collect::access::clients::TimeLimits;
use podid::collect::read::agent::read_log;
use podid::evidence::kubernetes::agent_log::LoggedEvent;
use podid::evidence::{AgentLog, AgentPod, Evidence, GapReason, Reading};

const BEFORE: &str = r#"{"level":"info","msg":"handling new request request from 10.0.1.9:1","client-addr":"10.0.1.9:1","time":"2026-11-20T12:55:00Z"}"#;
const START: &str =
    r#"{"level":"info","msg":"Starting server...","bind-addr":"localhost:2703","time":"2026-11-20T13:30:00Z"}"#;
const ASKED: &str = r#"{"level":"info","msg":"handling new request request from 10.0.1.23:4711","client-addr":"10.0.1.23:4711","time":"2026-11-20T14:00:00Z"}"#;

type Asked = Arc<Mutex<Vec<String>>>;

/// A server that gives one answer, or another one for the former run, and notes what it was asked.
struct Played {
    present: Answer,
    former: Answer,
    asked: Asked,
}

impl Handler for Played {
    async fn answer(&self, request: Request) -> Answer {
        let query = format!("{:?}", request.query);
        self.asked.lock().unwrap().push(format!("{} {query}", request.path));
        if query.contains("previous") { self.former.clone() } else { self.present.clone() }
    }
}

fn text(lines: &[&str]) -> Response {
    Response::new(200, "text/plain", lines.join("\n").into_bytes())
}

async fn run(present: Answer, former: Answer, change: impl Fn(&mut Evidence)) -> (Reading<AgentLog>, Vec<String>) {
    let asked = Asked::default();
    let played = Played { present, former, asked: Arc::clone(&asked) };
    let server = Server::start(([127, 0, 0, 1], 0).into(), None, Arc::new(played)).unwrap();
    let mut evidence = Evidence::from_value(case::healthy()).unwrap();
    change(&mut evidence);
    let client = client(&server, TimeLimits::default());
    let log = read_log(&client, evidence.pod.present(), &evidence.agent_pods, evidence.collected_at).await;
    let asked = asked.lock().unwrap().clone();
    (log, asked)
}

fn refusal(code: u16) -> Answer {
    let status = json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": "Forbidden", "message": "no"});
    Answer::Whole(Response::json(code, &status))
}

fn agent(evidence: &mut Evidence, change: impl Fn(&mut AgentPod)) {
    if let Reading::Known(pods) = &mut evidence.agent_pods {
        pods.iter_mut().for_each(change);
    }
}

#[tokio::test]
async fn the_log_is_read_from_before_the_pod_to_its_end() {
    let (log, asked) = run(Answer::Whole(text(&[BEFORE, ASKED])), Answer::Cut, |_| {}).await;
    let log = log.get().unwrap().clone();
    assert!(log.covers_life);
    assert_eq!(log.outcomes.len(), 1);
    assert_eq!((log.outcomes[0].event, log.outcomes[0].port), (LoggedEvent::Requested, Some(4711)));
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert!(asked[0].starts_with("/api/v1/namespaces/kube-system/pods/eks-pod-identity-agent-4k2mz/log "), "{asked:?}");
    assert!(asked[0].contains("eks-pod-identity-agent") && asked[0].contains("2026-11-20T12"), "{asked:?}");
}

#[tokio::test]
async fn a_former_run_is_read_where_the_agent_was_restarted_since() {
    let restarted = |evidence: &mut Evidence| {
        agent(evidence, |pod| {
            let status = &mut pod.status.container_statuses[0];
            status.restart_count = 1;
            let running = status.state.as_mut().and_then(|state| state.running.as_mut());
            running.unwrap().started_at = Some("2026-11-20T13:30:00Z".parse().unwrap());
        });
    };
    let (present, former) = (Answer::Whole(text(&[START, ASKED])), Answer::Whole(text(&[BEFORE])));
    let (log, asked) = run(present.clone(), former, restarted).await;
    assert!(log.get().unwrap().covers_life, "both runs together do");
    assert_eq!(asked.len(), 2, "{asked:?}");
    let (log, _) = run(present, refusal(400), restarted).await;
    let log = log.get().unwrap().clone();
    assert!(!log.covers_life && log.outcomes.len() == 1, "the former run is gone, the present one still counts");
}

#[tokio::test]
async fn a_log_that_is_refused_or_cut_is_unknown() {
    let reason = |log: Reading<AgentLog>| log.gap().map(|gap| gap.reason.clone());
    let (log, _) = run(refusal(403), Answer::Cut, |_| {}).await;
    assert_eq!(reason(log), Some(GapReason::Denied));
    let (log, _) = run(Answer::Half(text(&[BEFORE, ASKED, ASKED])), Answer::Cut, |_| {}).await;
    assert_eq!(reason(log), Some(GapReason::Unreachable), "the last outcome may be in the part that is missing");
}

#[tokio::test]
async fn nothing_is_asked_where_the_log_could_say_nothing() {
    let changes: [fn(&mut Evidence); 2] = [
        |evidence| {
            if let Reading::Known(Some(pod)) = &mut evidence.pod {
                pod.spec.host_network = true;
            }
        },
        |evidence| evidence.agent_pods = Reading::Known(Vec::new()),
    ];
    for change in changes {
        let (log, asked) = run(Answer::Cut, Answer::Cut, change).await;
        assert_eq!(log.gap().map(|gap| gap.reason.clone()), Some(GapReason::NotRequested));
        assert!(asked.is_empty(), "{asked:?}");
    }
}

#[tokio::test]
async fn the_log_of_an_ended_pod_is_read_too() {
    let ended: fn(&mut Evidence) = |evidence| {
        if let Reading::Known(Some(pod)) = &mut evidence.pod {
            pod.status.phase = Some("Failed".to_owned());
        }
    };
    let (log, asked) = run(Answer::Whole(text(&[BEFORE, ASKED])), Answer::Cut, ended).await;
    assert_eq!((log.get().unwrap().outcomes.len(), asked.len()), (1, 1));
}

#[tokio::test]
async fn a_log_of_which_nothing_is_understood_is_no_silence() {
    let garbage = "2026/11/20 14:00:02 INFO handling new request\n\u{1b}[31mwhat is this\n";
    let (log, _) = run(Answer::Whole(text(&[garbage])), Answer::Cut, |_| {}).await;
    assert_eq!(log.gap().map(|gap| gap.reason.clone()), Some(GapReason::Malformed));
    // An empty log is one in which nobody asked.
    let (log, _) = run(Answer::Whole(text(&[])), Answer::Cut, |_| {}).await;
    assert!(log.get().is_ok());
}
