//! What is made of AWS answers that are none: one row for each way a call can fail.

use std::time::Duration;

use super::reach::unresolvable;
use aws_sdk_eks::config::retry::RetryConfig;
use aws_sdk_eks::config::timeout::TimeoutConfig;
use aws_sdk_eks::config::{BehaviorVersion, Credentials, Region};
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use podid::collect::access::clients::{
    AwsAccess, AwsError, AwsErrorKind, AwsIdentity, ConnectFailure, classify_aws_error,
};
use podid_doubles::aws::{Fault, Kind, Server, State};
use serde_json::json;

/// A client of the played EKS with the key `AKIDEXAMPLE`.
pub fn eks(aws: &Server) -> aws_sdk_eks::Client {
    client(&aws.url())
}

fn client(url: &str) -> aws_sdk_eks::Client {
    let config = aws_sdk_eks::config::Builder::new()
        .behavior_version(BehaviorVersion::v2026_01_12())
        .http_client(aws_smithy_http_client::Builder::new().build_http())
        .region(Region::new("eu-west-1"))
        .endpoint_url(url)
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", None, None, "test"))
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(Duration::from_millis(400)).build());
    aws_sdk_eks::Client::from_conf(config.build())
}

async fn describe(client: &aws_sdk_eks::Client) -> AwsError {
    classify_aws_error(&client.describe_cluster().name("prod").send().await.unwrap_err())
}

/// What a call comes to under a fault.
async fn under(kind: Kind) -> AwsError {
    let state: State = serde_json::from_value(json!({
        "accessKeys": { "AKIDEXAMPLE": { "account": "111122223333", "arn": "arn:aws:iam::111122223333:user/jane" } },
        "accounts": { "111122223333": { "regions": { "eu-west-1": { "clusters": { "prod": {} } } } } },
    }))
    .unwrap();
    let aws = Server::start(state).unwrap();
    aws.fault(Fault::on("*", kind));
    describe(&eks(&aws)).await
}

fn service(status: u16, code: &str) -> Kind {
    Kind::Error { status, code: code.into(), message: "said so".into() }
}

#[tokio::test]
async fn the_service_is_quoted_with_its_code() {
    let error = under(service(404, "ResourceNotFoundException")).await;
    assert_eq!((error.kind, error.code.as_deref()), (AwsErrorKind::Service, Some("ResourceNotFoundException")));
    assert_eq!((error.http_status, error.told().as_str()), (Some(404), "said so"));
    assert!(under(Kind::AccessDenied { message: None }).await.is_denied());
    assert!(under(Kind::Throttled).await.is_throttled());
    assert!(under(Kind::ExpiredToken).await.is_bad_login());
    assert!(under(Kind::UnknownKey).await.is_bad_login());
}

#[tokio::test]
async fn a_page_on_the_way_is_foreign() {
    let page = |status| Kind::Page { status, content_type: "text/html".into(), body: "<h1>no</h1>".into() };
    for status in [403, 404, 502] {
        let error = under(page(status)).await;
        assert_eq!((error.kind, error.http_status), (AwsErrorKind::Foreign, Some(status)), "{error:?}");
        assert!(!error.is_denied());
    }
    assert_eq!(under(page(200)).await.kind, AwsErrorKind::Malformed);
    assert_eq!(under(Kind::Garbage).await.kind, AwsErrorKind::Malformed);
}

#[tokio::test]
async fn no_answer_is_told_by_its_cause() {
    assert_eq!(under(Kind::Hang).await.kind, AwsErrorKind::TimedOut);
    for kind in [Kind::Cut, Kind::Half] {
        let error = under(kind).await;
        assert!(matches!(error.kind, AwsErrorKind::Unreachable(_)), "{error:?}");
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = describe(&client(&format!("http://{closed}"))).await;
    assert_eq!(refused.kind, AwsErrorKind::Unreachable(ConnectFailure::Refused));
    let nobody = describe(&client(&format!("http://{}", unresolvable()))).await;
    assert_eq!(nobody.kind, AwsErrorKind::Unreachable(ConnectFailure::NameNotResolved));
}

/// A network where nothing can be reached, the instance's metadata neither.
#[derive(Debug)]
struct CutOff;

impl HttpConnector for CutOff {
    fn call(&self, _request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::ready(Err(ConnectorError::io("nothing is there".into())))
    }
}

/// What a call comes to with the credentials of an identity, where nothing but its files may be asked.
async fn with(config: &str, profile: Option<&str>) -> AwsError {
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("config");
    std::fs::write(&path, config).unwrap();
    let identity = AwsIdentity {
        config_file: Some(path),
        credentials_file: Some("/nonexistent".into()),
        ..AwsIdentity::default()
    }
    .overridden_by(profile, Some("eu-west-1"));
    let cut_off = http_client_fn(|_, _| SharedHttpConnector::new(CutOff));
    let access = AwsAccess::with_http_client(identity, Some(Duration::from_secs(5)), cut_off);
    describe(&access.clients("eu-west-1").await.eks).await
}

#[tokio::test]
async fn missing_credentials_are_told_from_broken_ones() {
    assert_eq!(with("", None).await.kind, AwsErrorKind::NoCredentials);
    let broken = with("[profile dev]\naws_access_key_id = AKIDEXAMPLE\n", Some("dev")).await;
    assert_eq!(broken.kind, AwsErrorKind::CredentialsFailed, "{broken:?}");
    let sourceless =
        with("[profile dev]\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = gone\n", Some("dev")).await;
    assert_eq!(sourceless.told(), "the AWS configuration files have no profile named gone");
    let missing = with("[profile dev]\n", Some("nobody")).await;
    assert_eq!(missing.kind, AwsErrorKind::CredentialsFailed);
    assert_eq!(missing.told(), "the AWS configuration files have no profile named nobody");
}
