//! What the Kubernetes client makes of answers, of none, and of those that are not the API server's.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use podid::collect::access::clients::{KubernetesClient, KubernetesError, TimeLimits};
use podid_doubles::http::{Answer, Handler, Request, Response, Server};
use serde_json::{Value, json};

use super::reach::client;

const POD: &str = "/api/v1/namespaces/shop/pods/api";

/// A server that answers each request by its number.
struct Played<F>(F, AtomicUsize);

impl<F: Fn(usize, Request) -> Answer + Send + Sync + 'static> Handler for Played<F> {
    async fn answer(&self, request: Request) -> Answer {
        self.0(self.1.fetch_add(1, Ordering::Relaxed), request)
    }
}

fn play(answer: impl Fn(usize, Request) -> Answer + Send + Sync + 'static) -> Server {
    Server::start(([127, 0, 0, 1], 0).into(), None, Arc::new(Played(answer, AtomicUsize::new(0)))).unwrap()
}

fn whole(status: u16, value: &Value) -> Answer {
    Answer::Whole(Response::json(status, value))
}

fn status(code: u16, reason: &str, name: Option<&str>) -> Value {
    json!({"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "reason": reason,
        "message": format!("said {reason}"), "details": {"kind": "pods", "name": name}})
}

/// Asks a server that gives one answer for the pod.
async fn ask(answer: Answer) -> Result<Value, KubernetesError> {
    let server = play(move |_, _| answer.clone());
    client(&server, TimeLimits::default()).get_kind(POD, "Pod").await
}

#[tokio::test]
async fn an_object_is_read_and_the_request_counted() {
    let server = play(|_, request| {
        assert_eq!(request.path, POD);
        assert!(request.header("user-agent").unwrap().starts_with("kubectl-podid/"));
        whole(200, &json!({"kind": "Pod", "metadata": {"name": "api"}}))
    });
    let client = client(&server, TimeLimits::default());
    let pod: Value = client.get_kind(POD, "Pod").await.unwrap();
    assert_eq!(pod["metadata"]["name"], "api");
    assert_eq!(client.clone().requests(), 1);
}

#[tokio::test]
async fn the_date_of_the_first_answer_is_now() {
    let dates = ["Sun, 01 Mar 2026 12:34:56 GMT", "Sun, 01 Mar 2026 12:35:00 GMT"];
    let server =
        play(move |turn, _| Answer::Whole(Response::json(404, &json!({})).with_header("date", dates[turn.min(1)])));
    let client = client(&server, TimeLimits::default());
    assert_eq!(client.server_time(), None);
    client.get::<Value>(POD).await.unwrap_err();
    client.get::<Value>(POD).await.unwrap_err();
    assert_eq!(client.server_time().unwrap().to_string(), "2026-03-01T12:34:56Z");
}

#[tokio::test]
async fn a_typed_not_found_is_absence_of_what_it_names_only() {
    let error = ask(whole(404, &status(404, "NotFound", Some("api")))).await.unwrap_err();
    assert!(error.is_absence_of("api") && !error.is_absence_of("web"));
    let told = error.status().unwrap();
    assert_eq!((told.kind.as_deref(), told.message.as_str()), (Some("pods"), "said NotFound"));
    let unknown_type = ask(whole(404, &status(404, "NotFound", None))).await.unwrap_err();
    assert!(!unknown_type.is_absence_of("api"));
}

