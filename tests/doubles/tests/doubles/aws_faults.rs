//! What can be made to go wrong, the log, and both over HTTP.

use std::io;
use std::time::{Duration, Instant};

use podid_doubles::aws::{Fault, Kind};
use podid_doubles::waves;
use serde_json::json;

use crate::support::client::Reply;
use crate::support::world::{Caller, DEV, Outcome, control, start};

fn describe(aws: &podid_doubles::aws::Server) -> io::Result<Reply> {
    DEV.eks(aws, "GET", "/clusters/prod", "")
}

#[test]
fn a_fault_befalls_the_calls_it_names() -> Outcome {
    let aws = start()?;
    aws.fault(Fault::on("eks:Describe*", Kind::Throttled).times(2));
    aws.fault(Fault::on("*", Kind::Throttled).for_value("node"));
    aws.fault(Fault::on("*", Kind::Throttled).for_access_key("AKIAOTHER"));
    let statuses = [describe(&aws)?.status, describe(&aws)?.status, describe(&aws)?.status];
    assert_eq!(statuses, [429, 429, 200]);
    assert_eq!(DEV.iam(&aws, "Action=GetRole&RoleName=api")?.status, 200);
    assert_eq!(DEV.iam(&aws, "Action=GetRole&RoleName=node")?.status, 400);
    assert_eq!(Caller { key: "AKIAOTHER", ..DEV }.eks(&aws, "GET", "/clusters", "")?.status, 429);
    aws.clear_faults();
    assert_eq!(DEV.iam(&aws, "Action=GetRole&RoleName=node")?.status, 200);
    Ok(())
}

#[test]
fn connections_break_as_told() -> Outcome {
    let aws = start()?;
    let kind = |reply: io::Result<Reply>| reply.map_err(|error| error.kind());
    aws.fault(Fault::on("eks:DescribeCluster", Kind::Cut).times(1));
    assert_eq!(kind(describe(&aws)), Err(io::ErrorKind::UnexpectedEof));
    aws.fault(Fault::on("eks:DescribeCluster", Kind::Half).times(1));
    let half = describe(&aws).err().map(|error| error.to_string()).unwrap_or_default();
    assert!(half.ends_with("bytes came") && half != "0 bytes came", "{half}");
    let requests = aws.requests();
    assert_eq!((requests[0].status, requests[1].status), (None, Some(200)));
    assert!(requests.iter().all(|request| request.ended_at.is_some()));
    Ok(())
}

#[test]
fn answers_can_be_wrong_huge_or_somebody_elses() -> Outcome {
    let aws = start()?;
    aws.fault(Fault::on("*", Kind::Garbage).times(1));
    assert!(describe(&aws)?.json().is_err());
    aws.fault(Fault::on("*", Kind::Huge { bytes: 3_000_000 }).times(1));
    assert!(describe(&aws)?.body.len() > 3_000_000);
    aws.fault(Fault::on("*", Kind::Page { status: 404, content_type: "text/html".into(), body: "<html>".into() }));
    let page = describe(&aws)?;
    assert_eq!((page.status, page.header("content-type"), page.body.as_str()), (404, Some("text/html"), "<html>"));
    Ok(())
}

#[test]
fn an_answer_can_be_late_or_never_come() -> Outcome {
    let aws = start()?;
    aws.fault(Fault::on("*", Kind::Hang).times(1));
    let hung = std::thread::scope(|scope| {
        let hung = scope.spawn(|| describe(&aws).map_err(|error| error.kind()));
        while aws.requests().is_empty() {
            std::thread::yield_now();
        }
        assert_eq!(aws.requests()[0].ended_at, None, "it hangs");
        let begun = Instant::now();
        assert_eq!(describe(&aws).map(|reply| reply.status).ok(), Some(200), "others are served meanwhile");
        assert!(begun.elapsed() < Duration::from_secs(2));
        hung.join()
    });
    while aws.requests()[0].ended_at.is_none() {
        std::thread::yield_now();
    }
    assert!(matches!(hung, Ok(Err(io::ErrorKind::WouldBlock))), "{hung:?}");
    aws.set_latency(Duration::from_millis(60));
    aws.fault(Fault::on("*", Kind::Delay { millis: 60 }));
    let begun = Instant::now();
    describe(&aws)?;
    assert!(begun.elapsed() >= Duration::from_millis(120));
    Ok(())
}

#[test]
fn the_log_counts_requests_and_waves() -> Outcome {
    let aws = start()?;
    aws.set_latency(Duration::from_millis(150));
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| describe(&aws));
        }
    });
    DEV.iam(&aws, "Action=GetRole&RoleName=api")?;
    let requests = aws.requests();
    let actions: Vec<String> = requests.iter().map(podid_doubles::aws::Recorded::action).collect();
    assert_eq!(actions, ["eks:DescribeCluster", "eks:DescribeCluster", "eks:DescribeCluster", "iam:GetRole"]);
    assert_eq!(requests[3].access_key.as_deref(), Some("AKIADEV"));
    assert_eq!(waves(requests.iter().map(podid_doubles::aws::Recorded::interval)), 2);
    aws.forget_requests();
    assert_eq!(aws.requests(), []);
    Ok(())
}

#[test]
fn all_controls_work_over_http() -> Outcome {
    let aws = start()?;
    let fault =
        r#"{"action": "eks:*", "times": 1, "kind": "error", "status": 500, "code": "ServerException", "message": "m"}"#;
    assert_eq!(control(&aws, "POST", "faults", fault)?.status, 200);
    assert_eq!(control(&aws, "GET", "faults", "")?.json()?[0]["kind"], "error");
    assert_eq!(describe(&aws)?.status, 500);
    assert_eq!(control(&aws, "GET", "requests", "")?.json()?[0]["status"], 500);
    assert_eq!(control(&aws, "DELETE", "requests", "")?.status, 200);
    assert_eq!(control(&aws, "GET", "requests", "")?.json()?, json!([]));
    assert_eq!(control(&aws, "DELETE", "faults", "")?.status, 200);
    assert_eq!(control(&aws, "PUT", "latency", r#"{"millis": 1}"#)?.status, 200);
    let gone = r#"{"accounts": {"111122223333": {"roles": {"api": null}}}}"#;
    assert_eq!(control(&aws, "PATCH", "state", gone)?.status, 200);
    assert_eq!(DEV.iam(&aws, "Action=GetRole&RoleName=api")?.status, 404);
    assert_eq!(DEV.iam(&aws, "Action=GetRole&RoleName=node")?.status, 200);
    let state = control(&aws, "GET", "state", "")?;
    assert_eq!(control(&aws, "PUT", "state", &state.body)?.status, 200);
    assert_eq!(control(&aws, "GET", "state", "")?.json()?, state.json()?);
    assert_eq!(control(&aws, "POST", "faults", r#"{"kind": "nonsense"}"#)?.status, 400);
    assert_eq!(control(&aws, "PATCH", "state", r#"{"accounts": 1}"#)?.status, 400);
    assert_eq!(control(&aws, "GET", "nonsense", "")?.status, 404);
    Ok(())
}
