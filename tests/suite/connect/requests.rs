//! What `-vv` shows of requests, and how they are counted.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_smithy_http_client::test_util::infallible_client_fn;
use podid::collect::access::clients::{AwsAccess, AwsIdentity};
use tracing_subscriber::fmt::MakeWriter;

/// Lines that were traced.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// What is traced of a call with these variables, and how many requests it made.
async fn traced(variables: &[(&str, &str)]) -> (String, usize) {
    let variable = |name: &str| variables.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned());
    let identity = AwsIdentity::from_environment(&variable);
    let throttled = Mutex::new(0);
    let http = infallible_client_fn(move |_| {
        let mut turn = throttled.lock().unwrap();
        *turn += 1;
        let status = if *turn == 1 { 503 } else { 200 };
        http::Response::builder().status(status).body(r#"{"cluster":{}}"#).unwrap()
    });
    let access = AwsAccess::with_http_client(identity, Some(Duration::from_secs(10)), http);
    let lines = Lines::default();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(lines.clone()).finish();
    let guard = tracing::subscriber::set_default(subscriber);
    access.clients("eu-west-1").await.eks.describe_cluster().name("prod").send().await.ok();
    drop(guard);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    (text.lines().filter(|line| line.contains("podid::request")).collect::<Vec<_>>().join("\n"), access.requests())
}

#[tokio::test]
async fn each_attempt_is_counted_and_shown_without_its_headers() {
    let keys = [
        ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
        ("AWS_SECRET_ACCESS_KEY", "s3cret"),
        ("AWS_CONFIG_FILE", "/nonexistent"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"),
    ];
    let (shown, count) = traced(&keys).await;
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!((lines.len(), count), (2, 2), "{shown}");
    assert!(
        lines[0].contains("GET DescribeCluster https://eks.eu-west-1.amazonaws.com/clusters/prod → 503"),
        "{shown}"
    );
    assert!(lines[1].contains("→ 200"), "{shown}");
    assert!(!shown.contains("AKIDEXAMPLE") && !shown.contains("s3cret"), "{shown}");
}

#[tokio::test]
async fn what_was_not_sent_is_neither_counted_nor_shown() {
    let (shown, count) = traced(&[("AWS_PROFILE", "nobody"), ("AWS_CONFIG_FILE", "/nonexistent")]).await;
    assert_eq!((shown.as_str(), count), ("", 0));
}
