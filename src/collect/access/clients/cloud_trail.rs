//! CloudTrail's event history: one call, signed by the crate that signs the token of EKS, so that no further SDK is needed.

use std::time::SystemTime;

use aws_credential_types::provider::ProvideCredentials as _;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::error::ErrorMetadata;
use aws_types::service_config::ServiceConfigKey;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::aws::{AwsAccess, RequestRecorder};
use super::aws_error::{AwsError, classify_aws_error};
use crate::collect::access::exec_auth::token::StsSettings;

/// The most events on a page: CloudTrail's own limit.
const PAGE: u8 = 50;
const TARGET: &str = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents";
const MEDIA_TYPE: &str = "application/x-amz-json-1.1";

/// Which events are looked up.
#[derive(Debug, Clone)]
pub struct Lookup<'a> {
    /// The one attribute that CloudTrail filters by, such as `EventName`, and its value.
    pub attribute: (&'a str, &'a str),
    /// Not before.
    pub since: Timestamp,
    /// Where the page before ended.
    pub next: Option<String>,
}

/// A page of events, the newest first.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Page {
    /// The events.
    pub events: Vec<Entry>,
    /// Where the next page begins.
    pub next_token: Option<String>,
}

/// An event, as JSON in a string.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Entry {
    /// The record.
    pub cloud_trail_event: String,
}

type Failure = SdkError<ErrorMetadata, HttpResponse>;

impl AwsAccess {
    /// Reads one page of the event history of a region.
    pub async fn lookup_events(&self, region: &str, lookup: &Lookup<'_>) -> Result<Page, AwsError> {
        let failed = |error: Failure| classify_aws_error(&error);
        let unsent = |words: String| failed(Failure::construction_failure(words));
        let endpoint = self.cloud_trail(region).await.map_err(unsent)?;
        let body = text(lookup).to_string();
        let headers = self.signed(region, &endpoint, &body).await.map_err(failed)?;
        let request = move |(): ()| {
            let mut request = HttpRequest::new(SdkBody::from(body.clone()));
            request.set_method("POST")?;
            request.set_uri("/")?;
            for (name, value) in &headers {
                request.headers_mut().try_insert(name.clone(), value.clone())?;
            }
            Ok(request)
        };
        let operation = Operation::builder()
            .service_name("CloudTrail")
            .operation_name("LookupEvents")
            .http_client(self.http())
            .endpoint_url(&endpoint)
            .no_auth()
            .no_retry()
            .sleep_impl(TokioSleep::new())
            .timeout_config(self.timeouts())
            .interceptor(RequestRecorder::new(self.counter()))
            .serializer(request)
            .deserializer(read)
            .build();
        operation.invoke(()).await.map_err(failed)
    }

    /// `https://cloudtrail.eu-west-1.amazonaws.com`, or what the settings name for CloudTrail.
    ///
    /// Its own name is that of STS with another first part, also with FIPS and dual stack.
    async fn cloud_trail(&self, region: &str) -> Result<String, String> {
        let config = self.config().await;
        let key = ServiceConfigKey::builder().service_id("CloudTrail").env("AWS_ENDPOINT_URL").profile("endpoint_url");
        let own = key.build().ok().and_then(|key| config.service_config()?.load_config(key));
        let is_ignored = std::env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_ok_and(|value| value == "true");
        if let Some(url) = own.filter(|url| !url.is_empty() && !is_ignored) {
            return Ok(url.trim_end_matches('/').to_owned());
        }
        let variable = |name: &str| match name {
            "AWS_STS_REGIONAL_ENDPOINTS" => Some("regional".to_owned()),
            "AWS_ENDPOINT_URL" | "AWS_ENDPOINT_URL_STS" => None,
            _ => std::env::var(name).ok(),
        };
        let settings = StsSettings::read(config, Some(region.to_owned()), false, &variable);
        let url = StsSettings { custom: None, ..settings }.resolve().await?.url;
        Ok(url.replacen("://sts", "://cloudtrail", 1).trim_end_matches('/').to_owned())
    }

    /// The headers of a request, its signature among them.
    async fn signed(&self, region: &str, endpoint: &str, body: &str) -> Result<Vec<(String, String)>, Failure> {
        let own = [("content-type", MEDIA_TYPE), ("x-amz-target", TARGET)];
        let provider = self.credentials().await.ok_or_else(|| Failure::construction_failure("no AWS credentials"))?;
        // Once for a run: a source may run a process, or ask a person.
        let credentials = self.signing().get_or_try_init(|| provider.provide_credentials()).await;
        let identity = credentials.map_err(Failure::construction_failure)?.clone().into();
        let params = SigningParams::builder()
            .identity(&identity)
            .region(region)
            .name("cloudtrail")
            .time(SystemTime::now())
            .settings(SigningSettings::default())
            .build()
            .map_err(Failure::construction_failure)?;
        let url = format!("{endpoint}/");
        let request = SignableRequest::new("POST", &url, own.into_iter(), SignableBody::Bytes(body.as_bytes()))
            .map_err(Failure::construction_failure)?;
        let (instructions, _signature) =
            sign(request, &params.into()).map_err(Failure::construction_failure)?.into_parts();
        let (added, _parameters) = instructions.into_parts();
        let added = added.iter().map(|header| (header.name().to_owned(), header.value().to_owned()));
        Ok(own.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).chain(added).collect())
    }
}

/// The request.
fn text(lookup: &Lookup<'_>) -> Value {
    let (key, value) = lookup.attribute;
    let mut body = json!({
        "LookupAttributes": [{ "AttributeKey": key, "AttributeValue": value }],
        "StartTime": lookup.since.as_second(),
        "MaxResults": PAGE,
    });
    if let Some(next) = &lookup.next {
        body["NextToken"] = json!(next);
    }
    body
}

/// Reads an answer.
fn read(response: &HttpResponse) -> Result<Page, OrchestratorError<ErrorMetadata>> {
    let body = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return serde_json::from_slice(body).map_err(|error| OrchestratorError::response(error.into()));
    }
    let refusal: Refusal = serde_json::from_slice(body).unwrap_or_default();
    let mut meta = ErrorMetadata::builder();
    let header = response.headers().get("x-amzn-errortype").map(str::to_owned);
    if let Some(code) = refusal.code.or(header).filter(|code| !code.is_empty()) {
        meta = meta.code(code.rsplit('#').next().unwrap_or(&code));
    }
    if let Some(message) = refusal.message {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(meta.build()))
}

/// An error of the service.
#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(rename = "__type")]
    code: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}