#[tokio::test]
async fn a_proxys_page_is_nobodys_absence() {
    for (code, kind, body) in [
        (404, "text/html", "<h1>not found</h1>"),
        (403, "text/html", "<h1>log in</h1>"),
        (404, "application/json", r#"{"message":"not found"}"#),
        // Its own code is another one: something on the way changed the answer.
        (404, "application/json", r#"{"kind":"Status","apiVersion":"v1","code":403,"reason":"NotFound"}"#),
    ] {
        let error = ask(Answer::Whole(Response::new(code, kind, body))).await.unwrap_err();
        assert_eq!(error, KubernetesError::Foreign { code, content_type: Some(kind.to_owned()) });
        assert!(!error.is_absence_of("api") && !error.is_forbidden());
    }
}

#[tokio::test]
async fn refusals_are_told_apart() {
    assert!(ask(whole(403, &status(403, "Forbidden", Some("api")))).await.unwrap_err().is_forbidden());
    assert!(ask(whole(401, &status(401, "Unauthorized", None))).await.unwrap_err().is_unauthorized());
    assert!(ask(Answer::Whole(Response::new(401, "text/html", "log in"))).await.unwrap_err().is_unauthorized());
}

#[derive(serde::Deserialize, Debug)]
struct Aged {
    #[serde(rename = "age")]
    _age: u8,
}

#[tokio::test]
async fn garbage_is_malformed_and_never_quoted() {
    for body in ["<html>s3cret", r#"{"kind":"Pod","spec":"s3cret"#, r#"{"kind":"s3cret"}"#, "[]"] {
        let error = ask(Answer::Whole(Response::new(200, "application/json", body))).await.unwrap_err();
        assert!(matches!(error, KubernetesError::Malformed { .. }), "{error:?}");
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
    }
    let server = play(|_, _| whole(200, &json!({"kind": "Pod", "age": "s3cret"})));
    let error = client(&server, TimeLimits::default()).get::<Aged>(POD).await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test]
async fn a_huge_answer_is_not_read_to_its_end() {
    let server = play(|_, _| Answer::Whole(Response::new(200, "application/json", vec![b' '; 4097])));
    let client = client(&server, TimeLimits::default()).with_body_limit(4096);
    assert_eq!(client.get::<Value>(POD).await.unwrap_err(), KubernetesError::TooLarge { limit: 4096 });
}

#[tokio::test]
async fn a_cut_connection_is_unreachable() {
    for answer in [Answer::Cut, Answer::Half(Response::json(200, &json!({"kind": "Pod", "x": "y".repeat(99)})))] {
        let error = ask(answer).await.unwrap_err();
        assert!(matches!(error, KubernetesError::Unreachable { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn no_answer_ends_with_the_shorter_limit() {
    let server = play(|_, _| Answer::Hang);
    let short = Duration::from_millis(50);
    let long = Duration::from_mins(1);
    let soon = tokio::time::Instant::now() + short;
    for limits in [TimeLimits { request: Some(short), run: None }, TimeLimits { request: Some(long), run: Some(soon) }]
    {
        let error = client(&server, limits).get::<Value>(POD).await.unwrap_err();
        let KubernetesError::TimedOut { after } = error else { panic!("{error:?}") };
        assert!(after <= short, "{after:?}");
    }
}

#[tokio::test]
async fn an_answer_that_says_later_is_asked_again() {
    for code in [429, 503, 504] {
        let server = play(move |turn, _| match turn {
            0 => Answer::Whole(Response::json(code, &status(code, "Later", None)).with_header("retry-after", "0")),
            1 => whole(code, &status(code, "Later", None)),
            _ => whole(200, &json!({"kind": "Pod"})),
        });
        let client = client(&server, TimeLimits::default());
        client.get_kind::<Value>(POD, "Pod").await.unwrap();
        assert_eq!(client.requests(), 3);
    }
}

#[tokio::test]
async fn later_than_the_limit_is_not_waited_for() {
    let server =
        play(|_, _| Answer::Whole(Response::json(429, &status(429, "Later", None)).with_header("retry-after", "30")));
    let client = client(&server, TimeLimits { request: Some(Duration::from_secs(5)), run: None });
    assert!(client.get::<Value>(POD).await.unwrap_err().is_throttled());
    assert_eq!(client.requests(), 1);
}

#[tokio::test]
async fn it_gives_up_in_the_end() {
    let server =
        play(|_, _| Answer::Whole(Response::json(503, &status(503, "Later", None)).with_header("retry-after", "0")));
    let client = client(&server, TimeLimits::default());
    assert_eq!(client.get::<Value>(POD).await.unwrap_err().code(), Some(503));
    assert_eq!(client.requests(), 4);
}

#[tokio::test]
async fn sixteen_calls_are_in_flight_at_most() {
    let arrived = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&arrived);
    let server = play(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Answer::Hang
    });
    let client = client(&server, TimeLimits::default());
    let calls = futures::future::join_all((0..20).map(|_| client.get::<Value>(POD)));
    let sixteen = async {
        while arrived.load(Ordering::Relaxed) < 16 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        // Time for one too many.
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    tokio::select! {
        _ = calls => panic!("a call that hangs has ended"),
        () = sixteen => {}
    }
    assert_eq!(arrived.load(Ordering::Relaxed), 16);
}

/// The client is one for all its clones.
#[tokio::test]
async fn clones_share_count_and_clock() {
    let server = play(|_, _| {
        Answer::Whole(Response::json(200, &json!({})).with_header("date", "Sun, 01 Mar 2026 12:34:56 GMT"))
    });
    let first: KubernetesClient = client(&server, TimeLimits::default());
    first.clone().get::<Value>("/version").await.unwrap();
    assert!(first.requests() == 1 && first.server_time().is_some());
}
